import { InputError } from '@pilotlight/errors';
import { fault } from '../errors.ts';

const DENIED =
  /^(AccessDenied|UnrecognizedClient|InvalidClientToken|InvalidSignature|SignatureDoesNotMatch|ExpiredToken|NotAuthorized)/;

/** Makes the user's line of what the user can mend: no permission, no credentials, no region. Other errors stay what they are. */
export function explainAws(error: unknown, action: string, where: string): unknown {
  if (!(error instanceof Error) || error instanceof InputError) return error;
  const { name, message } = error;
  if (DENIED.test(name)) {
    const todo = `allow sagemaker:${action} to who runs this`;
    return fault('denied', `SageMaker does not let us (${firstSentence(message) || name})`, where, todo, error);
  }
  if (name === 'CredentialsProviderError') {
    return fault('denied', 'there are no AWS credentials', where, 'give some, or run this where a role is', error);
  }
  if (/region is missing/i.test(message)) {
    return fault('bad_registry', 'nothing says in which region SageMaker is', where, 'set AWS_REGION', error);
  }
  if (name === 'ResourceLimitExceeded') {
    return fault('bad_registry', `SageMaker takes no more (${message})`, where, 'ask for a higher quota', error);
  }
  return error;
}

/** Whether SageMaker says that what was named is not there; it has no error of its own for it. */
export function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(ValidationException|ValidationError|ResourceNotFound)/.test(error.name) &&
    /(does not exist|not found|cannot find|could not find)/i.test(error.message)
  );
}

const firstSentence = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 300);
