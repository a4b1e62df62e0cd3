import { spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createLogger } from '@pilotlight/logging';
import pl from 'nodejs-polars';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MODELS, PAGES } from '../../packages/dashboard/client/address.ts';
import { type OpenServer, openServer } from '../../packages/dashboard/index.ts';
import { readJson, temporary } from '../folders.ts';
import { ROOT } from '../python.ts';
import { type Browser, chromiumPath, findBarriers, openBrowser, settle } from './browser.ts';

/*
 * The pages in a real browser, on the results of both demos. Made here (small), unless PILOTLIGHT_DASHBOARD_RESULTS names a folder
 * with run folders `churn` and `segmentation` (for pictures on the full demos). With DOCS_PICTURES=DIR each page's picture is saved.
 */
const executablePath = chromiumPath();
const pictures = process.env.DOCS_PICTURES;
const given = process.env.PILOTLIGHT_DASHBOARD_RESULTS;
const folder = given ?? temporary();
const runs = { churn: path.join(folder, 'churn'), segmentation: path.join(folder, 'segmentation') };
const english = new Intl.NumberFormat('en-GB');

let server: OpenServer;
let browser: Browser;

if (executablePath === null) {
  test.skip('the pages: no Chromium here; set PILOTLIGHT_CHROMIUM to one', () => {});
} else {
  test.before(async () => {
    if (given === undefined) await Promise.all([demo('churn', 3000), demo('segmentation', 4000)]);
    process.env.PILOTLIGHT_LOG_LEVEL = 'error';
    const log = createLogger();
    server = await openServer({
      place: { folders: [runs.churn, runs.segmentation] },
      host: '127.0.0.1',
      port: 0,
      auth: { mode: 'off' },
      log,
    });
    browser = await openBrowser(executablePath, server.url);
  });
  test.after(async () => {
    await browser?.close();
    await server?.close();
    if (given === undefined) rmSync(folder, { recursive: true, force: true });
  });
}

const testWithBrowser = executablePath === null ? test.skip : test;

function demo(system: 'churn' | 'segmentation', rows: number): Promise<void> {
  const args = ['pipelines/cli.ts', 'demo', system, '--rows', String(rows), '--out', runs[system]];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors = `${errors}${text}`.slice(-2000);
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) =>
      code === 0 ? done() : fail(new Error(`the ${system} demo ended with ${code}: ${errors}`)),
    );
  });
}

async function open(address: string): Promise<void> {
  await browser.page.goto(server.url + address);
  await settle(browser.page);
}

const figureOf = (key: string): Promise<string | null> =>
  browser.page.locator(`[data-key="${key}"] .figure`).first().textContent();
const textOf = (selector: string): Promise<string> => browser.page.locator(selector).first().innerText();
const column = (name: string): Promise<string[]> =>
  browser.page.locator(`#customers td[data-column="${name}"]`).allInnerTexts();
const percent = (text: string): number => Number(text.replace('%', '')) / 100;

function scores() {
  return pl.readParquet(path.join(runs.churn, 'scored/scores.parquet'));
}

for (const model of MODELS) {
  for (const page of PAGES) {
    testWithBrowser(
      `${model}/${page}: light and dark, English and Spanish, wide and narrow, without barriers`,
      async () => {
        const { page: tab, faults } = browser;
        faults.length = 0;
        const id = page === 'customer-lookup' ? `&id=${encodeURIComponent(someone(model))}` : '';
        await tab.setViewportSize({ width: 1280, height: 800 });
        await open(`/${model}/${page}?lang=en${id}`);
        assert.is(await tab.locator('main h1').count(), 1);
        assert.match(await tab.title(), /pilotlight$/);
        const english = await textOf('main h1');
        if (pictures !== undefined) await takePicture(model, page);
        assert.equal(await findBarriers(tab), [], 'light');
        await tab.click('#theme-dark');
        assert.equal(await findBarriers(tab), [], 'dark');
        await tab.click('#theme-light');
        await tab.setViewportSize({ width: 360, height: 740 });
        await settle(tab);
        assert.ok((await overflow()) <= 0, `${await overflow()} px too wide at 360 px`);
        await tab.setViewportSize({ width: 1280, height: 800 });
        await tab.click('#lang-es');
        await tab.waitForFunction(() => document.documentElement.lang === 'es');
        await settle(tab);
        assert.is.not(await textOf('main h1'), english);
        assert.equal(faults, []);
      },
    );
  }
}

const overflow = (): Promise<number> => browser.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

function someone(model: (typeof MODELS)[number]): string {
  if (model === 'churn') return String(scores().sort('churn_proba', true).getColumn('customer_id').get(0));
  const file = globSync(path.join(runs.segmentation, 'clusters/*/*/*.parquet')).sort()[0] as string;
  return String(pl.readParquet(file).getColumn('policy_id').get(0));
}

async function takePicture(model: string, page: string): Promise<void> {
  mkdirSync(pictures as string, { recursive: true });
  await browser.page.mouse.move(0, 0);
  await browser.page.screenshot({ path: path.join(pictures as string, `${model}-${page}.png`) });
}

testWithBrowser('churn overview: the key figures are those of the files', async () => {
  await open('/churn/overview?lang=en');
  const summary = readJson(runs.churn, 'scored/summary.json');
  const evaluation = readJson(runs.churn, 'evaluation/evaluation.json');
  const offers = readJson(runs.churn, 'recommendations/summary.json');
  assert.is(await figureOf('scored'), english.format(scores().height));
  assert.is(await figureOf('critical'), english.format(summary.tiers.Critical.customers));
  assert.is(await figureOf('high'), english.format(summary.tiers.High.customers));
  assert.is(await figureOf('pr_auc'), evaluation.pr_auc.toFixed(3));
  assert.is(await figureOf('roc_auc'), evaluation.roc_auc.toFixed(3));
  assert.is(
    await figureOf('expected_monthly_loss_eur'),
    `€${english.format(Math.round(summary.expected_monthly_loss_eur))}`,
  );
  assert.is(await figureOf('offers'), english.format(offers.decisions.offer));
  assert.is(await figureOf('runs_completed'), '1');
});

testWithBrowser('segmentation overview: the contracts are those of the files, tier by tier', async () => {
  await open('/segmentation/overview?lang=en');
  const summary = readJson(runs.segmentation, 'report/summary.json');
  const of = (tier: string): number =>
    summary.segments
      .filter((one: { risk_category: string }) => one.risk_category === tier)
      .reduce((sum: number, one: { customers: number }) => sum + one.customers, 0);
  assert.is(await figureOf('scored'), english.format(summary.contracts));
  assert.is(await figureOf('critical'), english.format(of('MUY ALTO')));
  assert.is(await figureOf('high'), english.format(of('ALTO')));
  const shown = await browser.page.locator('#tiers td[data-column="customers"]').allInnerTexts();
  const tiers = ['MUY BAJO', 'BAJO', 'MEDIO', 'ALTO', 'MUY ALTO', 'INCORRIENTE'];
  assert.equal(
    shown,
    tiers.map((tier) => english.format(of(tier))),
  );
});

testWithBrowser('model performance: both models show what their evaluation says', async () => {
  await open('/churn/model-performance?lang=en');
  const churn = readJson(runs.churn, 'evaluation/evaluation.json');
  for (const name of ['pr_auc', 'roc_auc', 'precision', 'recall', 'f1', 'brier']) {
    assert.is(await figureOf(name), churn[name].toFixed(3), name);
  }
  await open('/segmentation/model-performance?lang=en&part=Industrial');
  const { metrics } = readJson(runs.segmentation, 'models/Industrial/evaluation.json');
  const shown = [await figureOf('pr_auc'), await figureOf('roc_auc')];
  const known = ['test', 'inference'].map((split) => [
    metrics[split].average_precision.toFixed(3),
    metrics[split].roc_auc.toFixed(3),
  ]);
  assert.ok(
    known.some((pair) => pair.join() === shown.join()),
    `${shown} is neither of ${JSON.stringify(known)}`,
  );
});

testWithBrowser('customer risk: filters, sorting and pages follow the file, and stand in the address', async () => {
  const { page: tab } = browser;
  const all = scores();
  await open('/churn/customer-risk?lang=en');
  assert.is(await figureOf('total'), english.format(all.height));
  await tab.focus('#tier');
  await tab.selectOption('#tier', 'Critical');
  await tab.waitForURL(/tier=Critical/);
  await settle(tab);
  const critical = all.filter(pl.col('risk_tier').eq(pl.lit('Critical')));
  assert.is(await figureOf('total'), english.format(critical.height));
  assert.is(await tab.evaluate(() => document.activeElement?.id), 'tier', 'the focus stays');
  await tab.selectOption('#page_size', '10');
  await tab.waitForURL(/page_size=10/);
  await settle(tab);
  assert.is((await column('tier')).length, Math.min(10, critical.height));
  assert.ok((await column('tier')).every((text) => text === 'Critical'));
  await tab.click('#customers-expected_monthly_loss');
  await tab.waitForURL(/sort=expected_monthly_loss/);
  await settle(tab);
  const largest = Math.max(...(critical.getColumn('expected_monthly_loss').toArray() as number[]));
  assert.is((await column('expected_monthly_loss'))[0], `€${largest.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',')}`);
  assert.is(await tab.getAttribute('th:has(#customers-expected_monthly_loss)', 'aria-sort'), 'descending');
  await tab.click('#clear');
  await settle(tab);
  await tab.fill('#probability_min', '30');
  await tab.press('#probability_min', 'Tab');
  await tab.waitForURL(/probability_min=0.3/);
  await settle(tab);
  const above = (all.getColumn('churn_proba').toArray() as number[]).filter((one) => one >= 0.3);
  assert.is(await figureOf('total'), english.format(above.length));
  await tab.click('#customers-probability');
  await tab.waitForURL(/order=asc/);
  await settle(tab);
  const rising = (await column('probability')).map(percent);
  assert.equal(
    rising,
    [...rising].sort((a, b) => a - b),
  );
  await tab.goBack();
  await settle(tab);
  assert.is(percent((await column('probability'))[0] as string), Math.round(Math.max(...above) * 1000) / 1000);
});

testWithBrowser('the list exports as CSV what its filter shows', async () => {
  const { page: tab } = browser;
  await open('/churn/customer-risk?lang=en&tier=High');
  const [download] = await Promise.all([tab.waitForEvent('download'), tab.click('#export')]);
  const rows = pl.readCSV(readFileSync(await download.path()));
  const high = scores().filter(pl.col('risk_tier').eq(pl.lit('High')));
  assert.is(rows.height, high.height);
});

testWithBrowser(
  'customer lookup: probability, reasons, recommendation and guardrails of the files; a stranger is said to be one',
  async () => {
    const { page: tab } = browser;
    const recommended = pl.readParquet(path.join(runs.churn, 'recommendations/recommendations.parquet'));
    for (const decision of ['offer', 'no_offer']) {
      const [row] = recommended
        .filter(pl.col('decision').eq(pl.lit(decision)))
        .sort('risk_score', true)
        .head(1)
        .toRecords() as Record<string, unknown>[];
      await open('/churn/customer-lookup?lang=en');
      await tab.fill('#id', String(row?.customer_id));
      await tab.press('#id', 'Enter');
      await tab.waitForURL(/id=/);
      await settle(tab);
      assert.is(await textOf('[data-key="probability"]'), `${(Number(row?.risk_score) * 100).toFixed(1)}%`);
      const shown = await textOf('main');
      for (const text of (row as Record<string, unknown>).reason_texts as string[])
        assert.ok(shown.includes(text), text);
      for (const code of (row as Record<string, unknown>).guardrails as string[]) assert.ok(shown.includes(code), code);
      assert.match(shown, decision === 'offer' ? /(Small|Medium|Large) offer/ : /No offer/);
    }
    await open('/churn/customer-lookup?lang=en&id=NOBODY-1');
    assert.match(await textOf('main .note'), /NOBODY-1/);
    browser.faults.length = 0;
  },
);

testWithBrowser('recommendations: totals of the file, and the filter of actions', async () => {
  const { page: tab } = browser;
  const summary = readJson(runs.churn, 'recommendations/summary.json');
  await open('/churn/recommendations?lang=en');
  assert.is(await figureOf('offers'), english.format(summary.decisions.offer));
  assert.is(await figureOf('cost'), `€${english.format(Math.round(summary.offers_cost_eur))}`);
  await tab.selectOption('#action', 'offer_large');
  await tab.waitForURL(/action=offer_large/);
  await settle(tab);
  assert.match(
    await textOf('[data-key="rows-shown"]'),
    new RegExp(`of ${english.format(summary.actions.offer_large)}$`),
  );
});

testWithBrowser('pipeline status: the run and each of its steps', async () => {
  await open('/churn/pipeline-status?lang=en');
  const run = readJson(runs.churn, 'run.json');
  assert.is(await figureOf('runs-succeeded'), '1');
  assert.match(await textOf('#runs'), new RegExp(run.run_id));
  const names = await browser.page.locator('#step-table tbody th').allInnerTexts();
  for (const { name } of run.steps) assert.ok(names.includes(name), name);
});

function contracts() {
  const files = globSync(path.join(runs.segmentation, 'clusters/*/*/*.parquet')).sort();
  return pl.concat(
    files.map((file) => pl.readParquet(file, { columns: ['policy_id', 'probability', 'risk_category'] })),
    { how: 'vertical' },
  );
}

testWithBrowser('contracts: the list, its filter and one of them are those of the files', async () => {
  const { page: tab } = browser;
  const all = contracts();
  await open('/segmentation/customer-risk?lang=en');
  assert.is(await figureOf('total'), english.format(all.height));
  await tab.selectOption('#tier', 'ALTO');
  await tab.waitForURL(/tier=ALTO/);
  await settle(tab);
  const high = all.filter(pl.col('risk_category').eq(pl.lit('ALTO')));
  assert.is(await figureOf('total'), english.format(high.height));
  assert.ok((await column('tier')).every((text) => text === 'High'));
  const [one] = high.sort('probability', true).head(1).toRecords() as { policy_id: string; probability: number }[];
  await open(`/segmentation/customer-lookup?lang=en&id=${encodeURIComponent(String(one?.policy_id))}`);
  assert.is(await textOf('[data-key="probability"]'), `${(Number(one?.probability) * 100).toFixed(1)}%`);
});

testWithBrowser('pipeline status of the segmentation: the run and each of its steps', async () => {
  await open('/segmentation/pipeline-status?lang=en');
  const run = readJson(runs.segmentation, 'run.json');
  assert.match(await textOf('#runs'), new RegExp(run.run_id));
  const names = await browser.page.locator('#step-table tbody th').allInnerTexts();
  for (const { name, status } of run.steps) if (status === 'succeeded') assert.ok(names.includes(name), name);
});

testWithBrowser('the keyboard alone reaches every control, the first of them skips to the content', async () => {
  const { page: tab } = browser;
  await open('/churn/customer-risk?lang=en&page_size=10');
  const wanted: string[] = await tab.evaluate(() =>
    [...document.querySelectorAll('a[href], button, select, input, summary, [tabindex="0"]')].map((one, index) => {
      one.setAttribute('data-stop', String(index));
      return String(index);
    }),
  );
  const reached = new Set<string>();
  for (let pressed = 0; pressed < wanted.length + 3; pressed += 1) {
    await tab.keyboard.press('Tab');
    const stop = await tab.evaluate(() => {
      const { activeElement: now } = document;
      const outline = now === null ? 'none' : getComputedStyle(now).outlineStyle;
      return { stop: now?.getAttribute('data-stop') ?? '', outline, name: now?.className };
    });
    if (pressed === 0) assert.is(stop.name, 'skip');
    if (stop.stop !== '') {
      reached.add(stop.stop);
      assert.is.not(stop.outline, 'none', `stop ${stop.stop} shows the focus`);
    }
  }
  const hidden = await tab.evaluate(() =>
    [...document.querySelectorAll('[data-stop]')]
      .filter((one) => !one.checkVisibility())
      .map((one) => one.getAttribute('data-stop')),
  );
  assert.equal(
    wanted.filter((stop) => !reached.has(stop) && !hidden.includes(stop)),
    [],
  );
});

testWithBrowser('the theme that was chosen and the language stay, the system decides before', async () => {
  const { page: tab } = browser;
  await tab.emulateMedia({ colorScheme: 'dark' });
  await open('/churn/overview?lang=en');
  await tab.evaluate(() => localStorage.removeItem('pilotlight.theme'));
  await tab.reload();
  await settle(tab);
  assert.is(await tab.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await tab.click('#theme-light');
  await tab.goto(`${server.url}/churn/overview`);
  await settle(tab);
  assert.is(await tab.evaluate(() => document.documentElement.dataset.theme), 'light');
  assert.is(await tab.evaluate(() => document.documentElement.lang), 'en');
  await tab.emulateMedia({ colorScheme: 'light' });
});

testWithBrowser('an error of the server is said with what to do, and trying again mends it', async () => {
  const { page: tab, faults } = browser;
  await tab.route('**/api/v1/churn/overview*', (route) => route.abort());
  await tab.goto(`${server.url}/churn/overview?lang=en`);
  await tab.waitForSelector('[role="alert"]');
  assert.match(await textOf('[role="alert"]'), /does not answer/);
  await tab.unroute('**/api/v1/churn/overview*');
  await tab.click('#again');
  await tab.waitForSelector('[data-key="scored"]');
  faults.length = 0;
});

test.run();
