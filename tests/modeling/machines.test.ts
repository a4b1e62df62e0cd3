/** LightGBM's distributed learner over two processes on loopback, against the same training in one. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Machines, predict, train } from '../../packages/modeling/index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string) => path.join(folder, name);
const ROWS = 40_000;
const PART_ROWS = 4000;

/** Numbers, categories (one of them in late rows only) and missing values; the label depends on all of them. */
function writeRows(name: string, seed: number): void {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const [a, b, c] = [random(), random(), random()];
    const late = i > ROWS * 0.8 && c > 0.5;
    const group = late ? 'late' : ['north', 'south', 'west'][Math.floor(c * 3)];
    const score = 3 * a - 2 * b * b + (group === 'late' ? 1.5 : group === 'south' ? -1 : 0) - 0.8;
    return { a: random() < 0.1 ? null : a, b, group, y: random() < 1 / (1 + Math.exp(-2 * score)) ? 1 : 0 };
  });
  mkdirSync(file(name));
  for (let start = 0; start < ROWS; start += PART_ROWS) {
    const part = path.join(file(name), `part-${String(start).padStart(6, '0')}.parquet`);
    pl.DataFrame(rows.slice(start, start + PART_ROWS)).writeParquet(part);
  }
}

writeRows('train', 1);
writeRows('valid', 2);
writeRows('test', 3);

const OPTIONS = {
  trainPaths: [file('train')],
  validPaths: [file('valid')],
  target: 'y',
  features: 'all' as const,
  params: { objective: 'binary', num_leaves: 15, learning_rate: 0.1, metric: 'auc', num_threads: 1, seed: 1 },
  rounds: 60,
  earlyStoppingRounds: 10,
};

type Answer = { bestIteration: number; trainRows: number };

async function trainOn(machines: Machines, modelPath: string, change: object = {}): Promise<Answer> {
  const options = JSON.stringify({ ...OPTIONS, ...change, modelPath, machines });
  const worker = path.join(import.meta.dirname, 'trainWorker.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [worker, options], { timeout: 120_000 });
  // LightGBM's linking threads write lines of their own to standard output.
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Answer;
}

async function aucOf(modelPath: string): Promise<number> {
  const outPath = `${modelPath}.parquet`;
  await predict({ modelPath, dataPaths: [file('test')], outPath, keepColumns: ['y'] });
  const scored = pl.readParquet(outPath);
  const labels = scored.getColumn('y').toArray() as number[];
  const ranked = (scored.getColumn('probability').rank('average').toArray() as number[]).map(Number);
  const positives = labels.filter((label) => label === 1).length;
  // Mann-Whitney: the share of pairs in which the positive row stands higher.
  const above = ranked.reduce((sum, rank, i) => sum + (labels[i] === 1 ? rank : 0), 0);
  return (above - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}

async function twoAddresses(): Promise<string[]> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports.map((port) => `127.0.0.1:${port}`);
}

test('two machines end with one model, as good as the one that a single machine trains', async () => {
  const addresses = await twoAddresses();
  const models = [file('first.txt'), file('second.txt')];
  const answers = await Promise.all(models.map((model, place) => trainOn({ addresses, place }, model)));
  assert.equal(answers[0], answers[1]);
  assert.is(answers[0]?.trainRows, ROWS, 'rows of both');
  const trees = models.map((model) => readFileSync(model, 'utf8').split('\nparameters:')[0]);
  assert.is(trees[0], trees[1], 'the same trees');
  assert.match(readFileSync(models[0] as string, 'utf8'), /"late"/, 'categories of all rows');
  await train({ ...OPTIONS, modelPath: file('alone.txt') });
  const [together, alone] = [await aucOf(models[0] as string), await aucOf(file('alone.txt'))];
  assert.ok(alone > 0.75, `the task can be learnt: AUC ${alone}`);
  assert.ok(Math.abs(together - alone) < 0.002, `AUC ${together} of two machines, ${alone} of one`);
});

test('a machine that never comes is one line', async () => {
  const [here, gone] = (await twoAddresses()) as [string, string];
  const error = await trainOn({ addresses: [here, gone], place: 0, waitSeconds: 2 }, file('none.txt')).then(
    () => undefined,
    (reason: Error & { stderr?: string }) => reason,
  );
  assert.match(error?.stderr ?? '', /did not come within 2 s/);
});

test('a guest without a host, too', async () => {
  const [gone, here] = (await twoAddresses()) as [string, string];
  const machines = { addresses: [gone, here], place: 1, waitSeconds: 2 };
  const error = await train({ ...OPTIONS, modelPath: file('none.txt'), machines }).catch((reason) => reason);
  assert.match(error.message, /did not let this machine in within 2 s/);
});

test('machines that were handed different parameters stop, each with that line', async () => {
  const addresses = await twoAddresses();
  const errors = await Promise.all(
    [1, 2].map((seed, place) =>
      trainOn({ addresses, place }, file('none.txt'), { params: { ...OPTIONS.params, seed } }).then(
        () => undefined,
        (reason: Error & { stderr?: string }) => reason.stderr ?? '',
      ),
    ),
  );
  for (const error of errors) assert.match(error ?? '', /was handed other data or parameters/);
});

for (const [what, addresses, place, expected] of [
  ['a name in place of an address', ['algo-1:12400', 'algo-2:12400'], 0, /is no ip:port/],
  ['an address twice', ['127.0.0.1:12400', '127.0.0.1:12400'], 0, /stands there twice/],
  ['a place that is not among them', ['127.0.0.1:12400', '127.0.0.1:12401'], 2, /machine 2 of 2/],
] as const) {
  test(`${what} is refused before anyone is waited for`, async () => {
    const machines = { addresses: [...addresses], place };
    const error = await train({ ...OPTIONS, modelPath: file('refused.txt'), machines }).catch((reason) => reason);
    assert.match(error.message, expected);
  });
}

for (const place of [0, 1]) {
  test(`more machines than row groups are refused, by machine ${place} too`, async () => {
    const small = path.join(file('train'), 'part-000000.parquet');
    const machines = { addresses: ['127.0.0.1:12400', '127.0.0.1:12401'], place };
    const options = { ...OPTIONS, trainPaths: [small], modelPath: file('refused.txt'), machines };
    const error = await train(options).catch((reason) => reason);
    assert.match(error.message, /fewer row groups than the 2 machines/);
  });
}

test.run();
