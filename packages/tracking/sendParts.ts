import { posix } from 'node:path';
import { doOnce } from './doOnce.ts';
import { TrackingError } from './errors.ts';
import { escapePath } from './escape.ts';
import { listOf } from './models.ts';
import type { JsonObject, MlflowClient } from './openMlflow.ts';

/** S3 takes parts of 5 MiB to 5 GiB, 10,000 of a file at most. */
const PART_BYTES = 64 * 1024 ** 2;
const PARTS_MAX = 10_000;

type SentFile = { root: string; name: string; path: string; bytes: number; partBytes?: number };
type Options = { signal?: AbortSignal };
type Part = { part_number: number; etag: string; url: string };

/**
 * Sends a file in parts to the URLs that the server hands out, and returns false where its store has none (a folder, say). What was
 * begun and not ended is given up at the server, so that no parts stay behind.
 */
export async function sendParts(client: MlflowClient, file: SentFile, options: Options): Promise<boolean> {
  const partBytes = Math.max(file.partBytes ?? PART_BYTES, Math.ceil(file.bytes / PARTS_MAX));
  const num_parts = Math.max(1, Math.ceil(file.bytes / partBytes));
  const begun = await begin(client, file, num_parts, options);
  if (begun === null) return false;
  const { upload_id, credentials } = begun;
  const path = posix.basename(file.name);
  try {
    const parts: Part[] = [];
    for (const [index, target] of listOf(credentials).entries()) {
      parts.push(await sendPart(client, file, { target, start: index * partBytes, partBytes }, options));
    }
    const end = async () => {
      await client.call('POST', pathOf('complete', file), { body: { path, upload_id, parts }, ...options });
      return true;
    };
    await doOnce(client, end, () => isThere(client, file, options), options.signal);
    return true;
  } catch (error) {
    await client.call('POST', pathOf('abort', file), { body: { path, upload_id } }).catch(() => {});
    throw error;
  }
}

async function begin(client: MlflowClient, file: SentFile, num_parts: number, options: Options) {
  const body = { path: posix.basename(file.name), num_parts };
  const act = () => client.call('POST', pathOf('create', file), { body, ...options });
  try {
    // An upload whose id was lost holds nothing, so there is nothing to look for.
    return await doOnce(client, act, async () => null, options.signal);
  } catch (error) {
    const isUnable = error instanceof TrackingError && ['unsupported', 'bad_answer', 'not_found'].includes(error.code);
    if (isUnable) return null;
    throw error;
  }
}

async function sendPart(
  client: MlflowClient,
  file: SentFile,
  { target, start, partBytes }: { target: JsonObject; start: number; partBytes: number },
  options: Options,
): Promise<Part> {
  const url = String(target.url);
  const headers = (target.headers ?? {}) as Record<string, string>;
  const bytes = Math.min(partBytes, file.bytes - start);
  const answer = await client.transfer('PUT', url, { file: { path: file.path, bytes, start }, headers, ...options });
  const etag = answer.headers.get('etag') ?? '';
  return { part_number: Number(target.part_number), etag, url };
}

/** True where the file stands at the server in its whole length, else null. */
async function isThere(client: MlflowClient, file: SentFile, options: Options): Promise<true | null> {
  const query = { path: posix.join(file.root, posix.dirname(file.name)) };
  const { files } = await client.call('GET', '/api/2.0/mlflow-artifacts/artifacts', { query, ...options });
  const name = posix.basename(file.name);
  const found = listOf(files).some(
    (one) => posix.basename(String(one.path)) === name && Number(one.file_size ?? 0) === file.bytes,
  );
  return found ? true : null;
}

function pathOf(verb: string, { root, name }: SentFile): string {
  const folder = posix.join(root, posix.dirname(name));
  return `/api/2.0/mlflow-artifacts/mpu/${verb}/${escapePath(folder)}`;
}
