import path from 'node:path';
import { generateOnce } from './generateOnce.ts';
import { runChurn } from './runChurn.ts';

const CUSTOMERS = 20_099;
/** A day of each month: 5.8 million readings. All of 2024 is 176.5 million. */
const HOURS = 288;
const AS_OF = '2024-12-31';

/** Generates raw files, trains on them, scores and recommends. */
export async function demoChurn(options: { rows?: number; seed: number; out?: string }): Promise<void> {
  const { rows: customers = CUSTOMERS, seed, out = 'out/demo-churn' } = options;
  const data = path.join(out, 'data');
  const numbers = { customers, hours: HOURS, seed };
  await generateOnce({ marker: `${data}.json`, data, facts: numbers }, async (watch) => {
    const { generateChurn } = await import('../churn/generate.ts');
    await generateChurn({ ...numbers, ...watch, out: data, formats: ['parquet'] });
  });
  // So few customers seldom reach the gate of the real ones.
  const set = customers < CUSTOMERS ? ['modeling.promotion.pr_auc_min=0.3'] : [];
  await runChurn({ data, out, asOf: AS_OF, mode: 'train', set });
}
