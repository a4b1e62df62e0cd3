/** The first step of churn as a processing job whose texts are remembered in S3: the same bytes as on a laptop. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '@pilotlight/artifacts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hashes, remove, temporary } from '../folders.ts';
import { layOutProcessing } from '../pipeline/jobFolders.ts';
import { python, ROOT, testWithPython } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';
import { AS_OF, generateCustomers } from './churnRun.ts';

const work = temporary();
const at = (...parts: string[]) => path.join(work, ...parts);
let moto: Server | undefined;
test.before(async () => {
  if (!python()) return;
  generateCustomers(at('raw'), 150, 5);
  moto = await startMoto();
  Object.assign(process.env, moto.env);
  const body =
    '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
  await fetch(`${moto.url}/data`, { method: 'PUT', body });
});
test.after(async () => {
  await moto?.stop();
  remove(work);
});

function bronze(root: string, ...args: string[]) {
  const env = { ...process.env, PILOTLIGHT_LOG_FORMAT: 'json', PILOTLIGHT_ML_ROOT: root };
  const command = [path.join(ROOT, 'pipelines/cli.ts'), 'step', 'churn', 'Bronze', '--param', `AsOf=${AS_OF}`, ...args];
  return spawnSync(process.execPath, command, { env, encoding: 'utf8' });
}

const scored = (stderr: string) => {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).find((line) => 'cached' in line) as { scored: number; cached: number };
};

testWithPython('Bronze with the raw files and the texts in S3, twice, and on this machine', async () => {
  const alone = bronze(at('no-job'), '--input', `raw=${at('raw')}`, '--output', `bronze=${at('alone')}`);
  assert.is(alone.status, 0, alone.stderr);
  const expected = hashes(at('alone'));
  assert.ok('customer.parquet' in expected);
  const cache = 's3://data/tmp/texts.jsonl';
  for (const [time, share] of [
    ['first', 'scored'],
    ['second', 'cached'],
  ] as const) {
    const root = at(time);
    layOutProcessing(root, { inputs: ['raw'], outputs: ['bronze'] });
    cpSync(at('raw'), path.join(root, 'processing/input/raw'), { recursive: true });
    const { status, stderr } = bronze(root, '--param', `TextCacheUri=${cache}`);
    assert.is(status, 0, stderr);
    assert.equal(hashes(path.join(root, 'processing/output/bronze')), expected);
    assert.ok(scored(stderr)[share] > 0, stderr);
    assert.is(scored(stderr)[share === 'scored' ? 'cached' : 'scored'], 0);
  }
  const { text = '' } = (await openStore('s3://data').readText('tmp/texts.jsonl')) ?? {};
  assert.ok(text.split('\n').length > 3);
});

testWithPython('a cache that nobody could read or write is refused before the meters are read', () => {
  const root = at('refused');
  layOutProcessing(root, { inputs: ['raw'], outputs: ['bronze'] });
  mkdirSync(path.join(root, 'processing/input/raw'), { recursive: true });
  const { status, stderr } = bronze(root, '--param', 'TextCacheUri=s3://no-such-bucket/texts.jsonl');
  assert.is(status, 2, stderr);
  assert.match(readFileSync(path.join(root, 'output/message'), 'utf8'), /no such bucket: s3:\/\/no-such-bucket/);
});

test.run();
