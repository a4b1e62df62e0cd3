import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { InputError } from '@pilotlight/errors';
import { backoff } from '../backoff.ts';
import { type Checksum, openHasher } from '../checksum.ts';
import { ArtifactError } from '../errors.ts';
import { explainS3, statusOf } from './explain.ts';
import { checksumsOf } from './head.ts';
import { asking, type Place, target, uriOf } from './place.ts';

export type OpenBody = { body: Readable; bytes: number; version: string };

/** Failures in a row, without {@link PROGRESS_BYTES} between them, that end a transfer. */
const FAILURES_MAX = 6;
const PROGRESS_BYTES = 64 * 1024;

/**
 * Opens an object's content. A connection that breaks is taken up where it broke, of the same version only: an ArtifactError
 * `changed` where the object was replaced meanwhile. At the end the whole is verified where S3 or the writer told a whole
 * object's checksum: `corrupt`.
 */
export async function openBody(place: Place, key: string, signal?: AbortSignal): Promise<OpenBody> {
  const ended = new AbortController();
  const either = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  const first = await asking(place, key, 's3:GetObject', signal, () =>
    place.client.send(new GetObjectCommand(target(place, key)), { abortSignal: either }),
  );
  const body = new PumpedBody(chunksOf(place, key, first, either), ended);
  return { body, bytes: first.ContentLength ?? 0, version: first.ETag ?? '' };
}

/** A stream over an iterator; destroying it ends the request at once, even one that waits for a silent server. */
class PumpedBody extends Readable {
  readonly #chunks: AsyncGenerator<Buffer>;
  readonly #ended: AbortController;

  constructor(chunks: AsyncGenerator<Buffer>, ended: AbortController) {
    super();
    this.#chunks = chunks;
    this.#ended = ended;
  }

  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done ? null : value),
      (error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.readableEnded) this.#ended.abort(error ?? new Error('the stream was closed'));
    this.#chunks.return(undefined).catch(() => {});
    done(error);
  }
}

async function* chunksOf(
  place: Place,
  key: string,
  first: GetObjectCommandOutput,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const total = first.ContentLength ?? 0;
  const check = openCheck(first);
  let answer: GetObjectCommandOutput | null = first;
  let at = 0;
  let failures = 0;
  let progress_at = 0;
  while (true) {
    try {
      answer ??= await resume(place, key, { from: at, version: first.ETag }, signal);
      for await (const chunk of answer.Body as Readable) {
        at += chunk.length;
        check?.hasher.update(chunk);
        yield chunk;
      }
      if (at === total) break;
      throw Object.assign(new Error(`the answer ended after ${at} of ${total} bytes`), { code: 'ECONNRESET' });
    } catch (error) {
      if (at === total && !signal.aborted) break;
      if (at - progress_at >= PROGRESS_BYTES) failures = 0;
      progress_at = at;
      failures += 1;
      const fatal = signal.aborted || failures >= FAILURES_MAX || !isBroken(error);
      if (fatal) throw explainS3(error, { uri: uriOf(place, key), action: 's3:GetObject' }, signal);
      answer = null;
      await backoff(failures, signal);
    }
  }
  await verify(check, uriOf(place, key));
}

/** The rest of the object from a byte on, in the version that was begun. */
async function resume(
  place: Place,
  key: string,
  { from, version }: { from: number; version: string | undefined },
  signal: AbortSignal,
): Promise<GetObjectCommandOutput> {
  const command = new GetObjectCommand({ ...target(place, key), Range: `bytes=${from}-`, IfMatch: version });
  try {
    return await place.client.send(command, { abortSignal: signal });
  } catch (error) {
    const uri = uriOf(place, key);
    const status = statusOf(error);
    if (status !== 412 && status !== 416 && status !== 404)
      throw explainS3(error, { uri, action: 's3:GetObject' }, signal);
    const todo = 'run it again';
    throw new ArtifactError('changed', uri, 'the object was replaced while it was read', { todo, cause: error });
  }
}

/** A body that broke has an error of the socket; a request that failed was tried often enough by the SDK, and is explained. */
function isBroken(error: unknown): boolean {
  return !(error instanceof ArtifactError) && !(error instanceof InputError);
}

function openCheck(answer: GetObjectCommandOutput) {
  const told: Checksum | undefined = checksumsOf(answer)[0];
  return told ? { told, hasher: openHasher(told.algorithm) } : null;
}

async function verify(check: ReturnType<typeof openCheck>, uri: string): Promise<void> {
  if (!check) return;
  const found = (await check.hasher.digest()).toString('base64');
  if (found === check.told.value) return;
  const what = `the bytes that came have another ${check.told.algorithm} (${found}) than S3 tells (${check.told.value})`;
  throw new ArtifactError('corrupt', uri, what, { todo: 'run it again, or write the object again' });
}
