import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeConsumption } from '../../bench/data.ts';
import { python, ROOT, testWithPython } from '../python.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-bench-test-'));
const file = (name: string) => path.join(folder, name);

function bench(args: string[], env: Record<string, string> = {}) {
  const options = { encoding: 'utf8' as const, env: { ...process.env, ...env } };
  return spawnSync(process.execPath, [path.join(ROOT, 'bench/run.ts'), ...args], options);
}

function assertOneLine({ status, stdout, stderr }: ReturnType<typeof bench>, ...parts: string[]) {
  assert.is(status, 2, stderr);
  assert.is(stdout, '');
  assert.match(stderr, /^pilotlight: [^\n]+\n$/);
  for (const part of parts) assert.ok(stderr.includes(part), `${part} in ${stderr}`);
}

test('what is no bench is refused by its name, wherever it stands', () => {
  assertOneLine(bench(['drift', 'trian']), 'trian', 'drift, train, predict, consumption or all');
  assertOneLine(bench(['foo', 'all', 'bar']), 'foo, bar');
  assertOneLine(bench(['drift', '--rows', '2.5']), '--rows 2.5');
  assertOneLine(bench(['drift', '--row', '5']), '--row');
});

test('without a Python the line says how to come by one', () => {
  const parts = ['PILOTLIGHT_PYTHON', './dev test', '.cache/python'];
  assertOneLine(bench(['drift'], { PILOTLIGHT_PYTHON: file('nowhere') }), file('nowhere'), ...parts);
  assertOneLine(bench(['drift'], { PILOTLIGHT_PYTHON: '' }), ...parts);
  assertOneLine(bench(['drift'], { PILOTLIGHT_PYTHON: '/bin/true' }), '/bin/true', ...parts);
});

testWithPython('a Python without the packages is told which ones it lacks', () => {
  const bare = file('bare');
  writeFileSync(bare, `#!/bin/sh\nexec '${python()}' -I -S "$@"\n`);
  chmodSync(bare, 0o755);
  assertOneLine(bench(['drift'], { PILOTLIGHT_PYTHON: bare }), 'lightgbm, numpy, pyarrow, scipy', './dev test');
  assertOneLine(bench(['consumption'], { PILOTLIGHT_PYTHON: bare }), 'polars, duckdb');
});

testWithPython('training alone is checked, and works may be named together in any order', () => {
  const { status, stdout, stderr } = bench(['train', 'drift', '--rows', '2000', '--columns', '10', '--json']);
  assert.is(status, 0, stderr);
  const verdicts = JSON.parse(stdout).map((row: { work: string; verdict: string }) => [row.work, row.verdict]);
  assert.equal(verdicts[0], ['drift', 'D and PSI equal']);
  assert.is(verdicts[1][0], 'train');
  assert.match(verdicts[1][1], /^AUC 0\.\d{4}, 0\.\d{4}$/);
});

type Month = { customer_id: string; month: string } & Record<string, string | number>;

/** Customer-months by a plain loop over the hours, from the contract's table of tariff periods. */
function sumHours(hours: [string, number, number, number][]): Month[] {
  const months = new Map<string, Month>();
  for (const [customer_id, time_ms, elec, gas] of hours) {
    const time = new Date(time_ms).toISOString();
    const isHoliday = /-(01-01|01-06|05-01|08-15|10-12|11-01|12-06|12-08|12-25)T/.test(time);
    const isFree = isHoliday || [0, 6].includes(new Date(time_ms).getUTCDay());
    const hour = Number(time.slice(11, 13));
    const isPeak = (hour >= 10 && hour <= 13) || (hour >= 18 && hour <= 21);
    const period = isFree || hour < 8 ? 'tier_3_offpeak' : isPeak ? 'tier_1_peak' : 'tier_2_standard';
    const month = time.slice(0, 7);
    const row = months.get(customer_id + month) ?? emptyMonth(customer_id, month);
    months.set(customer_id + month, row);
    const add = (name: string, value: number) => {
      row[name] = (row[name] as number) + value;
    };
    add(`elec_kwh_${period}`, Math.max(0, elec));
    add(`gas_m3_${period}`, Math.max(0, gas));
    add('holiday_hours_in_month', isHoliday ? 1 : 0);
    add('negative_elec_readings', elec < 0 ? 1 : 0);
    add('negative_gas_readings', gas < 0 ? 1 : 0);
  }
  return [...months.values()];
}

function emptyMonth(customer_id: string, month: string): Month {
  const periods = ['tier_1_peak', 'tier_2_standard', 'tier_3_offpeak'];
  const names = [...periods.map((name) => `elec_kwh_${name}`), ...periods.map((name) => `gas_m3_${name}`)];
  const counts = ['holiday_hours_in_month', 'negative_elec_readings', 'negative_gas_readings'];
  return { customer_id, month, ...Object.fromEntries([...names, ...counts].map((name) => [name, 0])) };
}

function peer(script: string, name: string): unknown {
  const months = { ours: file('months.parquet'), polars: file('polars.parquet'), duckdb: file('duckdb.parquet') };
  const job = JSON.stringify({ name, data: { consumption: file('hours.parquet') }, months });
  const args = ['-B', path.join(ROOT, 'bench', script), job];
  const { status, stdout, stderr } = spawnSync(python() as string, args, { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  return JSON.parse(stdout).answer;
}

testWithPython('both peers sum the hours as a plain loop does, and the check finds what differs', async () => {
  await makeConsumption(file('hours.parquet'), 24, new AbortController().signal);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const read =
    await connection.runAndReadAll(`SELECT customer_id, CAST(epoch_ms(timestamp) AS DOUBLE), consumption_elec_kwh,
    consumption_gas_m3 FROM read_parquet('${file('hours.parquet')}')`);
  const expected = sumHours(read.getRowsJS() as [string, number, number, number][]);
  assert.is(expected.length, 24 * 12);
  const total = (name: string) => expected.reduce((sum, row) => sum + (row[name] as number), 0);
  assert.ok(total('negative_elec_readings') > 0 && total('gas_m3_tier_1_peak') > 0, 'data that exercise the rules');
  peer('peer_polars.py', 'consumption');
  peer('peer_duckdb.py', 'consumption');

  const checked = async (change: (rows: Month[]) => void, column = '*') => {
    const rows = structuredClone(expected);
    change(rows);
    writeFileSync(file('months.json'), JSON.stringify(rows));
    await connection.run(
      `COPY (SELECT ${column} FROM read_json('${file('months.json')}')) TO '${file('months.parquet')}'`,
    );
    return peer('peers.py', 'check_consumption') as { polars: string | null; duckdb: string | null };
  };
  assert.equal(await checked((rows) => rows.reverse()), { polars: null, duckdb: null });
  const at = expected.findIndex((row) => (row.elec_kwh_tier_1_peak as number) > 0);
  const faults: [string, (row: Month) => void][] = [
    [
      'elec_kwh_tier_1_peak',
      (row) => Object.assign(row, { elec_kwh_tier_1_peak: Number(row.elec_kwh_tier_1_peak) * (1 + 2e-9) }),
    ],
    ['elec_kwh_tier_1_peak', (row) => Object.assign(row, { elec_kwh_tier_1_peak: null })],
    [
      'holiday_hours_in_month',
      (row) => Object.assign(row, { holiday_hours_in_month: Number(row.holiday_hours_in_month) + 1 }),
    ],
    ['other values of month', (row) => Object.assign(row, { month: '2025-01' })],
  ];
  for (const [part, spoil] of faults) {
    const found = await checked((rows) => spoil(rows[at] as Month));
    for (const fault of [found.polars, found.duckdb]) assert.ok(fault?.includes(part), `${part} in ${fault}`);
  }
  assert.match((await checked((rows) => rows.pop())).polars ?? '', /^287 customer-months, not 288$/);
  const lacking = await checked(() => {}, '* EXCLUDE (negative_gas_readings)');
  assert.is(lacking.duckdb, 'no column negative_gas_readings');
  connection.closeSync();
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
