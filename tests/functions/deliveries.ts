import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path, { resolve } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { remove, temporary } from '../folders.ts';
import { python } from '../python.ts';
import { startMoto } from '../servers.ts';

export const BUCKET = 'pilotlight-data';
export const RAW = 'raw/segmentation/2026-11-21';
const CALLER = resolve(import.meta.dirname, 'callFunction.ts');

export type Deliveries = Awaited<ReturnType<typeof startDeliveries>>;
export type Input = ReturnType<typeof inputFor>;

/** What the machine calls the function with. */
export const inputFor = (name: string, destination: string) => ({
  bucket: BUCKET,
  key: `${RAW}/${name}`,
  checks_key: `${RAW}/${name}.checks.json`,
  destination,
});

/** A call of `decompress` in a process of its own. */
export function startCall(input: object, env: Record<string, string> = {}) {
  return spawn(process.execPath, [CALLER, 'decompress', JSON.stringify(input)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export async function endOf(child: ReturnType<typeof startCall>) {
  let [out, said] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, said, ...(out ? JSON.parse(out) : {}) };
}

/** A bucket in moto, and the archives that are delivered into it, with what Python found in them. */
export async function startDeliveries() {
  const archives = temporary();
  const facts = makeArchives(archives);
  const moto = await startMoto();
  Object.assign(process.env, moto.env, { PILOTLIGHT_LOG_LEVEL: 'silent', PILOTLIGHT_BUCKET: BUCKET });
  const s3 = new S3Client({ forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
  const put = (key: string, body: Buffer | string) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: Buffer.from(body) }));
  const read = (name: string) => readFileSync(path.join(archives, name));
  let destinations = 0;
  return {
    ...{ s3, facts, put, read, url: moto.url },
    /** Delivers an archive with its checks, or with others. */
    async deliver(name: string, checks: object = {}): Promise<Input> {
      const { sha256, rows_count } = facts[name] as Facts;
      await put(`${RAW}/${name}`, read(name));
      await put(`${RAW}/${name}.checks.json`, JSON.stringify({ sha256, rows_count, ...checks }));
      destinations += 1;
      return inputFor(name, `tmp/segmentation/${destinations}`);
    },
    async deliverContent(name: string, content: Buffer, rows_count: number): Promise<Input> {
      const sha256 = createHash('sha256').update(content).digest('hex');
      await new Upload({ client: s3, params: { Bucket: BUCKET, Key: `${RAW}/${name}`, Body: content } }).done();
      await put(`${RAW}/${name}.checks.json`, JSON.stringify({ sha256, rows_count }));
      return inputFor(name, `tmp/segmentation/${name}`);
    },
    async contentOf(key: string): Promise<Buffer> {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async keysBelow(prefix: string): Promise<string[]> {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
      return Contents.map(({ Key = '' }) => Key);
    },
    async openUploads(): Promise<number> {
      return (await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads?.length ?? 0;
    },
    async stop() {
      await moto.stop();
      remove(archives);
    },
  };
}

type Facts = { sha256: string; bytes: number; rows_count: number; files: Record<string, number> | null };

function makeArchives(folder: string): Record<string, Facts> {
  const script = resolve(import.meta.dirname, 'archives.py');
  const { status, stdout, stderr } = spawnSync(python() ?? '', [script, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no archives:\n${stderr}`);
  return JSON.parse(stdout);
}
