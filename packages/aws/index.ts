/** What every AWS client of this project is made with. Region, credentials and endpoint come from the environment, as everywhere. */

/** Tries of one request, the first included; pauses grow and are scattered, and a throttled client slows down by itself. */
export const ATTEMPTS_MAX = 6;

const CONNECTION_LIMIT_MS = 5_000;
const SILENCE_LIMIT_MS = 60_000;

/**
 * Options for the constructor of any SDK client. A step must never hang on a service: a connection that does not come, or
 * that says nothing for `silence_limit_ms` (60 s, whatever the whole transfer takes), is given up and tried again.
 */
export function clientOptions({ silence_limit_ms = SILENCE_LIMIT_MS }: { silence_limit_ms?: number } = {}) {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = AWS_REGION || AWS_DEFAULT_REGION;
  return {
    ...(region ? { region } : {}),
    maxAttempts: ATTEMPTS_MAX,
    retryMode: 'adaptive' as const,
    // Not `requestTimeout`: it counts the time to the answer, so it ends a slow upload, and by default it only warns.
    requestHandler: { connectionTimeout: CONNECTION_LIMIT_MS, socketTimeout: silence_limit_ms },
  };
}

/** The same for S3. Whoever names an endpoint of their own has no bucket names in DNS. */
export function s3Options(options: { silence_limit_ms?: number } = {}) {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
  return { ...clientOptions(options), forcePathStyle: Boolean(AWS_ENDPOINT_URL || AWS_ENDPOINT_URL_S3) };
}

/** For requests that no SDK client signs: the credentials that one would find, read when asked for and again before they run out. */
export { defaultProvider as credentialsProvider } from '@aws-sdk/credential-provider-node';
