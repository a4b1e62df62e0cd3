import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectorWait } from '../../packages/functions/index.ts';
import { DENIED, startFaultProxy } from '../faultProxy.ts';
import { python, testWithPython } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';
import { failureOf, invocation } from './invocation.ts';
import { type Answer, CREDENTIALS, type JsonApi, refusal, startJsonApi } from './jsonApi.ts';

const BUCKET = 'pilotlight-data';
const DESTINATION = 'raw/segmentation/2026-11-21';
const CONNECTOR = 'c-0123456789abcdef0';

/** Transfer Family; moto has none of it. */
let transfers: JsonApi;
let answer: (token: unknown) => Answer = () => ({ body: { FileTransferResults: [] } });
let moto: Server | undefined;
let s3: S3Client;

test.before(async () => {
  transfers = await startJsonApi(({ input }) => answer(input.NextToken));
  Object.assign(process.env, CREDENTIALS, { PILOTLIGHT_LOG_LEVEL: 'silent', PILOTLIGHT_BUCKET: BUCKET });
  process.env.AWS_ENDPOINT_URL_TRANSFER = transfers.url;
  if (!python()) return;
  moto = await startMoto();
  Object.assign(process.env, moto.env);
  s3 = new S3Client({ forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
});

test.after(async () => {
  await transfers.stop();
  await moto?.stop();
});

let listings = 0;

async function listingOf(content: string | object | null) {
  listings += 1;
  const listing_key = `tmp/listings/${CONNECTOR}-${listings}.json`;
  const Body = typeof content === 'string' ? content : JSON.stringify(content);
  if (content !== null) await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: listing_key, Body }));
  return connectorWait({ task: 'listing', bucket: BUCKET, listing_key, destination: DESTINATION }, invocation());
}

/** As in the user guide: sub-folders in `paths`, the flag as a text. */
const folder = (names: string[], change: object = {}) => ({
  files: names.map((name) => ({ filePath: `/out/${name}`, modifiedTimestamp: '2026-11-21T08:34:54Z', size: 2323 })),
  paths: [{ path: '/out/old' }],
  truncated: 'false',
  ...change,
});

const follow = () =>
  connectorWait({ task: 'transfer', connector_id: CONNECTOR, transfer_id: 'transfer-1' }, invocation());

testWithPython('a listing that is not there yet is running', async () => {
  assert.equal(await listingOf(null), { status: 'running' });
});

testWithPython('a listing that is not there yet is running, though S3 calls it no right', async () => {
  // Whoever may list some prefixes only is not told that a key is absent.
  const proxy = await startFaultProxy(moto?.url ?? '', (line) =>
    /^GET \S*listings\/\S*json/.test(line) ? DENIED : null,
  );
  process.env.AWS_ENDPOINT_URL_S3 = proxy.url;
  const { handler } = await import(`../../packages/functions/connectorWait.ts?denied=${listings}`);
  const ask = (listing_key: string) =>
    handler({ task: 'listing', bucket: BUCKET, listing_key, destination: DESTINATION }, invocation());
  assert.equal(await ask('tmp/listings/absent.json'), { status: 'running' });
  delete process.env.AWS_ENDPOINT_URL_S3;
  const key = 'tmp/listings/present.json';
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: '{}' }));
  assert.match((await failureOf(ask(key))).message, /no right to it: s3:.*present\.json/);
  await proxy.stop();
});

testWithPython('an empty folder is ended, with nothing to fetch', async () => {
  assert.equal(await listingOf(folder([])), { status: 'ended', batches: [], files: [] });
  assert.equal(await listingOf({ files: [] }), { status: 'ended', batches: [], files: [] });
});

testWithPython('each file goes with its checks file; where they will stand', async () => {
  const names = ['pola.csv.gz', 'clie 1+ñ.zip', 'clie 1+ñ.zip.checks.json', 'pola.csv.gz.checks.json'];
  assert.equal(await listingOf(folder(names, { truncated: false })), {
    status: 'ended',
    batches: [
      ['/out/clie 1+ñ.zip', '/out/clie 1+ñ.zip.checks.json', '/out/pola.csv.gz', '/out/pola.csv.gz.checks.json'],
    ],
    files: ['clie 1+ñ.zip', 'pola.csv.gz'].map((name) => ({
      key: `${DESTINATION}/${name}`,
      checks_key: `${DESTINATION}/${name}.checks.json`,
    })),
  });
});

testWithPython('ten paths a transfer, whatever the number of files', async () => {
  const files = Array.from({ length: 13 }, (_, index) => `hfac_${String(index).padStart(2, '0')}.parquet`);
  const { batches = [], ...answered } = await listingOf(folder(files.flatMap((file) => [file, `${file}.checks.json`])));
  assert.equal(
    batches.map(({ length }) => length),
    [10, 10, 6],
  );
  assert.equal(
    batches.flat(),
    files.flatMap((file) => [`/out/${file}`, `/out/${file}.checks.json`]),
  );
  assert.is(answered.files?.length, 13);
});

testWithPython('hidden files, and others that nobody checks, stay where they are', async () => {
  const { files } = await listingOf(folder(['.lock', '_tmp.csv', 'LEEME.pdf', 'clie.csv', 'clie.csv.checks.json']));
  assert.equal(
    files?.map(({ key }) => key),
    [`${DESTINATION}/clie.csv`],
  );
});

testWithPython('a folder that is not as agreed has failed, with the reason', async () => {
  const many = Array.from({ length: 900 }, (_, index) => `clie_${'x'.repeat(40)}_${index}.csv`);
  const cases: [object, RegExp][] = [
    [folder(['clie.csv']), /no \.checks\.json beside clie\.csv/],
    [folder(['clie.rar']), /no \.checks\.json beside clie\.rar/],
    [folder(Array.from({ length: 9 }, (_, index) => `clie${index}.zip`)), /clie0\.zip.* and 4 more/],
    [folder(['clie.csv.checks.json']), /no file beside clie\.csv\.checks\.json/],
    [folder(['clie.rar', 'clie.rar.checks.json']), /cannot be unpacked: clie\.rar/],
    [folder(['clie.csv', 'clie.csv.checks.json'], { truncated: 'true' }), /more files than one listing/],
    [folder(['clie.csv', 'clie.csv.checks.json'], { truncated: true }), /more files than one listing/],
    [
      {
        files: [
          { filePath: 'clie.csv', size: 0 },
          { filePath: 'clie.csv.checks.json', size: 9 },
        ],
      },
      /empty: clie\.csv/,
    ],
    [folder(many.flatMap((name) => [name, `${name}.checks.json`])), /900 files, more than one run can take/],
  ];
  for (const [content, pattern] of cases) {
    const output = await listingOf(content);
    assert.is(output.status, 'failed', String(pattern));
    assert.match(output.reason ?? '', pattern);
    assert.equal([output.files, output.batches], [undefined, undefined]);
  }
});

testWithPython('a listing that cannot be read, and a bucket that is not there, are one line', async () => {
  for (const content of ['', '{', '[]', '{"files":"all"}', '{"files":[{"size":1}]}'])
    assert.match((await failureOf(listingOf(content))).message, /listing cannot be read.*s3:\/\/pilotlight-data\/tmp/);
});

test('a transfer runs until every file has come, over all pages', async () => {
  const pages = (codes: string[][]) => (token: unknown) => {
    const page = token === undefined ? 0 : Number(token);
    return {
      body: {
        FileTransferResults: codes[page]?.map((StatusCode, index) => ({
          FilePath: `/out/${page}-${index}`,
          StatusCode,
        })),
        ...(page + 1 < codes.length && { NextToken: String(page + 1) }),
      },
    };
  };
  answer = pages([[]]);
  assert.equal(await follow(), { status: 'running' });
  answer = pages([['QUEUED', 'IN_PROGRESS']]);
  assert.equal(await follow(), { status: 'running' });
  answer = pages([
    ['COMPLETED', 'COMPLETED'],
    ['COMPLETED', 'IN_PROGRESS'],
  ]);
  assert.equal(await follow(), { status: 'running' });
  transfers.calls.length = 0;
  answer = pages([['COMPLETED'], ['COMPLETED'], ['COMPLETED']]);
  assert.equal(await follow(), { status: 'ended' });
  const asked = { ConnectorId: CONNECTOR, TransferId: 'transfer-1' };
  assert.equal(
    transfers.calls.map(({ operation, input }) => [operation, input]),
    [undefined, '1', '2'].map((NextToken) => [
      'ListFileTransferResults',
      { ...asked, ...(NextToken && { NextToken }) },
    ]),
  );
});

test('one file that did not come fails the transfer, in the words of AWS', async () => {
  const failed = { StatusCode: 'FAILED', FailureCode: 'RETRIEVE_FILE_NOT_FOUND', FailureMessage: 'no such file' };
  answer = (token) => ({
    body:
      token === undefined
        ? { FileTransferResults: [{ FilePath: '/out/a', StatusCode: 'IN_PROGRESS' }], NextToken: 'next' }
        : { FileTransferResults: [{ FilePath: '/out/clie.zip', ...failed }] },
  });
  assert.equal(await follow(), {
    status: 'failed',
    reason: '/out/clie.zip: RETRIEVE_FILE_NOT_FOUND: no such file',
  });
  answer = () => refusal('ResourceNotFoundException');
  assert.match((await failureOf(follow())).message, /not there: connector c-0123456789abcdef0, transfer transfer-1/);
  answer = () => refusal('AccessDeniedException');
  assert.match((await failureOf(follow())).message, /no right to it: connector/);
});

test('an input that is neither is refused in one line', async () => {
  const listing = { task: 'listing', bucket: BUCKET, listing_key: 'a', destination: 'b' };
  const wrong: [unknown, RegExp][] = [
    [{}, /task/],
    [null, /input/],
    [{ task: 'wait' }, /task/],
    [{ task: 'transfer', connector_id: CONNECTOR }, /transfer_id/],
    [{ ...listing, extra: 1 }, /extra/],
    [{ ...listing, bucket: 'other' }, /not the bucket of this stack/],
  ];
  for (const [event, pattern] of wrong) {
    const error = await failureOf(connectorWait(event, invocation()));
    assert.is(error.name, 'InputError');
    assert.match(error.message, pattern);
  }
});

test.run();
