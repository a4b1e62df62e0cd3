import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  ArtifactError,
  downloadFolder,
  isS3Uri,
  joinUri,
  openStore,
  parseS3Uri,
  uploadFolder,
} from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openHasher } from '../../packages/artifacts/checksum.ts';
import { partBytes } from '../../packages/artifacts/s3/parts.ts';
import { type FaultProxy, startFaultProxy } from '../faultProxy.ts';
import { remove, temporary } from '../folders.ts';
import { python, testWithPython } from '../python.ts';
import { BUCKET, failure, filesUnder, fillFolder, listed, noise, s3Place } from './stores.ts';

const MIB = 1024 ** 2;

let place: Awaited<ReturnType<typeof s3Place>>;
let proxy: FaultProxy;
let dir = '';
let uri = '';

test.before(async () => {
  if (!python()) return;
  place = await s3Place();
  proxy = await startFaultProxy(place.moto.url);
  process.env.AWS_ENDPOINT_URL = proxy.url;
});
test.after(async () => {
  await proxy?.stop();
  await place?.stop();
});
test.before.each(async () => {
  dir = temporary();
  uri = place ? await place.fresh() : '';
});
test.after.each(() => remove(dir));

/** As another program writes it, under the store of this test. */
async function put(key: string, Body: string | Uint8Array, facts: object = {}): Promise<void> {
  const Key = `${parseS3Uri(uri).key}/${key}`;
  await place.client.send(
    new PutObjectCommand({ Bucket: BUCKET, Key, Body, ContentLength: Buffer.byteLength(Body), ...facts }),
  );
}

/** How many objects' contents have been asked for. */
function fetched(): number {
  return proxy.passed.filter(({ method, path, status }) => method === 'GET' && status < 300 && !/list-type/.test(path))
    .length;
}

for (const [given, bucket, key] of [
  ['s3://my-bucket', 'my-bucket', ''],
  ['s3://my-bucket/', 'my-bucket', ''],
  ['s3://my.bucket.1/a/b', 'my.bucket.1', 'a/b'],
  ['s3://my-bucket/a b+ñ%20/', 'my-bucket', 'a b+ñ%20/'],
] as const) {
  test(`the parts of ${given}`, () => assert.equal(parseS3Uri(given), { bucket, key }));
}

for (const given of [
  '',
  'x',
  's3:',
  's3://',
  's3:///a',
  's3://B/x',
  's3://a_b/x',
  's3://ab-/x',
  'S3://bucket/x',
  's3://bu//x',
]) {
  test(`no URI of S3: ${JSON.stringify(given)}`, async () => {
    const error = await failure((async () => parseS3Uri(given))());
    assert.instance(error, InputError);
    assert.is(error.code, 'bad_uri');
    assert.ok(error.message.includes(JSON.stringify(given)), error.message);
  });
}

test('what a URI is, and how parts are joined to one', () => {
  assert.equal(['s3://b', 'S3://b', 'a/s3://b', '/x', ''].map(isS3Uri), [true, true, false, false, false]);
  assert.is(joinUri('s3://bucket', 'a', 'b/c'), 's3://bucket/a/b/c');
  assert.is(joinUri('s3://bucket/', '/a/', '', 'b'), 's3://bucket/a/b');
  assert.is(joinUri('out', 'a'), 'out/a');
  assert.is(joinUri('/', 'a'), '/a');
  assert.is(joinUri('s3://bucket/x'), 's3://bucket/x');
});

for (const given of ['', 'gs://bucket/x', 'file:///x', 'https://x/y']) {
  test(`no store: ${JSON.stringify(given)}`, async () => {
    const error = await failure((async () => openStore(given))());
    assert.instance(error, InputError);
    assert.is(error.code, 'bad_uri');
  });
}

// The check values of the catalogue of CRC algorithms, and FIPS 180's, of these nine bytes.
for (const [algorithm, hex] of [
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ['MD5', '25f9e794323b453885f5181f1b624d0b'],
] as const) {
  test(`${algorithm} in pieces`, async () => {
    const hasher = openHasher(algorithm);
    for (const piece of ['1234', '', '56789']) hasher.update(Buffer.from(piece));
    assert.is((await hasher.digest()).toString('hex'), hex);
  });
}

for (const bytes of [1, 80_000 * MIB, 5 * 1024 ** 2 * MIB]) {
  test(`a file of ${bytes} bytes goes in no more parts than S3 takes`, () => {
    const each = partBytes(1, 8 * MIB, bytes);
    assert.ok(each >= 8 * MIB && Math.ceil(bytes / each) <= 10_000);
    assert.is(partBytes(10_000, 8 * MIB, bytes), each);
  });
}

test('a stream of 400 GiB goes in no more parts than S3 takes, and its parts grow late', () => {
  const sizes = Array.from({ length: 10_000 }, (_, i) => partBytes(i + 1, 8 * MIB, null));
  assert.ok(sizes.reduce((sum, one) => sum + one) > 400 * 1024 * MIB);
  assert.ok(sizes.slice(0, 1000).every((one) => one === 8 * MIB));
  assert.ok(Math.max(...sizes) <= 80 * MIB);
});

testWithPython('markers of folders are no files', async () => {
  for (const key of ['', 'a/', 'a/b/']) await put(key, '');
  await put('a/x', '1');
  assert.equal(
    (await listed(openStore(uri).list())).map(({ key }) => key),
    ['a/x'],
  );
  assert.equal(await downloadFolder(uri, join(dir, 'out')), { files: 1, bytes: 1 });
  assert.equal(filesUnder(dir), ['out/a/x']);
  await put('b/', '');
  assert.is((await failure(downloadFolder(`${uri}/b`, join(dir, 'out')))).code, 'empty');
});

for (const key of ['../x', 'a/../../x', '/x', 'a//x', 'a/./x', 'a\\..\\x', `${'x'.repeat(256)}`]) {
  testWithPython(`a key that would leave the folder stops the copy before it begins: ${key.slice(0, 20)}`, async () => {
    await put(key, '1');
    await put('fine', '1');
    const error = await failure(downloadFolder(uri, join(dir, 'out')));
    assert.instance(error, InputError);
    assert.is(error.code, 'bad_key');
    assert.ok(error.message.includes(uri), error.message);
    assert.equal(filesUnder(dir), []);
  });
}

testWithPython('an object and a folder of one name are told apart, or refused where a disk cannot', async () => {
  await put('a', 'object');
  await put('a/x', 'folder');
  const error = await failure(downloadFolder(`${uri}/a`, join(dir, 'out')));
  assert.is(error.code, 'ambiguous');
  assert.equal(await downloadFolder(`${uri}/a/`, join(dir, 'out')), { files: 1, bytes: 6 });
  assert.is((await failure(downloadFolder(uri, join(dir, 'out')))).code, 'bad_key');
});

testWithPython('more keys than one page holds are all listed and fetched', async () => {
  fillFolder(join(dir, 'in'), Object.fromEntries(Array.from({ length: 1003 }, (_, i) => [`k${i}`, `${i % 7}`])));
  assert.equal(await uploadFolder(join(dir, 'in'), uri), { files: 1003, bytes: 1003 });
  const keys = (await listed(openStore(uri).list())).map(({ key }) => key);
  assert.is(new Set(keys).size, 1003);
  assert.equal([...keys].sort(), keys);
});

const CRC64 = 'CRC64NVME';
for (const [name, facts] of [
  ['an ETag alone', () => ({})],
  ['a SHA-256', (content: Buffer) => ({ ChecksumSHA256: createHash('sha256').update(content).digest('base64') })],
  ['a CRC64NVME', () => ({ ChecksumAlgorithm: CRC64 })],
] as const) {
  testWithPython(`another program's object with ${name} is fetched once`, async () => {
    const content = noise(70_000);
    await put('x', content, facts(content));
    await downloadFolder(uri, join(dir, 'out'));
    proxy.rules([]);
    await downloadFolder(uri, join(dir, 'out'));
    assert.is(fetched(), 0);
    fillFolder(join(dir, 'out'), { x: noise(70_000, 2) });
    await downloadFolder(uri, join(dir, 'out'));
    assert.is(fetched(), 1);
  });
}

for (const [algorithm, made] of [
  ['CRC64NVME', 'AAAAAAAAAAA='],
  ['CRC32C', 'AAAAAA=='],
  ['CRC32', 'AAAAAA=='],
  ['SHA1', Buffer.alloc(20).toString('base64')],
  ['SHA256', Buffer.alloc(32).toString('base64')],
] as const) {
  testWithPython(`content that is not what its ${algorithm} says is refused`, async () => {
    await put('x', 'content', { ChecksumAlgorithm: algorithm, [`Checksum${algorithm}`]: made });
    const error = await failure(downloadFolder(`${uri}/x`, join(dir, 'out')));
    assert.instance(error, ArtifactError);
    assert.is(error.code, 'corrupt');
    assert.match(error.message, new RegExp(algorithm));
    assert.equal(filesUnder(dir), []);
  });
}

testWithPython("S3 keeps the whole content's checksum, of objects in one part and in several", async () => {
  for (const bytes of [1000, 11 * 1024 ** 2]) {
    const content = noise(bytes);
    await openStore(uri).write('x', content);
    const Key = `${parseS3Uri(uri).key}/x`;
    const head = await place.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }));
    const told = Buffer.from(head.ChecksumCRC32 ?? '', 'base64');
    assert.is(told.length === 4 && told.readUInt32BE(), crc32(content));
    assert.is(head.Metadata?.['pilotlight-sha256'], createHash('sha256').update(content).digest('hex'));
    assert.is(head.ServerSideEncryption ?? 'the default', 'the default');
    const { Body } = await place.client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    assert.ok(content.equals((await Body?.transformToByteArray()) ?? new Uint8Array()));
  }
});

test.run();
