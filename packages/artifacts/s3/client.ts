import { S3Client } from '@aws-sdk/client-s3';
import { s3Options } from '@pilotlight/aws';

const clients = new Map<string, S3Client>();

/**
 * The client of this process for the region, endpoint and identity that the environment names: one, so that connections are
 * used again and a throttled one slows all transfers down.
 */
export function s3Client(options: { silence_limit_ms?: number } = {}): S3Client {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_PROFILE, AWS_ACCESS_KEY_ID } = process.env;
  const settings = s3Options(options);
  const name = JSON.stringify([settings, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_PROFILE, AWS_ACCESS_KEY_ID]);
  const known = clients.get(name);
  if (known) return known;
  // Bodies are verified by ourselves: the SDK's check knows one answer, not a transfer that was taken up again.
  const client = new S3Client({ ...settings, responseChecksumValidation: 'WHEN_REQUIRED' });
  client.middlewareStack.add(
    (next, context) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      if (context.commandName === 'GetObjectCommand') headers['x-amz-checksum-mode'] = 'ENABLED';
      return next(args);
    },
    { step: 'build', name: 'askForChecksums' },
  );
  clients.set(name, client);
  return client;
}
