import { InputError } from '@pilotlight/errors';

/**
 * What modelling refuses, as `InputError.code`. From columns: NO_PATHS, NOT_FOUND, EMPTY_FOLDER, NOT_PARQUET, SCHEMA_MISMATCH,
 * MISSING_COLUMN, WRONG_TYPE, WRITE. From meter readings: NO_ROWS, NO_TIMES. From boosting: UNKNOWN_PARAMETER, BAD_PARAMETER, BAD_LABEL, BAD_WEIGHT, ONE_CLASS, MACHINES, NO_ROWS,
 * TOO_MANY_ROWS, NO_FEATURES, BAD_NAME, BAD_COLUMN, BAD_FOLD, MODEL_NOT_FOUND, BAD_MODEL, LIGHTGBM. From the binding: BAD_OPTION.
 */
export type ModelingCode = string;

/** How native work fails: facts beside the message, so that nobody parses a sentence. */
type NativeFailure = Error & { code: ModelingCode; what: string; place: string; todo: string; column?: string };

/**
 * The error to throw for one that native work rejected with: an `InputError`, except that a cancelled work throws the signal's
 * reason (as platform functions do) and a fault of ours stays what it is.
 */
export function explained(error: unknown, signal?: AbortSignal): unknown {
  if (!isNativeFailure(error)) return error;
  if (error.code === 'CANCELLED' && signal?.aborted) return signal.reason;
  if (error.code === 'CANCELLED' || error.code === 'INTERNAL') return error;
  return new InputError({ code: error.code, what: error.what, where: error.place, todo: error.todo, cause: error });
}

function isNativeFailure(error: unknown): error is NativeFailure {
  return error instanceof Error && ['code', 'what', 'place', 'todo'].every((name) => name in error);
}
