import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { gunzipSync, gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decompress } from '../../packages/functions/index.ts';
import { openObject, readRange } from '../../packages/functions/unpack/objects.ts';
import { DENIED, SLOW_DOWN, startFaultProxy } from '../faultProxy.ts';
import { python, testWithPython } from '../python.ts';
import { BUCKET, type Deliveries, endOf, RAW, startCall, startDeliveries } from './deliveries.ts';
import { failureOf, invocation } from './invocation.ts';

let cloud: Deliveries;

test.before(async () => {
  if (python()) cloud = await startDeliveries();
});

test.after(() => cloud?.stop());

testWithPython('killed at any moment: nothing appears, and the next call does it', async () => {
  const input = await cloud.deliver('zip64_clie.zip');
  for (const moment of ['uploads=', 'uploads', 'partNumber=1', 'uploadId=']) {
    let child: ReturnType<typeof startCall> | undefined;
    let seen = false;
    const proxy = await startFaultProxy(cloud.url, (line) => {
      if (!line.startsWith('GET') && line.includes(moment) && !seen) {
        seen = true;
        child?.kill('SIGKILL');
      }
      return null;
    });
    child = startCall(input, { AWS_ENDPOINT_URL: proxy.url });
    await once(child, 'exit');
    await proxy.stop();
    assert.ok(seen, moment);
    assert.equal(await cloud.keysBelow(input.destination), [], moment);
  }
  assert.is((await decompress(input, invocation())).written.length, 2);
});

testWithPython('out of time: said in one line, and taken back', async () => {
  const input = await cloud.deliver('entrega.zip');
  const before = await cloud.openUploads();
  const failure = await failureOf(decompress(input, invocation(5_001)));
  assert.match(failure.message, /not done in time/);
  assert.equal(await cloud.keysBelow(input.destination), []);
  assert.is(await cloud.openUploads(), before);
});

testWithPython('an object that is written while it is read is not mixed with itself', async () => {
  await cloud.put(`${RAW}/clie_moving.csv`, 'id\n1\n');
  const object = await openObject(
    { bucket: BUCKET, key: `${RAW}/clie_moving.csv` },
    cloud.s3,
    new AbortController().signal,
  );
  await cloud.put(`${RAW}/clie_moving.csv`, 'id\n2\n');
  const failure = await failureOf(readRange(object).next());
  assert.match(failure.message, /written while it was read.*clie_moving/);
});

testWithPython('200 MB go through in bounded memory', async () => {
  const line = Buffer.from(`${randomBytes(60).toString('hex')},"a ""quoted"" field"\n`);
  const block = Buffer.concat(Array.from({ length: 7_000 }, () => line));
  const blocks = Math.ceil(200e6 / block.length);
  const header = Buffer.from('id,text\n');
  // Gzip takes parts one after the other for one file: packed once, repeated.
  const part = gzipSync(block, { level: 1 });
  const packed = Buffer.concat([gzipSync(header), ...Array.from({ length: blocks }, () => part)]);
  assert.is(gunzipSync(packed).length, header.length + blocks * block.length);
  const input = await cloud.deliverContent('hfac_large.csv.gz', packed, blocks * 7_000);
  const { code, said, answer, peak_bytes } = await endOf(startCall(input));
  assert.is(code, 0, said);
  assert.is(answer.written[0].bytes, header.length + blocks * block.length);
  assert.is(answer.written[0].rows_count, blocks * 7_000);
  assert.ok(peak_bytes < 300e6, `${peak_bytes / 1e6} MB`);
});

testWithPython(
  'a connection that breaks while reading is taken up again; S3 that asks to slow down is waited for',
  async () => {
    const noise = randomBytes(3 << 20).toString('hex');
    const content = Buffer.from(`id\n${noise.replace(/.{100}/g, '$&\n')}`);
    const packed = gzipSync(content);
    const input = await cloud.deliverContent(
      'clie_noise.csv.gz',
      packed,
      content.toString().trim().split('\n').length - 1,
    );
    let breaks = 0;
    let refusals = 0;
    const proxy = await startFaultProxy(cloud.url, (line) => {
      if (/^GET .*noise\.csv\.gz\?/.test(line) && breaks < 6) {
        breaks += 1;
        return { kind: 'cut_response', after_bytes: 700_000 };
      }
      if (/partNumber=1/.test(line) && refusals < 2) {
        refusals += 1;
        return SLOW_DOWN;
      }
      return null;
    });
    const { code, said, answer } = await endOf(startCall(input, { AWS_ENDPOINT_URL: proxy.url }));
    await proxy.stop();
    assert.is(code, 0, said);
    assert.equal([breaks, refusals], [6, 2]);
    assert.ok((await cloud.contentOf(answer.written[0].key)).equals(content));
  },
);

testWithPython('no right to a file is told from a file that is not there, which S3 calls no right too', async () => {
  const proxy = await startFaultProxy(cloud.url, (line) =>
    /^(GET|HEAD) (?!.*list-type).*clie\.csv/.test(line) ? DENIED : null,
  );
  const saying = async (input: object) =>
    (await endOf(startCall(input, { AWS_ENDPOINT_URL: proxy.url, PILOTLIGHT_LOG_LEVEL: 'error' }))).said;
  const input = await cloud.deliver('clie.csv');
  const absent = { ...input, key: `${RAW}/gone_clie.csv` };
  assert.match(await saying(input), /no right to it: s3:\/\/pilotlight-data\/raw\/\S*clie\.csv\.checks\.json/);
  assert.match(await saying({ ...input, checks_key: `${RAW}/gone_clie.csv.checks.json` }), /no checks file/);
  await cloud.put(`${RAW}/other.checks.json`, JSON.stringify({ sha256: 'a'.repeat(64), rows_count: 1 }));
  assert.match(await saying({ ...input, checks_key: `${RAW}/other.checks.json` }), /no right to it: s3:\S*clie\.csv:/);
  assert.match(await saying({ ...absent, checks_key: `${RAW}/other.checks.json` }), /not there: s3:\S*gone_clie\.csv:/);
  await proxy.stop();
});

test.run();
