import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeConsumption, makeTable, partsOf } from '../../bench/data.ts';
import { compareDrift } from '../../bench/works/drift.ts';
import { compareWithExact } from '../../bench/works/profile.ts';
import { python, ROOT, testWithPython } from '../python.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilotlight-bench-test-'));
const file = (name: string) => path.join(folder, name);

function bench(args: string[], env: Record<string, string> = {}) {
  // Threads of OpenMP wait for each other on a machine that has other work.
  const own = { PILOTLIGHT_BENCH_PYTHON: python() ?? '', OMP_NUM_THREADS: '1' };
  const options = { encoding: 'utf8' as const, env: { ...process.env, ...own, ...env } };
  return spawnSync(process.execPath, [path.join(ROOT, 'bench/run.ts'), ...args, '--dir', file('data')], options);
}

function assertOneLine({ status, stdout, stderr }: ReturnType<typeof bench>, ...parts: string[]) {
  assert.is(status, 2, stderr);
  assert.is(stdout, '');
  assert.match(stderr, /^pilotlight: [^\n]+\n$/);
  for (const part of parts) assert.ok(stderr.includes(part), `${part} in ${stderr}`);
}

test('what is no bench is refused by its name, wherever it stands', () => {
  assertOneLine(
    bench(['drift', 'trian']),
    'trian',
    'drift, profile, train, predict, pipeline, consumption, growth or all',
  );
  assertOneLine(bench(['foo', 'all', 'bar']), 'foo, bar');
  assertOneLine(bench(['drift', '--rows', '2.5']), '--rows 2.5');
  assertOneLine(bench(['drift', '--row', '5']), '--row');
  assertOneLine(bench(['drift', '--peers', 'scipy,spark']), '--peers spark', 'polars-ds');
});

test('a disk that is too small is said before anything is made', () => {
  assertOneLine(bench(['drift', '--rows', '1000000000000']), 'GB are needed', 'are free', '--dir');
  assert.equal(readdirSync(file('data')), []);
});

test('without a Python the line says how to come by one', () => {
  const parts = ['PILOTLIGHT_BENCH_PYTHON', '.cache/bench'];
  const scipy = ['drift', '--peers', 'scipy'];
  assertOneLine(bench(scipy, { PILOTLIGHT_BENCH_PYTHON: file('nowhere') }), file('nowhere'), ...parts);
  assertOneLine(bench(scipy, { PILOTLIGHT_BENCH_PYTHON: '' }), ...parts);
  assertOneLine(bench(scipy, { PILOTLIGHT_BENCH_PYTHON: '/bin/true' }), '/bin/true', ...parts);
});

testWithPython('a Python without the packages is told which ones it lacks', () => {
  const bare = file('bare');
  writeFileSync(bare, `#!/bin/sh\nexec '${python()}' -I -S "$@"\n`);
  chmodSync(bare, 0o755);
  const env = { PILOTLIGHT_BENCH_PYTHON: bare };
  assertOneLine(bench(['train', '--peers', 'arrow'], env), 'lightgbm, numpy, pyarrow, scipy', '.cache/bench');
  assertOneLine(bench(['consumption', '--peers', 'duckdb'], env), 'duckdb');
});

test('an environment that cannot be made is one line with the reason of pip, and none is left to be taken', () => {
  const [cache, tools] = [file('cache'), file('tools')];
  // A python3 whose environments hold a pip that finds nothing.
  const pip = "#!/bin/sh\\necho 'ERROR: No matching distribution found for scipy' >&2\\nexit 1\\n";
  const make = `if [ "$2" = venv ]; then mkdir -p "$3/bin"; printf "${pip}" > "$3/bin/python"; chmod +x "$3/bin/python"; fi`;
  mkdirSync(tools);
  writeFileSync(path.join(tools, 'python3'), `#!/bin/sh\n${make}\n`, { mode: 0o755 });
  const { PILOTLIGHT_BENCH_PYTHON: _, ...rest } = process.env;
  const env = { ...rest, PILOTLIGHT_CACHE: cache, PATH: `${tools}:${process.env.PATH}` };
  const args = [path.join(ROOT, 'bench/run.ts'), 'drift', '--peers', 'scipy', '--dir', file('data')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  assert.is(status, 2, stderr);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  assert.match(last, /^pilotlight: ERROR: No matching distribution found for scipy: .*package index/);
  assert.equal(readdirSync(cache), ['bench']);
  assert.not.ok(existsSync(path.join(cache, 'bench/requirements.txt')));
});

testWithPython('each work is checked, works may be named in any order, and nothing is left on the disk', () => {
  const sizes = ['--rows', '2000', '--columns', '20', '--peers', 'scipy,arrow', '--json'];
  const { status, stdout, stderr } = bench(['predict', 'train', 'profile', 'drift', ...sizes]);
  assert.is(status, 0, stderr);
  const rows: { work: string; verdict: string }[] = JSON.parse(stdout);
  const verdicts = Object.fromEntries(rows.map((row) => [row.work, row.verdict]));
  assert.is(verdicts['drift, scipy'], 'equal: PSI, D, chi-squared');
  assert.is(verdicts['profile, merge of 16'], 'bytes equal to the one pass');
  assert.is(verdicts['profile, drift from it'], 'PSI, chi-squared equal to the exact ones, D in its bound');
  assert.match(verdicts['train, lightgbm by arrow'] ?? '', /^AUC 0\.\d{4}, 0\.\d{4}$/);
  assert.match(verdicts['predict, lightgbm by arrow'] ?? '', /^equal to /);
  assert.equal(readdirSync(file('data')), []);
});

test('a wrong figure is found, and a peer that gave none is no agreement', () => {
  const ours = { n0: { psi: 0.2, d: 0.1, chi_squared: null, ks_p: 0.5 }, k1: { psi: 0.1, d: null, chi_squared: 30 } };
  assert.is(
    compareDrift(ours, { n0: { psi: 0.2, d: 0.1 }, k1: { psi: 0.1, d: null, chi_squared: 30 } }),
    'equal: PSI, D, chi-squared',
  );
  assert.is(compareDrift(ours, { n0: { d: 0.1 + 1e-11 } }), 'WRONG: n0');
  assert.is(compareDrift(ours, { n0: { d: null } }), 'WRONG: n0');
  assert.is(compareDrift(ours, { n0: { d: Number.NaN } }), 'WRONG: n0');
  assert.is(compareDrift(ours, { n0: { psi: 0.2 }, n2: { psi: 0 } }), 'WRONG: n2');
  assert.is(compareDrift(ours, { n0: {}, k1: {} }), 'WRONG: the peer gave no figure');
  const found = { n0: { psi: 0.2, d: 0.09, d_error_max: 0.005, chi_squared: null } };
  assert.is(compareWithExact(found, { n0: { psi: 0.2, d: 0.1, chi_squared: null } }), 'WRONG: n0');
  found.n0.d_error_max = 0.02;
  assert.match(compareWithExact(found, { n0: { psi: 0.2, d: 0.1, chi_squared: null } }), /^PSI/);
});

testWithPython('an interrupted bench deletes what it made', async () => {
  const args = [
    path.join(ROOT, 'bench/run.ts'),
    'drift',
    '--rows',
    '3000000',
    '--peers',
    'scipy',
    '--dir',
    file('stopped'),
  ];
  const env = { ...process.env, PILOTLIGHT_BENCH_PYTHON: python() ?? '' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const chunk of child.stderr) {
    said += chunk;
    if (said.includes('making 2 x') && !child.killed) {
      await sleep(300);
      child.kill('SIGINT');
    }
  }
  assert.match(said, /pilotlight: stopped\n$/);
  assert.equal(readdirSync(file('stopped')), []);
});

test('a table has the rows and columns asked for, as every type of a real one, and the same bytes again', async () => {
  const { signal } = new AbortController();
  const size = { rows: 20_000, columns: 20 };
  for (const name of ['once', 'again']) await makeTable(file(name), size, 0, signal);
  await makeTable(file('later'), size, 1, signal);
  const bytes = (name: string) => partsOf(file(name)).map((part) => readFileSync(part).toString('base64'));
  assert.equal(bytes('once'), bytes('again'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJS();
  const [once, later] = ['once', 'later'].map((name) => `read_parquet('${file(name)}/*.parquet')`);
  assert.equal(await query(`SELECT count(*)::INT, count(DISTINCT i)::INT, max(i)::INT FROM ${once}`), [
    [20_000, 20_000, 19_999],
  ]);
  const types = (await query(`DESCRIBE SELECT * EXCLUDE (i, y) FROM ${once}`)).map((row) => row[1]);
  assert.is(types.length, 20);
  const all = ['BIGINT', 'BOOLEAN', 'DATE', 'DOUBLE', 'FLOAT', 'INTEGER', 'SMALLINT', 'VARCHAR'];
  assert.equal([...new Set(types)].sort(), all);
  const [[nulls, nothing, y]] = (await query(
    `SELECT avg((n0 IS NULL)::INT), count(*) FILTER (n1 IS NULL)::INT, avg(y) FROM ${once}`,
  )) as [[number, number, number]];
  assert.ok(Math.abs(nulls - 0.1) < 0.01 && nothing === 0 && y > 0.1 && y < 0.5, `${nulls} ${nothing} ${y}`);
  const [[moved, same]] = (await query(
    `SELECT (SELECT avg(n0) FROM ${later}) - (SELECT avg(n0) FROM ${once}), (SELECT avg(n1) FROM ${later}) - (SELECT avg(n1) FROM ${once})`,
  )) as [[number, number]];
  assert.ok(moved > 0.01 && Math.abs(same) < 0.03, `${moved} ${same}`);
  connection.closeSync();
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
  const data = { consumption: file('hours.parquet') };
  const job = JSON.stringify({ name, data, months, peers: ['polars', 'duckdb'] });
  const args = ['-B', path.join(ROOT, 'bench/peers', script), job];
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
  peer('consumption_polars.py', 'consumption');
  peer('consumption_duckdb.py', 'consumption');

  const checked = async (change: (rows: Month[]) => void, column = '*') => {
    const rows = structuredClone(expected);
    change(rows);
    writeFileSync(file('months.json'), JSON.stringify(rows));
    await connection.run(
      `COPY (SELECT ${column} FROM read_json('${file('months.json')}')) TO '${file('months.parquet')}'`,
    );
    return peer('consumption_check.py', 'check_consumption') as { polars: string | null; duckdb: string | null };
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
