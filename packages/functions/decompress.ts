import { S3Client } from '@aws-sdk/client-s3';
import { s3Options } from '@pilotlight/aws';
import * as z from 'zod';
import { readEnvironment } from './environment.ts';
import { functionError } from './errors.ts';
import { makeHandler, type Tools } from './handler.ts';
import type { Decompress } from './types.ts';
import { readChecks } from './unpack/checks.ts';
import { UPLOAD_BYTES_MAX } from './unpack/heldUpload.ts';
import { openObject } from './unpack/objects.ts';
import { unpackFile } from './unpack/unpackFile.ts';
import { verifyFile } from './unpack/verifyFile.ts';

const whole = z.coerce.number().int().positive();

const ENVIRONMENT = {
  PILOTLIGHT_BUCKET: z.string(),
  PILOTLIGHT_UNPACK_BYTES_MAX: whole.max(UPLOAD_BYTES_MAX).default(64 * 1024 ** 3),
  PILOTLIGHT_UNPACK_RATIO_MAX: whole.default(200),
  PILOTLIGHT_UNPACK_MEMBERS_MAX: whole.default(1000),
};

const key = z.string().regex(/^[^/]/, 'a key, which does not begin with a slash');
const Input = z.strictObject({ bucket: z.string(), key, checks_key: key, destination: key });

type Setup = ReturnType<typeof prepare>;

/**
 * Checks a fetched file and unpacks it, by stream from S3 to S3: plain, gzip, zip, tar and tar.gz, never an archive in an archive.
 * Limits: `PILOTLIGHT_UNPACK_BYTES_MAX` (64 GiB), `PILOTLIGHT_UNPACK_RATIO_MAX` (200, beyond the first 64 MiB),
 * `PILOTLIGHT_UNPACK_MEMBERS_MAX` (1000).
 */
export const handler = makeHandler('decompress', prepare, decompress);

function prepare() {
  const env = readEnvironment(ENVIRONMENT);
  return {
    bucket: env.PILOTLIGHT_BUCKET,
    limits: {
      bytesMax: env.PILOTLIGHT_UNPACK_BYTES_MAX,
      ratioMax: env.PILOTLIGHT_UNPACK_RATIO_MAX,
      membersMax: env.PILOTLIGHT_UNPACK_MEMBERS_MAX,
    },
    s3: new S3Client(s3Options()),
  };
}

async function decompress(event: unknown, { setup, log, signal }: Tools<Setup>): Promise<Decompress['output']> {
  const { s3, limits } = setup;
  const input = parseInput(event, setup.bucket);
  const { bucket } = input;
  const checks = await readChecks({ bucket, key: input.checks_key }, s3, signal);
  const object = await openObject({ bucket, key: input.key }, s3, signal);
  await verifyFile(object, checks);
  const destination = input.destination.replace(/\/+$/, '');
  const written = await unpackFile({ object, checks, destination, limits, log: log.child({ key: input.key }) });
  log.info({ key: input.key, files_count: written.length, rows_count: checks.rows_count }, 'unpacked');
  return { written };
}

function parseInput(event: unknown, own: string): Decompress['input'] {
  const parsed = Input.safeParse(event);
  const todo = 'give {bucket, key, checks_key, destination}';
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = `the input cannot be read (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`;
    throw functionError('event', what, 'input', todo);
  }
  if (parsed.data.bucket === own) return parsed.data;
  throw functionError('event', `not the bucket of this stack, ${own}`, parsed.data.bucket, todo);
}
