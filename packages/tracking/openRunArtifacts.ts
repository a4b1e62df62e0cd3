import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { isS3Uri, openStore } from '@pilotlight/artifacts';
import { TrackingError } from './errors.ts';
import { escapePath } from './escape.ts';
import { listOf } from './models.ts';
import type { MlflowClient } from './openMlflow.ts';
import { sendParts } from './sendParts.ts';

type Options = { signal?: AbortSignal };

/** The files of a run or of a model version. Names are relative, `/` between parts. */
export type RunArtifacts = {
  readonly uri: string;
  /** Sends a file; one of that name is replaced. */
  write(name: string, path: string, options?: Options): Promise<void>;
  read(name: string, options?: Options): Promise<Readable>;
  /** All files, those in folders too. */
  list(options?: Options): AsyncIterable<{ name: string; bytes: number }>;
};

/** From which size on a file is sent in parts, and how large they are. */
type PartOptions = { partsFromBytes?: number; partBytes?: number };

/** From this size on a file is sent in parts, where the server can take them: the parts go past it to its store. */
const PARTS_FROM_BYTES = 100 * 1024 ** 2;

/**
 * Opens the place of an artifact URI that MLflow gave: `s3://...` is written directly, `mlflow-artifacts:/...` by the server's
 * proxy, in streams. Another kind is a {@link TrackingError} (`unsupported`).
 */
export function openRunArtifacts(client: MlflowClient, uri: string, options: PartOptions = {}): RunArtifacts {
  if (isS3Uri(uri)) return inS3(uri);
  const root = proxyPath(uri);
  if (root === null) {
    const what = `artifacts at ${uri} cannot be written from here: serve them, or name an s3:// destination`;
    throw new TrackingError({ code: 'unsupported', uri: client.uri, what });
  }
  return byProxy(client, uri, root, options);
}

/** `mlflow-artifacts:/0/RUN/artifacts`, with or without the name of the host, which is the client's. */
function proxyPath(uri: string): string | null {
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.*)$/.exec(uri) ?? [];
  return path === undefined ? null : path.replace(/\/+$/, '');
}

function inS3(uri: string): RunArtifacts {
  const store = openStore(uri);
  return {
    uri,
    write: async (name, path, options) => {
      await store.write(name, { path }, options);
    },
    read: (name, options) => store.read(name, options),
    list: async function* (options) {
      for await (const { key, bytes } of store.list('', options)) yield { name: key, bytes };
    },
  };
}

function byProxy(client: MlflowClient, uri: string, root: string, parts: PartOptions): RunArtifacts {
  const { partsFromBytes = PARTS_FROM_BYTES, partBytes } = parts;
  const pathOf = (name: string) => `/api/2.0/mlflow-artifacts/artifacts/${escapePath(posix.join(root, name))}`;
  const list = (options?: Options) => listByProxy(client, root, '', options);
  return {
    uri,
    write: async (name, path, options = {}) => {
      const { size } = await stat(path);
      const inParts =
        size >= partsFromBytes &&
        (await sendParts(client, { root, name, path, bytes: size, ...(partBytes && { partBytes }) }, options));
      if (!inParts) await client.transfer('PUT', pathOf(name), { file: { path, bytes: size }, ...options });
    },
    read: async (name, options = {}) => {
      const { body } = await client.transfer('GET', pathOf(name), options);
      return Readable.from(explained(client, body as ReadableStream<Uint8Array> | null, options));
    },
    list,
  };
}

/** The bytes; a connection that breaks in their middle is told like every other fault. */
async function* explained(
  client: MlflowClient,
  body: ReadableStream<Uint8Array> | null,
  { signal }: Options,
): AsyncGenerator<Uint8Array> {
  try {
    if (body !== null) yield* body;
  } catch (error) {
    signal?.throwIfAborted();
    const what = 'the connection broke in the middle of an artifact';
    throw new TrackingError({ code: 'unreachable', uri: client.uri, what, cause: error });
  }
}

async function* listByProxy(
  client: MlflowClient,
  root: string,
  folder: string,
  options: Options = {},
): AsyncGenerator<{ name: string; bytes: number }> {
  const query = { path: posix.join(root, folder) };
  const { files } = await client.call('GET', '/api/2.0/mlflow-artifacts/artifacts', { query, ...options });
  for (const file of listOf(files)) {
    // Servers tell the name in the folder that was asked for, or its whole path.
    const name = posix.join(folder, posix.basename(String(file.path)));
    if (file.is_dir === true) yield* listByProxy(client, root, name, options);
    else yield { name, bytes: Number(file.file_size ?? 0) };
  }
}
