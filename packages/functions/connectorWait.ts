import { S3Client } from '@aws-sdk/client-s3';
import { TransferClient } from '@aws-sdk/client-transfer';
import { clientOptions, s3Options } from '@pilotlight/aws';
import * as z from 'zod';
import { followTransfer } from './connector/followTransfer.ts';
import { Listing, planFetching } from './connector/listing.ts';
import { readEnvironment } from './environment.ts';
import { explainAws, functionError } from './errors.ts';
import { makeHandler, type Tools } from './handler.ts';
import { isAbsent } from './isAbsent.ts';
import type { ConnectorWait, ListingInput } from './types.ts';
import { readSmall, uriOf } from './unpack/objects.ts';

const text = z.string().min(1);
const Input = z.discriminatedUnion('task', [
  z.strictObject({ task: z.literal('listing'), bucket: text, listing_key: text, destination: text }),
  z.strictObject({ task: z.literal('transfer'), connector_id: text, transfer_id: text }),
]);

/** Of a listing: ten thousand files and more. */
const LISTING_BYTES_MAX = 16 * 1024 ** 2;

type Setup = ReturnType<typeof prepare>;

/** Says how far the SFTP connector is: with a listing, what there is to fetch, or with a transfer. It changes nothing. */
export const handler = makeHandler('connectorWait', prepare, connectorWait);

function prepare() {
  const { PILOTLIGHT_BUCKET: bucket } = readEnvironment({ PILOTLIGHT_BUCKET: z.string() });
  return { bucket, s3: new S3Client(s3Options()), transfer: new TransferClient(clientOptions()) };
}

async function connectorWait(event: unknown, { setup, log, signal }: Tools<Setup>): Promise<ConnectorWait['output']> {
  const input = parseInput(event, setup.bucket);
  const output =
    input.task === 'listing'
      ? await followListing(input, setup.s3, signal)
      : await followTransfer(input, setup.transfer, signal);
  const { status, reason, files } = output;
  log.info({ task: input.task, status, reason, files_count: files?.length }, `${input.task} ${status}`);
  return output;
}

async function followListing(
  { bucket, listing_key, destination }: ListingInput,
  s3: S3Client,
  signal: AbortSignal,
): Promise<ConnectorWait['output']> {
  const at = { bucket, key: listing_key };
  let content: string;
  try {
    content = await readSmall(at, LISTING_BYTES_MAX, s3, signal);
  } catch (error) {
    // The connector writes it when the listing has ended.
    if (await isAbsent(error, at, s3, signal)) return { status: 'running' };
    throw explainAws(error, uriOf(at));
  }
  return planFetching(parseListing(content, uriOf(at)), destination.replace(/\/+$/, ''));
}

function parseListing(content: string, where: string): z.infer<typeof Listing> {
  const unreadable = (what: string) =>
    functionError('listing', `the listing cannot be read (${what})`, where, 'see what the connector has written');
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw unreadable('no JSON');
  }
  const parsed = Listing.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function parseInput(event: unknown, own: string): ConnectorWait['input'] {
  const todo =
    "give {task: 'listing', bucket, listing_key, destination} or {task: 'transfer', connector_id, transfer_id}";
  const parsed = Input.safeParse(event);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = `the input cannot be read (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`;
    throw functionError('event', what, 'input', todo);
  }
  if (parsed.data.task === 'transfer' || parsed.data.bucket === own) return parsed.data;
  throw functionError('event', `not the bucket of this stack, ${own}`, parsed.data.bucket, todo);
}
