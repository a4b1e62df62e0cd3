import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';

/** S3 as the account's environment names it. Not by the project's own store: this is the other side of it. */
export function openS3(env: Readonly<Record<string, string>>): S3Client {
  const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = env;
  return new S3Client({
    ...(AWS_ENDPOINT_URL === undefined ? {} : { endpoint: AWS_ENDPOINT_URL }),
    region: AWS_REGION ?? 'eu-west-1',
    forcePathStyle: true,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
    },
  });
}

export function splitUri(uri: string): { bucket: string; key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  if (bucket === undefined) throw new Error(`no S3 URI: ${uri}`);
  return { bucket, key };
}

/** All keys that begin with the URI's, in order. */
export async function keysUnder(s3: S3Client, uri: string): Promise<string[]> {
  const { bucket, key } = splitUri(uri);
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key }))
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
  return keys;
}

/**
 * Every object of a folder, or the one object of that very name, into a folder. Names its files; and `strays`, the objects whose names only
 * begin alike (`raw/clie` and `raw/clients.csv`): SageMaker fetches those too.
 */
export async function downloadPrefix(
  s3: S3Client,
  uri: string,
  folder: string,
): Promise<{ files: string[]; strays: string[] }> {
  const { bucket, key } = splitUri(uri);
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const keys = (await keysUnder(s3, uri)).filter((one) => !one.endsWith('/'));
  const files: string[] = [];
  for (const one of keys) {
    const name = one === key ? one.slice(one.lastIndexOf('/') + 1) : one.slice(prefix.length);
    if (one !== key && !one.startsWith(prefix)) continue;
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: one }));
    await pipeline(Body as Readable, createWriteStream(target));
    files.push(name);
  }
  return { files, strays: keys.filter((one) => one !== key && !one.startsWith(prefix)) };
}

/** Every file of a folder, hidden ones too. */
export async function putFolder(s3: S3Client, folder: string, uri: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const { bucket, key } = splitUri(uri);
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  for (const name of names) {
    const path = join(folder, name);
    const { size } = await stat(path);
    const Body = createReadStream(path);
    const Key = [key.replace(/\/$/, ''), name].filter((part) => part !== '').join('/');
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentLength: size }));
  }
  return names;
}

export async function putText(s3: S3Client, uri: string, text: string): Promise<void> {
  const { bucket, key } = splitUri(uri);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
}

export async function getText(s3: S3Client, uri: string): Promise<string> {
  const { bucket, key } = splitUri(uri);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return (await Body?.transformToString()) ?? '';
}
