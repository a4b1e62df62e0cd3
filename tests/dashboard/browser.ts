import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { ROOT } from '../python.ts';

export type { Page } from 'playwright-core';

/** `PILOTLIGHT_CHROMIUM`, else where distributions put it, else null: tests that need a browser are skipped, saying so. */
export function chromiumPath(): string | null {
  const named = process.env.PILOTLIGHT_CHROMIUM;
  const places =
    named === undefined ? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'] : [named];
  return places.find((place) => existsSync(place)) ?? null;
}

/**
 * A browser with a profile of its own, in English, light, 1280 x 800, that never leaves this machine. `faults` gathers what a page
 * must not have: console errors, exceptions, refusals by the content security policy, requests to elsewhere.
 */
export type Browser = { page: Page; faults: string[]; close(): Promise<void> };

export async function openBrowser(executablePath: string, origin: string): Promise<Browser> {
  const profile = mkdtempSync(path.join(tmpdir(), 'pilotlight-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    acceptDownloads: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const faults = await gatherFaults(context, page, origin);
  const close = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { page, faults, close };
}

async function gatherFaults(context: BrowserContext, page: Page, origin: string): Promise<string[]> {
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`request to elsewhere: ${request.url()}`);
  });
  await context.exposeFunction('reportViolation', (text: string) => faults.push(`policy: ${text}`));
  await context.addInitScript(() => {
    const world = globalThis as unknown as { reportViolation(text: string): void };
    addEventListener('securitypolicyviolation', (event) => {
      world.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  return faults;
}

/** Waits until the page has its content: neither loading nor the content of the question before. */
export async function settle(page: Page): Promise<void> {
  await page.waitForSelector('main h1');
  await page.waitForFunction(
    () =>
      !document.querySelector('main[aria-busy], .loading') &&
      [...document.querySelectorAll('.plot')].every((one) => one.firstChild),
  );
}

const AXE = readFileSync(path.join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');
type Finding = { id: string; impact: string | null; nodes: { target: string[]; failureSummary?: string }[] };

/** What axe-core (WCAG 2.0 to 2.2, A and AA) finds that is serious or critical, a line each. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const findings: Finding[] = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(context: Document, options: object): Promise<{ violations: Finding[] }> };
    };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.slice(0, 3).map(({ target, failureSummary }) => ({ target: target.map(String), failureSummary })),
    })) as Finding[];
  });
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary ?? ''}`).join(' | ')}`,
    );
}
