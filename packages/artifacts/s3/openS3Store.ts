import { DeleteObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { InputError } from '@pilotlight/errors';
import { hasChecksum } from '../checksum.ts';
import type { FolderStore } from '../folderStore.ts';
import { checkKey, folderOf } from '../keys.ts';
import { decodeText, tooLarge } from '../readAll.ts';
import type { ObjectFacts, Store } from '../store.ts';
import { readAddress } from './address.ts';
import { openBody } from './body.ts';
import { s3Client } from './client.ts';
import { factsOf, headObject, tellingChecksum } from './head.ts';
import { asking, type Place, target, uriOf } from './place.ts';
import { writeObject } from './writeObject.ts';

export type S3StoreOptions = {
  /** Of one part of a large object, at least S3's 5 MiB. */
  part_bytes?: number;
  /** How long a connection may say nothing before it is given up. */
  silence_limit_ms?: number;
};

const PART_BYTES = 8 * 1024 ** 2;
const TEXT_BYTES_MAX = 1024 ** 2;

/** The store at `s3://BUCKET[/PREFIX]`. Nothing is asked of S3 here. Encryption is what the bucket's default says. */
export function openS3Store(uri: string, options: S3StoreOptions = {}): FolderStore {
  const { part_bytes = PART_BYTES, silence_limit_ms } = options;
  const { bucket, folder, uri: address } = readAddress(uri);
  const place: Place = {
    client: s3Client(silence_limit_ms === undefined ? {} : { silence_limit_ms }),
    bucket,
    prefix: folder === '' ? '' : `${folder}/`,
    uri: address,
    part_bytes,
  };
  const checked = (name: string): string => {
    checkKey(place.uri, name);
    return name;
  };
  const head: Store['head'] = async (name, { signal } = {}) => {
    const found = await headObject(place, checked(name), { signal });
    return found && factsOf(name, found);
  };
  return {
    uri: place.uri,
    read: async (name, { signal } = {}) => (await openBody(place, checked(name), signal)).body,
    readText: async (name, limits) => readText(place, checked(name), limits),
    write: async (name, content, conditions) => writeObject(place, checked(name), content, conditions),
    head,
    size: (name, signal) => head(name, signal ? { signal } : {}),
    list: (prefix = '', { signal } = {}) => list(place, prefix, signal),
    sizes: (prefix, signal) => list(place, prefix, signal),
    remove: async (name, { signal } = {}) => {
      const command = new DeleteObjectCommand(target(place, checked(name)));
      await asking(place, name, 's3:DeleteObject', signal, () => place.client.send(command, { abortSignal: signal }));
    },
    hasContentOf: (name, path, signal) => hasContentOf(place, checked(name), path, signal),
  };
}

const readText: (place: Place, ...args: Parameters<Store['readText']>) => ReturnType<Store['readText']> = async (
  place,
  key,
  { bytesMax = TEXT_BYTES_MAX, signal } = {},
) => {
  const opened = await openBody(place, key, signal).catch((error) => {
    if (error instanceof InputError && error.code === 'missing') return null;
    throw error;
  });
  if (!opened) return null;
  const { body, bytes, version } = opened;
  if (bytes > bytesMax) {
    body.destroy();
    throw tooLarge(uriOf(place, key), bytes, bytesMax);
  }
  const chunks: Buffer[] = await body.toArray();
  return { text: decodeText(uriOf(place, key), Buffer.concat(chunks)), version };
};

/** Who may write and not read cannot know: then it is sent again. */
async function hasContentOf(place: Place, key: string, path: string, signal?: AbortSignal): Promise<boolean> {
  const found = await headObject(place, key, { signal, checksums: true }).catch((error) => {
    if (error instanceof InputError && (error.code === 'denied' || error.code === 'kms')) return null;
    throw error;
  });
  const told = found && tellingChecksum(found);
  return told ? hasChecksum(path, told, signal) : false;
}

async function* list(place: Place, prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectFacts> {
  const folder = folderOf(place.uri, prefix);
  const begin = place.prefix + (folder === '' ? '' : `${folder}/`);
  let next: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: place.bucket,
      Prefix: begin,
      EncodingType: 'url',
      ContinuationToken: next,
    });
    const page = await asking(place, folder, 's3:ListBucket', signal, () =>
      place.client.send(command, { abortSignal: signal }),
    );
    for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? []) {
      const key = decode(Key);
      if (!key.endsWith('/')) yield { key: key.slice(place.prefix.length), bytes: Size, version: ETag };
    }
    next = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (next !== undefined);
}

/** Keys are asked for as in a query string: XML cannot hold every character that a key may have. */
const decode = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));
