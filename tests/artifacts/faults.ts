import { ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import type { Store } from '@pilotlight/artifacts';
import type { Test } from 'uvu';
import { openFolderStore } from '../../packages/artifacts/openStore.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../faultProxy.ts';
import { remove, temporary } from '../folders.ts';
import { python } from '../python.ts';
import { BUCKET, s3Place, sha256 } from './stores.ts';

export const MIB = 1024 ** 2;
export const SLOW_DOWN: Fault = {
  kind: 'answer',
  status: 503,
  code: 'SlowDown',
  message: 'Please reduce your request rate.',
};
export const BROKEN: Fault = { kind: 'answer', status: 500, code: 'InternalError' };
/** Of the tests alone: how long a silent connection is waited for. */
const SILENCE_MS = 400;

/** What each test of the file finds fresh. */
export type Scene = {
  place: Awaited<ReturnType<typeof s3Place>>;
  proxy: FaultProxy;
  dir: string;
  uri: string;
};

/** Starts moto once, with versions, and before each test a proxy in front of it, a folder and an empty store. */
export function stageFaults(test: Test): Scene {
  const scene = {} as Scene;
  if (!python()) return scene;
  test.before(async () => {
    scene.place = await s3Place();
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await scene.place.client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  });
  test.after(() => scene.place?.stop());
  test.before.each(async () => {
    scene.dir = temporary();
    scene.uri = await scene.place.fresh();
    // A proxy a test: what throttles one client is not to slow the next one down.
    scene.proxy = await startFaultProxy(scene.place.moto.url);
    process.env.AWS_ENDPOINT_URL = scene.proxy.url;
  });
  test.after.each(async () => {
    await scene.proxy.stop();
    remove(scene.dir);
  });
  return scene;
}

/** The scene's store with small parts and little patience. */
export const openIn = ({ uri }: Scene): Store =>
  openFolderStore(uri, { part_bytes: 5 * MIB, silence_limit_ms: SILENCE_MS });

export async function contentOf(store: Store, key: string): Promise<string> {
  const chunks: Buffer[] = await (await store.read(key)).toArray();
  return sha256(Buffer.concat(chunks));
}

/** The keys of whatever was ever put there, with what was replaced. */
export async function versionsIn({ place, uri }: Scene): Promise<string[]> {
  const Prefix = uri.slice(`s3://${BUCKET}/`.length);
  const { Versions = [] } = await place.client.send(new ListObjectVersionsCommand({ Bucket: BUCKET, Prefix }));
  return Versions.map(({ Key = '' }) => Key);
}
