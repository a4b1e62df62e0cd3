import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { openRunLog, readRunLog } from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

let dir = '';
test.before.each(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
});
test.after.each(() => fs.rmSync(dir, { recursive: true, force: true }));

const at = (...parts: string[]) => path.join(dir, ...parts);
const readJson = (name: string) => JSON.parse(fs.readFileSync(at('run', name), 'utf8')) as unknown;
const run = { run_id: 'abc', name: 'TrainDomestic', execution_date: '2026-01-31' };

async function record(folder: string): Promise<void> {
  const log = openRunLog(folder, run);
  log.params({ rounds: 100, objective: 'binary', balanced: true });
  log.metrics({ auc: 0.5, logloss: 0.7 }, 2);
  log.metrics({ auc: 0.4 }, 1);
  log.metrics({ observed_rate: null, ks: 0.25 });
  log.tags({ model_type: 'Domestic' });
  log.artifact(path.join(folder, '..', 'model', 'model.txt'));
  log.artifact(path.join(folder, 'curves.svg'));
  await log.close();
}

test('what was recorded stands in the folder, names in order, points by step, nulls left out', async () => {
  await record(at('run'));
  assert.equal(readJson('params.json'), { balanced: true, objective: 'binary', rounds: 100 });
  assert.equal(readJson('metrics.json'), {
    auc: [
      { step: 1, value: 0.4 },
      { step: 2, value: 0.5 },
    ],
    ks: [{ step: 0, value: 0.25 }],
    logloss: [{ step: 2, value: 0.7 }],
  });
  assert.equal(readJson('tags.json'), { model_type: 'Domestic' });
  assert.equal(readJson('artifacts.json'), ['../model/model.txt', 'curves.svg']);
});

test('the journal has every call in order, from start to end, and tells of what was not measurable', async () => {
  await record(at('run'));
  const lines = fs.readFileSync(at('run/run.jsonl'), 'utf8').trim().split('\n');
  const records = lines.map((line) => JSON.parse(line) as { event: string });
  const events = ['start', 'params', 'metrics', 'metrics', 'metrics', 'tags', 'artifact', 'artifact', 'end'];
  assert.equal(
    records.map(({ event }) => event),
    events,
  );
  assert.equal(records[0], { event: 'start', schema_version: 1, ...run });
  assert.equal(records[4], { event: 'metrics', step: 0, values: { observed_rate: null, ks: 0.25 } });
});

test('the same run gives the same bytes, also over an older log', async () => {
  await record(at('run'));
  await record(at('again'));
  await record(at('again'));
  for (const name of fs.readdirSync(at('run'))) {
    assert.is(fs.readFileSync(at('again', name), 'utf8'), fs.readFileSync(at('run', name), 'utf8'), name);
  }
});

test("a relative artifact is one of the log's folder, wherever the process is", async () => {
  const log = openRunLog(at('run'), run);
  log.artifact('../model.tar.gz');
  log.artifact('curves');
  await log.close();
  assert.equal(readJson('artifacts.json'), ['../model.tar.gz', 'curves']);
  assert.equal(readRunLog(at('run')).artifacts, ['../model.tar.gz', 'curves']);
});

test('a log is read as it was written; its end says how the run ended', async () => {
  await record(at('run'));
  const read = readRunLog(at('run'));
  assert.equal(read, {
    ...run,
    params: { rounds: '100', objective: 'binary', balanced: 'true' },
    metrics: [
      { key: 'auc', step: 2, value: 0.5 },
      { key: 'logloss', step: 2, value: 0.7 },
      { key: 'auc', step: 1, value: 0.4 },
      { key: 'ks', step: 0, value: 0.25 },
    ],
    tags: { model_type: 'Domestic' },
    artifacts: ['../model/model.txt', 'curves.svg'],
    outcome: 'finished',
  });
  const open = openRunLog(at('run'), run);
  assert.is(readRunLog(at('run')).outcome, 'cut');
  await open.close('failed');
  assert.is(readRunLog(at('run')).outcome, 'failed');
});

test('what no tracking server takes is refused', () => {
  const log = openRunLog(at('run'), run);
  const isRefusal = (error: Error) => error instanceof InputError;
  assert.throws(() => log.metrics({ auc: Number.NaN }), isRefusal);
  assert.throws(() => log.metrics({ auc: Number.POSITIVE_INFINITY }), isRefusal);
  for (const name of ['a:b', '', '.', '..', '../a', '..a', './a', '/a', 'a/', 'a//b', 'a/../b']) {
    assert.throws(() => log.params({ [name]: 1 }), isRefusal, name);
  }
  log.params({ 'test/a.b': 1, '.a': 2 });
  log.params({ rounds: 1 });
  log.params({ rounds: 1 });
  assert.throws(() => log.params({ rounds: 2 }), isRefusal);
});

test('a log that was not closed has its journal and no summary', () => {
  openRunLog(at('run'), run).metrics({ auc: 0.5 });
  assert.equal(fs.readdirSync(at('run')), ['run.jsonl']);
});

test.run();
