import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { createLogger, createProgress } from '@pilotlight/logging';
import { sourceFingerprint } from '../sourceFingerprint.ts';
import { runChurn } from './runChurn.ts';

const CUSTOMERS = 20_099;
/** A day of each month: 5.8 million readings. All of 2024 is 176.5 million. */
const HOURS = 288;
const AS_OF = '2024-12-31';

/** Generates raw files, trains on them, scores and recommends. */
export async function demoChurn(options: { rows?: number; seed: number; out?: string }): Promise<void> {
  const { rows: customers = CUSTOMERS, seed, out = 'out/demo-churn' } = options;
  const data = path.join(out, 'data');
  await generateOnce(data, { customers, hours: HOURS, seed });
  // So few customers seldom reach the gate of the real ones.
  const set = customers < CUSTOMERS ? ['modeling.promotion.pr_auc_min=0.3'] : [];
  await runChurn({ data, out, asOf: AS_OF, mode: 'train', set });
}

/** Data that stand there from the same call stay, so that the run can skip what it has done. */
async function generateOnce(data: string, numbers: { customers: number; hours: number; seed: number }): Promise<void> {
  const marker = `${data}.json`;
  const facts = { ...numbers, source: sourceFingerprint() };
  if (existsSync(data) && existsSync(marker) && readFileSync(marker, 'utf8') === `${JSON.stringify(facts, null, 2)}\n`)
    return;
  const { generateChurn } = await import('../churn/generate.ts');
  const log = createLogger({ step: 'generate' });
  const progress = createProgress(log, 'generate');
  try {
    await generateChurn({ ...numbers, out: data, formats: ['parquet'], log, progress });
  } finally {
    progress.end();
  }
  await writeJson(marker, facts);
}
