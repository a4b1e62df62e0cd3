import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { remove, temporary } from '../folders.ts';
import { type Server, startMoto } from '../servers.ts';

/** Where a list of tests finds a fresh, empty store, and what it leaves behind that nobody should see. */
export type Place = {
  name: 'a local folder' | 'S3';
  /** The URI of a store that nobody used yet. */
  fresh(): Promise<string>;
  /** Unfinished files, locks, uploads. */
  leftovers(uri: string): Promise<string[]>;
  stop(): Promise<void>;
};

export const BUCKET = 'pilotlight-tests';

export async function localPlace(): Promise<Place> {
  const root = temporary();
  let count = 0;
  return {
    name: 'a local folder',
    fresh: async () => {
      count += 1;
      return join(root, `store ${count}`);
    },
    leftovers: async (uri) => filesUnder(uri).filter((name) => /(^|\/)\.[^/]*\.(tmp|lock)/.test(name)),
    stop: async () => remove(root),
  };
}

/** moto with one bucket; its environment is this process's from now on. */
export async function s3Place(): Promise<Place & { moto: Server; client: S3Client }> {
  const moto = await startMoto();
  Object.assign(process.env, moto.env);
  const client = new S3Client({ region: 'eu-west-1', forcePathStyle: true, endpoint: moto.url });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  await client.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
  let count = 0;
  return {
    moto,
    client,
    name: 'S3',
    fresh: async () => {
      count += 1;
      return `s3://${BUCKET}/store ${count}`;
    },
    leftovers: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      return Uploads.map(({ Key = '' }) => Key);
    },
    stop: async () => {
      client.destroy();
      await moto.stop();
    },
  };
}

/** Bytes that no part of repeats: a part that is lost, doubled or misplaced changes the checksum. */
export function noise(bytes: number, seed = 1): Buffer {
  const content = Buffer.allocUnsafe(bytes);
  let state = seed >>> 0 || 1;
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    content.writeInt32LE(state | 0, at);
  }
  return content.fill(seed & 255, bytes - (bytes % 4));
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes the files of `contents`, by their names below the folder. */
export function fillFolder(folder: string, contents: Record<string, string | Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

export function hashesUnder(folder: string): Record<string, string> {
  return Object.fromEntries(filesUnder(folder).map((name) => [name, sha256(readFileSync(join(folder, name)))]));
}

export async function failure(work: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

export async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
