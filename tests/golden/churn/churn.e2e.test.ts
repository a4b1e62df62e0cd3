/** Churn's bronze, silver and gold against a second implementation in Python, written from the contract alone. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import pl, { type DataFrame } from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../../folders.ts';
import { pilotlight } from '../../pilotlight.ts';
import { python, ROOT, testWithPython } from '../../python.ts';

/** The second one leaves three and a half months of every file to be ignored. */
const RUNS = [
  { as_of: '2024-12-31', consumption: 'csv' },
  { as_of: '2024-09-15', consumption: 'parquet' },
];
type Run = (typeof RUNS)[number];

const TABLES = [
  { name: 'bronze_customer_month', ours: 'bronze/customer_month.parquet', key: ['customer_id', 'month'] },
  { name: 'silver_customer_month', ours: 'silver/customer_month.parquet', key: ['customer_id', 'month'] },
  { name: 'gold_master', ours: 'gold/gold_master.parquet', key: ['customer_id'] },
];
/** The sentiment model's own numbers: the second implementation has no model. */
const OURS_ALONE = ['sentiment_neg', 'sentiment_neu', 'sentiment_pos'];

const work = temporary();
/** The small set is dirty on purpose: a large share of its few rows breaks checks. */
const CONFIG = path.join(ROOT, 'tests/golden/churn/small.yaml');
const folder = ({ as_of }: Run, ...names: string[]): string => path.join(work, as_of, ...names);

test.after(() => remove(work));

// a test and not a hook: uvu does not say why a hook fails
testWithPython('both implementations run on the small set', () => {
  for (const run of RUNS) {
    const { as_of, consumption } = run;
    const data = folder(run, 'raw');
    const [bronze, silver, gold] = [folder(run, 'bronze'), folder(run, 'silver'), folder(run, 'gold')];
    script('make_small_churn.py', '--out', data, '--as-of', as_of, '--consumption', consumption);
    step('Bronze', run, { raw: data }, { bronze });
    step('Silver', run, { bronze }, { silver });
    step('Gold', run, { silver }, { gold });
    const files = ['--sentiment', path.join(bronze, 'customer.parquet'), '--out', folder(run, 'golden')];
    script('golden_churn.py', '--data', data, '--as-of', as_of, ...files);
  }
});

function script(name: string, ...args: string[]): void {
  const file = path.join(ROOT, 'tests/golden/churn', name);
  const result = spawnSync(python() as string, [file, ...args], { encoding: 'utf8' });
  assert.is(result.status, 0, result.stderr);
}

function step(name: string, run: Run, inputs: Record<string, string>, outputs: Record<string, string>): void {
  const folders = (flag: string, paths: Record<string, string>) =>
    Object.entries(paths).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  const { code, stderr } = pilotlight(
    ...['step', 'churn', name, ...folders('--input', inputs), ...folders('--output', outputs)],
    ...['--param', `AsOf=${run.as_of}`, '--input', `config=${CONFIG}`],
  );
  assert.is(code, 0, `${name}: ${stderr}`);
}

/** Missing, a day, a text or a number, whatever type the column has on either side. */
function plain(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === 'string' ? value : Number(value);
}

function same(ours: unknown, other: unknown): boolean {
  const [a, b] = [plain(ours), plain(other)];
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b));
}

/** Per column that differs: how often, and where first. */
function differences(ours: DataFrame, golden: DataFrame, key: string[]): string[] {
  const keys = key.map((column) => golden.getColumn(column).toArray());
  return golden.columns.flatMap((column) => {
    const [a, b] = [ours.getColumn(column).toArray(), golden.getColumn(column).toArray()];
    const rows = [...b.keys()].filter((row) => !same(a[row], b[row]));
    const first = rows[0];
    if (first === undefined) return [];
    const at = keys.map((values) => values[first]).join(' ');
    return [`${column}: ${rows.length} rows, first ${at}: ours ${plain(a[first])}, golden ${plain(b[first])}`];
  });
}

const read = (file: string, key: string[]): DataFrame => pl.readParquet(file).sort(key);

for (const run of RUNS)
  for (const table of TABLES)
    testWithPython(`the same ${table.name} as of ${run.as_of}, from ${run.consumption}`, () => {
      const ours = read(folder(run, table.ours), table.key);
      const golden = read(folder(run, 'golden', `${table.name}.parquet`), table.key);
      assert.equal(
        golden.columns.filter((column) => !ours.columns.includes(column)),
        [],
        'columns that ours lacks',
      );
      if (table.name === 'gold_master')
        assert.equal(
          ours.columns.filter((column) => !golden.columns.includes(column)).toSorted(),
          OURS_ALONE,
          'columns that ours has alone',
        );
      const rows = (frame: DataFrame) =>
        frame
          .select(...table.key)
          .rows()
          .map((row) => row.join(' '));
      assert.equal(rows(ours), rows(golden), 'rows');
      assert.is(differences(ours, golden, table.key).join('\n'), '');
    });

testWithPython('a text is scored, and nothing else', () => {
  for (const run of RUNS) {
    const gold = read(folder(run, 'golden/gold_master.parquet'), ['customer_id']);
    const [sentiment, intent] = ['sentiment_label', 'customer_intent'].map((name) => gold.getColumn(name).toArray());
    assert.equal(
      sentiment?.map((label) => label === 'no_interaction'),
      intent?.map((label) => label === 'no_interaction'),
    );
  }
});

testWithPython('the small set meets every class, and every flag both ways', () => {
  const gold = read(folder(RUNS[0] as Run, 'golden/gold_master.parquet'), ['customer_id']);
  const classes = { renewal_bucket: 5, tenure_bucket: 5, segment: 3, sales_channel: 7, customer_intent: 10 };
  for (const [column, count] of Object.entries(classes))
    assert.is(new Set(gold.getColumn(column).dropNulls().toArray()).size, count, column);
  const flag = /^(is_|has_interaction$|interaction_within|dual_fuel_x|complaint_|recent_)/;
  const flags = gold.columns.filter((column) => flag.test(column));
  assert.ok(flags.length > 20);
  for (const name of flags) assert.is(new Set(gold.getColumn(name).dropNulls().toArray()).size, 2, name);
});

testWithPython("the second implementation's own examples", () => script('golden_churn.py', '--self-test'));

test.run();
