import { InputError } from '@pilotlight/errors';
import { ArtifactError } from '../errors.ts';

/** What was asked of S3: the object's or bucket's URI, and the permission that it takes. */
export type Asked = { uri: string; action: string };

/** The fields that an error of the SDK, of its credentials or of a socket may have. */
type Fault = {
  name?: string;
  code?: string;
  message?: string;
  Region?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
};

type Rule = { when: RegExp; explain: (fault: Fault, asked: Asked) => Line };
type Line = { code: string; what: string; todo: string };

/**
 * An error of the SDK as one line: an InputError (`no_bucket`, `missing`, `denied`, `kms`, `no_credentials`,
 * `bad_credentials`, `expired`, `wrong_region`, `no_region`, `archived`, `clock`) where a person can mend it, else an
 * ArtifactError (`throttled`, `unavailable`, `corrupt`, `refused`). What is explained already, and an abort, stay as they are.
 */
export function explainS3(error: unknown, asked: Asked, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof InputError || error instanceof ArtifactError) return error;
  const fault = error as Fault;
  const name = nameOf(fault);
  const rule = RULES.find(({ when }) => when.test(name));
  if (rule) return new InputError({ ...rule.explain(fault, asked), where: asked.uri, cause: error });
  return failureOf(name, fault, asked, error);
}

export const statusOf = (error: unknown): number | undefined => (error as Fault).$metadata?.httpStatusCode;

/** Told by the code where there is one; the answer to a HEAD has none, so there the status speaks. */
function nameOf(fault: Fault): string {
  const { name = '', message = '' } = fault;
  const status = fault.$metadata?.httpStatusCode;
  if (/kms/i.test(name) || (/^AccessDenied/.test(name) && /\bkms:|\bKMS\b/.test(message))) return 'KMS';
  if (/credential|token/i.test(message) && /^(CredentialsProviderError|TokenProviderError)$/.test(name))
    return /expired/i.test(message) ? 'ExpiredToken' : 'CredentialsProviderError';
  if (/^Region is missing/.test(message)) return 'RegionIsMissing';
  if (status !== undefined && /^(|Error|\d+|Unknown(Error)?|UnknownError|BadRequest|Forbidden|NotFound)$/.test(name))
    return `Status${status}`;
  return name || 'Error';
}

const RULES: readonly Rule[] = [
  {
    when: /^NoSuchBucket$/,
    explain: () => ({
      code: 'no_bucket',
      what: 'no such bucket',
      todo: 'correct the name, or stand the stack up first',
    }),
  },
  {
    when: /^(NoSuchKey|NoSuchVersion|Status404)$/,
    explain: () => ({ code: 'missing', what: 'no such object', todo: 'correct the URI' }),
  },
  {
    when: /^KMS$/,
    explain: (fault, asked) => ({
      code: 'kms',
      what: `the key that the object is encrypted with may not be used (${actionOf(fault) ?? kmsActionFor(asked)}${keyOf(fault)})`,
      todo: "allow it to the role in its policy and in the key's, and see that the key is enabled",
    }),
  },
  {
    when: /^(AccessDenied(Exception)?|AllAccessDisabled|AccountProblem|Status403)$/,
    explain: (fault, { action }) => ({
      code: 'denied',
      what: `access denied (${actionOf(fault) ?? action})`,
      todo: "allow it to the role, in its policy and in the bucket's, or name another URI",
    }),
  },
  {
    when: /^(ExpiredToken(Exception)?|TokenRefreshRequired|RequestExpired)$/,
    explain: () => ({
      code: 'expired',
      what: 'the AWS credentials have expired',
      todo: 'sign in again (aws sso login)',
    }),
  },
  {
    when: /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|UnrecognizedClientException|InvalidClientTokenId|NotSignedUp|Status401)$/,
    explain: ({ name }) => ({
      code: 'bad_credentials',
      what: `AWS does not take the credentials (${name})`,
      todo: 'look at AWS_PROFILE and the AWS_ variables, or sign in again',
    }),
  },
  {
    when: /^(CredentialsProviderError|TokenProviderError)$/,
    explain: () => ({
      code: 'no_credentials',
      what: 'no AWS credentials were found',
      todo: 'set AWS_PROFILE or sign in (aws sso login); give a job its role',
    }),
  },
  {
    when: /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|Status30[127])$/,
    explain: (fault) => ({
      code: 'wrong_region',
      what: `the bucket is in ${regionOf(fault) ?? 'another region'}, not in ${process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || 'the one that was asked'}`,
      todo: `set AWS_REGION${regionOf(fault) ? `=${regionOf(fault)}` : ''} or name another bucket`,
    }),
  },
  {
    when: /^RegionIsMissing$/,
    explain: () => ({ code: 'no_region', what: 'no AWS region is set', todo: 'set AWS_REGION' }),
  },
  {
    when: /^InvalidObjectState$/,
    explain: () => ({ code: 'archived', what: 'the object is archived (Glacier)', todo: 'restore it first' }),
  },
  {
    when: /^(RequestTimeTooSkewed|RequestInTheFuture)$/,
    explain: () => ({ code: 'clock', what: "this machine's clock is wrong, so S3 refuses to answer", todo: 'set it' }),
  },
  {
    when: /^(InvalidBucketName|KeyTooLongError|InvalidURI)$/,
    explain: ({ name }) => ({ code: 'bad_uri', what: `S3 does not take the name (${name})`, todo: 'correct the URI' }),
  },
];

function failureOf(name: string, fault: Fault, { uri, action }: Asked, cause: unknown): ArtifactError {
  const status = fault.$metadata?.httpStatusCode ?? 0;
  if (
    /^(SlowDown|Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|RequestThrottled\w*|Status(429|503))$/.test(name)
  ) {
    const todo = 'run it again later: what is done is kept';
    return new ArtifactError('throttled', uri, `S3 throttled ${action} to the last try`, { todo, cause });
  }
  if (/^(BadDigest|InvalidDigest|XAmzContent\w+Mismatch)$/.test(name)) {
    const what = `S3 received other bytes than were sent (${name})`;
    return new ArtifactError('corrupt', uri, what, { todo: 'run it again', cause });
  }
  if (status >= 500 || fault.code !== undefined || /^(TimeoutError|RequestTimeout)$/.test(name)) {
    const what = `S3 gave no answer to ${action} to the last try (${fault.code ?? fault.name})`;
    return new ArtifactError('unavailable', uri, what, { todo: 'look at the network, then run it again', cause });
  }
  const said = `${fault.name ?? 'Error'}: ${(fault.message ?? '').slice(0, 300)}`;
  return new ArtifactError('refused', uri, `S3 refused ${action} (${said})`, { cause });
}

/** The action that the message of AWS names: `... is not authorized to perform: kms:Decrypt on ...`. */
const actionOf = ({ message = '' }: Fault): string | null => /perform: ([a-z0-9-]+:\w+)/i.exec(message)?.[1] ?? null;

const kmsActionFor = ({ action }: Asked): string => (/Put/.test(action) ? 'kms:GenerateDataKey' : 'kms:Decrypt');

function keyOf({ message = '' }: Fault): string {
  const key = /arn:[\w-]+:kms:[^\s"']+/.exec(message)?.[0];
  return key ? ` on ${key}` : '';
}

function regionOf(fault: Fault): string | null {
  const told = fault.Region ?? fault.$response?.headers?.['x-amz-bucket-region'];
  return told ?? /expecting '([a-z0-9-]+)'/.exec(fault.message ?? '')?.[1] ?? null;
}
