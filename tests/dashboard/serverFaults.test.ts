/** Results that are not there, not whole, or not what they should be: a page says so, and the others stay. */
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openLocalResults } from '@pilotlight/dashboard';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { lastLine, pilotlight } from '../pilotlight.ts';
import { freePort } from '../servers.ts';
import { makeChurnRun, makeSegmentationRun, put, putTable } from './fixtures.ts';
import { serve } from './served.ts';

const work = temporary();
const fresh = (name: string) => path.join(work, name);
test.after(() => remove(work));

async function answersOf(out: string, ...urls: string[]) {
  const served = await serve({ folders: [out] });
  try {
    const answers = [];
    for (const url of urls) answers.push(await served.get(`/api/v1/${url}`));
    return answers;
  } finally {
    await served.close();
  }
}

test('a run that left nothing: every page says so, none fails', async () => {
  const out = fresh('empty');
  put(out, 'run.json', { run_id: 'a', pipeline: 'churn', status: 'failed', steps: [] });
  const pages = ['overview', 'explorer', 'performance', 'drift', 'customers', 'recommendations', 'customers/C1'];
  for (const { status, body } of await answersOf(out, ...pages.map((page) => `churn/${page}`))) {
    assert.is(status, 200);
    assert.is(body.available, false);
    assert.match(body.reason, /no run of churn has/);
    assert.match(body.todo, /pilotlight run churn/);
  }
  const [status, none, models] = await answersOf(out, 'churn/status', 'segmentation/overview', 'models');
  assert.equal(
    status?.body.runs.map((run: { status: string }) => run.status),
    ['failed'],
  );
  assert.match(none?.body.reason, /there is no run of segmentation/);
  assert.equal(
    models?.body.models.map((one: { available: boolean }) => one.available),
    [false, false],
  );
});

test('a part that is missing leaves the others', async () => {
  const out = fresh('partial');
  makeChurnRun(out);
  for (const layer of ['silver', 'recommendations', 'monitoring', 'evaluation'])
    rmSync(path.join(out, layer), { recursive: true });
  const [overview, customers, customer, drift] = await answersOf(
    out,
    ...['churn/overview', 'churn/customers', 'churn/customers/C00007', 'churn/drift'],
  );
  assert.is(overview?.body.available, true);
  assert.is(overview?.body.drift, null);
  assert.ok(overview?.body.notices.some(({ en }: { en: string }) => /Drift/.test(en)));
  assert.is(customers?.body.rows[0].action, null);
  assert.is(customer?.body.recommendation, null);
  assert.equal(customer?.body.months, []);
  assert.is(drift?.body.available, false);
});

test('corrupt tables and JSON are named', async () => {
  const out = fresh('corrupt');
  makeChurnRun(out);
  writeFileSync(path.join(out, 'scored/scores.parquet'), 'PAR1 no');
  put(out, 'evaluation/evaluation.json', '{"pr_auc": 0.7');
  put(out, 'monitoring/drift_report.json', { status: 7 });
  const [customers, performance, drift, explorer] = await answersOf(
    out,
    ...['churn/customers', 'churn/performance', 'churn/drift', 'churn/explorer'],
  );
  assert.match(customers?.body.reason, /cannot be read/);
  assert.match(performance?.body.reason, /evaluation\/evaluation\.json of run churn-1 is no JSON/);
  assert.match(drift?.body.reason, /not as expected \(status/);
  assert.is(explorer?.body.available, true);
});

test('a table without a column that is needed is not available, and says which', async () => {
  const out = fresh('column');
  makeChurnRun(out);
  putTable(out, 'scored/scores.parquet', { customer_id: ['C1'], risk_tier: ['Low'] });
  const [customers] = await answersOf(out, 'churn/customers');
  assert.match(customers?.body.reason, /churn_proba/);
});

test('a run whose run.json is broken does not hide the others', async () => {
  const parent = fresh('several');
  makeChurnRun(path.join(parent, 'one'));
  put(path.join(parent, 'two'), 'run.json', '{');
  put(path.join(parent, 'three'), 'run.json', { run_id: 'x', pipeline: 'other', status: 'succeeded' });
  const results = openLocalResults([parent]);
  assert.is((await results.runs('churn')).length, 1);
  assert.is((await results.faults()).length, 2);
});

test('what a customer wrote stays text, in JSON and in CSV', async () => {
  const out = fresh('formula');
  makeSegmentationRun(out);
  const part = 'clusters/execution_date=2024-12-31/model_type=Domestic/part-test.parquet';
  const row = { customer_id: ['=cmd|1'], policy_id: ['@SUM(1,2)'], tarifa: ['"a"\n'], probability: [0.5] };
  const rest = { risk_category: ['ALTO'], predicted: [true], cluster_code: ['D'], cluster_name: ['-1+1'] };
  putTable(out, part, {
    ...row,
    ...rest,
    cat_and: ['Fiel'],
    estrato_class: ['BAJO'],
    amount_mean: [-3.5],
    target: [0],
  });
  rmSync(path.join(out, 'clusters/execution_date=2024-12-31/model_type=Industrial'), { recursive: true });
  const [csv] = await answersOf(out, 'segmentation/customers.csv');
  const wanted = `"'@SUM(1,2)","'=cmd|1",0.5,ALTO,Domestic,true,,,"""a""\n",D,"'-1+1",Fiel,BAJO,-3.5\r\n`;
  assert.is(csv?.text.split('\r\n').slice(1).join('\r\n'), wanted);
});

const refuses = (pattern: RegExp, ...args: string[]) => {
  const outcome = pilotlight('dashboard', ...args);
  assert.is(outcome.code, 2, outcome.stderr);
  assert.match(lastLine(outcome), pattern);
  assert.is(outcome.stderr.trimEnd().split('\n').length, 1, outcome.stderr);
};

test('the command refuses what it cannot serve, in one line', async () => {
  const out = fresh('served');
  makeChurnRun(out);
  const port = String(await freePort());
  refuses(/give --out DIR/);
  refuses(/no such folder: .*none/, '--out', fresh('none'));
  refuses(/no run\.json here/, '--out', path.join(out, 'scored'));
  refuses(/this is no folder/, '--out', path.join(out, 'run.json'));
  refuses(/no sign-in: 0\.0\.0\.0/, '--out', out, '--host', '0.0.0.0', '--port', port);
  refuses(/whole number below 65536/, '--out', out, '--port', '70000');
  const served = await serve({ folders: [out] });
  await served.app.listen({ port: Number(port), host: '127.0.0.1' });
  refuses(/the port is taken: 127\.0\.0\.1/, '--out', out, '--port', port);
  await served.close();
});

test.run();
