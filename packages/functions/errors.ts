import { InputError } from '@pilotlight/errors';

/** Codes of this package's {@link InputError}s. */
export type FunctionFault =
  | 'environment'
  | 'event'
  | 'late'
  | 'denied'
  | 'missing'
  | 'changed'
  | 'archive_unreadable'
  | 'archive_unsafe'
  | 'archive_too_large'
  | 'dataset_unknown'
  | 'not_empty'
  | 'listing';

export function functionError(
  code: FunctionFault,
  what: string,
  where: string,
  todo: string,
  cause?: unknown,
): InputError {
  return new InputError({ code, what, where, todo, cause });
}

/** A fetched file that does not agree with its `*.checks.json`; state machines know it by this name. */
export class ChecksFailed extends Error {
  override readonly name = 'ChecksFailed';
  readonly where: string;

  constructor(what: string, where: string) {
    super(`${what}: ${where}: have it delivered again`.replace(/\s*\n\s*/g, ' '));
    this.where = where;
  }
}

const DENIED = ['AccessDenied', 'AccessDeniedException', 'Forbidden', 'UnauthorizedOperation', '403'];
const MISSING = [
  'NoSuchKey',
  'NoSuchBucket',
  'NotFound',
  'ResourceNotFoundException',
  'ResourceNotFound',
  'StateMachineDoesNotExist',
];

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;

/** Whether AWS says that the thing is not there. */
export const isMissing = (error: unknown): boolean => MISSING.includes(nameOf(error)) || statusOf(error) === 404;

/** Whether AWS says that there is no right to the thing. */
export const isDenied = (error: unknown): boolean => DENIED.includes(nameOf(error)) || statusOf(error) === 403;

/**
 * What AWS refused, as one line that names the thing: no right to it, or not there. Any other error is returned as it is.
 *
 * @param where the thing: a URI, an ARN, a name
 */
export function explainAws(error: unknown, where: string): unknown {
  if (error instanceof InputError) return error;
  if (isDenied(error))
    return functionError('denied', 'no right to it', where, "extend the policy of the functions' role", error);
  if (isMissing(error)) return missing(where, error);
  return error;
}

export const missing = (where: string, cause?: unknown): InputError =>
  functionError('missing', 'it is not there', where, 'check the name', cause);
