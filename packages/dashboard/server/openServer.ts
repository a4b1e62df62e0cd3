import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { Logger } from '@pilotlight/logging';
import { MODELS } from '../api.ts';
import { writeClient } from '../client/bundle.ts';
import { isLoopback } from './access/loopback.ts';
import type { Auth } from './access/signIn.ts';
import { createServer } from './createServer.ts';
import { openDatabase } from './database.ts';
import { openLocalResults } from './results/localResults.ts';
import type { Results } from './results/run.ts';
import { openS3Results } from './results/s3Results.ts';

/** `manifest`: the table of the state machine, beside the bucket. */
export type Place = { folders: readonly string[] } | { bucket: string; manifest?: string | undefined };

export type OpenOptions = {
  place: Place;
  host: string;
  /** 0: any that is free. */
  port: number;
  auth: Auth;
  log: Logger;
  stack?: string | null;
  /** Made already (in the image); undefined: made now. */
  clientFolder?: string | undefined;
  /** What may be kept on disk of a bucket's objects. */
  cacheBytesMax?: number;
};

export type OpenServer = { url: string; close(): Promise<void> };

/** Of one question. */
const LIMIT_S = 20;
const MEMORY_MB_MAX = 2048;
const CACHE_BYTES_MAX = 12 * 2 ** 30;

/**
 * Starts the server and makes the index of each model's newest customers. All that it writes is in a scratch folder of its own, which
 * goes when it ends.
 *
 * @throws InputError where the place has no runs, the port is taken, or it would be reached from elsewhere without sign-in
 */
export async function openServer(options: OpenOptions): Promise<OpenServer> {
  const { host, port, auth, log } = options;
  if (auth.mode === 'off' && !isLoopback(host)) throw refuseOpen(host);
  const scratch = mkdtempSync(path.join(tmpdir(), 'pilotlight-dashboard-'));
  const ends: (() => unknown)[] = [() => rmSync(scratch, { recursive: true, force: true })];
  const close = async () => {
    for (const end of ends.reverse()) await end();
    ends.length = 0;
  };
  try {
    const results = openResults(options, scratch);
    await checkReadable(options.place, results);
    const database = await openDatabase({
      folders: results.folders,
      scratch,
      memoryLimitMb: Math.min(MEMORY_MB_MAX, Math.floor(totalmem() / 2 ** 20 / 2)),
      threads: availableParallelism(),
      limit_s: LIMIT_S,
    });
    ends.push(() => database.close());
    const clientFolder = options.clientFolder ?? path.join(scratch, 'client');
    if (options.clientFolder === undefined) await writeClient(clientFolder);
    const app = await createServer({
      results,
      database,
      scratch,
      auth,
      log,
      clientFolder,
      stack: options.stack ?? null,
    });
    ends.push(() => app.close());
    const url = await app.listen({ host, port }).catch((error: unknown) => {
      throw explainListen(error, host, port);
    });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function openResults({ place, log, cacheBytesMax = CACHE_BYTES_MAX }: OpenOptions, scratch: string): Results {
  if ('folders' in place) return openLocalResults(place.folders);
  const { bucket, manifest } = place;
  return openS3Results({ bucket, manifest, cache: path.join(scratch, 'objects'), bytesMax: cacheBytesMax, log });
}

/** A bucket with nothing in it is fine: runs will come. One that cannot be read is not. */
async function checkReadable(place: Place, results: Results): Promise<void> {
  if ('folders' in place) return;
  const found = await Promise.all(MODELS.map((model) => results.runs(model)));
  const [fault] = await results.faults();
  if (fault === undefined || found.some((runs) => runs.length > 0)) return;
  throw new InputError({
    code: 'bucket_unreadable',
    what: 'the bucket cannot be read',
    where: `s3://${place.bucket}`,
    todo: fault,
  });
}

function refuseOpen(host: string): InputError {
  return new InputError({
    code: 'no_sign_in',
    what: 'whoever reaches this address would see all customers: there is no sign-in',
    where: host,
    todo: 'listen on 127.0.0.1, or set PILOTLIGHT_ALB_ARN to the load balancer that signs people in',
  });
}

function explainListen(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const where = `${host}:${port}`;
  const refuse = (what: string, todo: string) =>
    new InputError({ code: 'cannot_listen', what, where, todo, cause: error });
  if (code === 'EADDRINUSE') return refuse('the port is taken', 'give another one (--port)');
  if (code === 'EACCES') return refuse('this port is not for us to open', 'give one above 1023 (--port)');
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return refuse('this machine has no such address', 'correct --host');
  return error;
}
