/**
 * The pictures of the documents, from what a run writes: reports as a browser shows them, and pages of the dashboard, which its own test
 * takes (`tests/dashboard/pages.e2e.test.ts`).
 *
 *     node docs/pictures/make.ts --segmentation out/demo --churn out/demo-churn --drift out/price --example out/elec2
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import sharp from 'sharp';

type Picture = { file: string; width: number; height: number };

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const COLORS = 64;

const OPTIONS = {
  segmentation: { type: 'string', default: 'out/demo' },
  churn: { type: 'string', default: 'out/demo-churn' },
  drift: { type: 'string', default: 'out/price' },
  example: { type: 'string', default: 'out/elec2' },
} as const;

const PICTURES: Record<string, (runs: Record<keyof typeof OPTIONS, string>) => Picture> = {
  'report-segmentation': ({ segmentation }) => ({
    file: path.join(segmentation, 'report/summary.html'),
    width: 1150,
    height: 1400,
  }),
  'report-model': ({ segmentation }) => ({
    file: path.join(segmentation, 'models/Domestic/report.html'),
    width: 1000,
    height: 1200,
  }),
  'report-churn': ({ churn }) => ({ file: path.join(churn, 'evaluation/report.html'), width: 1000, height: 1400 }),
  'drift-example': ({ example }) => ({
    file: path.join(example, 'drift/drift_report.html'),
    width: 1000,
    height: 1200,
  }),
  'drift-report': ({ drift }) => ({ file: path.join(drift, 'drift/drift_report.html'), width: 1000, height: 1300 }),
};

/** Pages of the dashboard, by the names that its test gives them. */
const PAGES = {
  'dashboard-overview': 'churn-overview',
  'dashboard-lookup': 'churn-customer-lookup',
  'dashboard-drift': 'segmentation-drift-monitor',
};

await main();

async function main(): Promise<void> {
  const { values: runs } = parseArgs({ options: OPTIONS });
  const wanted = Object.entries(PICTURES).map(([name, of]) => ({ name, ...of(runs) }));
  const missing = [CHROMIUM, ...wanted.map(({ file }) => file)].find((file) => !existsSync(file));
  if (missing !== undefined) {
    process.stderr.write(`make: no such file: ${missing}: run the demos first, and set CHROMIUM to a browser\n`);
    process.exitCode = 2;
    return;
  }
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    for (const picture of wanted) await take(browser, picture);
  } finally {
    await browser.close();
  }
  await takePages({ churn: runs.churn, segmentation: runs.drift });
}

async function takePages(runs: Record<'churn' | 'segmentation', string>): Promise<void> {
  const work = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
  try {
    for (const [name, folder] of Object.entries(runs)) symlinkSync(path.resolve(folder), path.join(work, name));
    const env = { ...process.env, DOCS_PICTURES: work, PILOTLIGHT_DASHBOARD_RESULTS: work };
    const test = path.resolve(import.meta.dirname, '../../tests/dashboard/pages.e2e.test.ts');
    const { status } = spawnSync(process.execPath, [test], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error('the test of the pages failed: run it alone to see why');
    for (const [name, page] of Object.entries(PAGES)) await keep(readFileSync(path.join(work, `${page}.png`)), name);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Of a self-contained page. A palette of few colours is a third of the bytes, and nobody sees it in a report. */
async function take(browser: Browser, { name, file, width, height }: Picture & { name: string }): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: 'light' });
  // Reports name folders as they were given; where this machine keeps them is nobody's business.
  await page.setContent(readFileSync(file, 'utf8').replaceAll(`${process.cwd()}/`, ''), { waitUntil: 'load' });
  const picture = await page.screenshot();
  await page.close();
  await keep(picture, name);
}

async function keep(picture: Uint8Array, name: string): Promise<void> {
  const target = path.join(import.meta.dirname, `${name}.png`);
  const { size } = await sharp(picture).png({ palette: true, colours: COLORS, effort: 10 }).toFile(target);
  process.stdout.write(`${path.relative('.', target)}: ${Math.round(size / 1024)} KiB\n`);
}
