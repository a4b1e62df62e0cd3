import { createHash } from 'node:crypto';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CLEAN, POLA_HEADER, type Row, refusal, SOURCES, through, withSource } from './door.ts';

const N = 400;
const targetOf = (i: number) => (i % 10 === 0 ? '' : i % 7 === 0 ? '1' : '0');
const tarifaOf = (i: number) => (i % 5 === 0 ? 'RL4' : 'RL1');
const ROWS = Array.from({ length: N }, (_, i) => `P${i},C1,${tarifaOf(i)},1,2020-01-01,,t,${targetOf(i)}\n`);
const DATA = { ...CLEAN, pola: { 'pola.csv': POLA_HEADER + ROWS.join('') } };

/** The rule of docs/segmentation.md by node:crypto. */
function expected(seed: number, train: number, test: number, folds: number): Map<string, [string, number | null]> {
  const strata = new Map<string, { id: string; h: bigint }[]>();
  const result = new Map<string, [string, number | null]>();
  for (let i = 0; i < N; i += 1) {
    if (targetOf(i) === '') {
      result.set(`P${i}`, ['inference', null]);
      continue;
    }
    const stratum = `${tarifaOf(i)}/${targetOf(i)}`;
    const h = createHash('md5').update(`${seed}:P${i}`).digest().readBigUInt64LE(8);
    strata.set(stratum, [...(strata.get(stratum) ?? []), { id: `P${i}`, h }]);
  }
  for (const members of strata.values()) {
    members.sort((a, b) => (a.h < b.h ? -1 : a.h > b.h ? 1 : a.id < b.id ? -1 : 1));
    const [upToTrain, upToTest] = [train, train + test].map((share) => Math.floor(members.length * share + 0.5));
    for (const [place, { id }] of members.entries()) {
      const split = place < (upToTrain ?? 0) ? 'train' : place < (upToTest ?? 0) ? 'test' : 'inference';
      result.set(id, [split, place % folds]);
    }
  }
  return result;
}

const found = (contracts: Row[]) =>
  new Map(contracts.map((row) => [row.policy_id as string, [row.split, row.fold]] as const));

test('split and fold are those of an independent computation', async () => {
  for (const [seed, train, share] of [
    [42, 0.7, 0.15],
    [7, 0.5, 0.5],
  ] as const) {
    const { contracts } = await through(DATA, { split: { seed, train, test: share }, cvFolds: 5 });
    assert.equal([...found(contracts)].sort(), [...expected(seed, train, share, 5)].sort());
  }
});

test('the report counts contracts by model type, split and target', async () => {
  const { report } = await through(DATA, { cvFolds: 5 });
  const counts = new Map<string, number>();
  for (const [id, [split]] of expected(42, 0.7, 0.15, 5)) {
    const i = Number(id.slice(1));
    const key = [tarifaOf(i) === 'RL4' ? 'Industrial' : 'Domestic', split, targetOf(i) || null].join('/');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const reported = report.splits.map(({ model_type, split, target, contracts }) => [
    [model_type, split, target].join('/'),
    contracts,
  ]);
  assert.equal(reported.sort(), [...counts].sort());
  assert.is(report.contracts, N);
});

test('when scoring all is inference, and no target is needed', async () => {
  const { target: _, ...columns } = SOURCES.pola.columns;
  const { contracts, report } = await through(DATA, {
    sources: withSource('pola', { columns }),
    split: 'inference',
  });
  assert.equal([...new Set(contracts.map((row) => row.split))], ['inference']);
  assert.not('fold' in (contracts[0] as Row));
  assert.equal([...new Set(report.splits.map((one) => one.target))], [null]);
});

test('training without a target is refused', async () => {
  const { target: _, ...columns } = SOURCES.pola.columns;
  const { code, line } = await refusal(DATA, { sources: withSource('pola', { columns }) });
  assert.is(code, 'column_spec');
  assert.match(line, /columns\.sources\.pola\.columns\.target/);
});

test.run();
