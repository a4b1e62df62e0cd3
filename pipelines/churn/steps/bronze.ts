import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import {
  aggregateConsumption,
  type ConsumptionReport,
  literal,
  type StagedTables,
  stageTables,
} from '@pilotlight/tables';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { checkRaw } from '../checkRaw.ts';
import type { ChurnConfig } from '../config.ts';
import { makeCustomers } from '../customerTable.ts';
import { makeMonths } from '../monthTable.ts';
import { checkQuality } from '../quality.ts';
import { asOf, stepConfig } from '../stepInputs.ts';
import { openTextCache, type TextCache } from '../textCache.ts';
import { scoreInteractions } from '../texts.ts';

/**
 * Raw files, checked and typed: one row a customer, one row a customer and month.
 *
 * Input `raw`: the folder of the raw files, never written to. Output `bronze`: `customer.parquet`, `customer_month.parquet`, `quality.json`.
 */
export const bronze: StepFunction = async (context) => {
  const config = stepConfig(context);
  asOf(context); // refused before a byte is read
  const raw = requiredInput(context, 'raw');
  const out = requiredOutput(context, 'bronze');
  const work = path.join(out, '.work');
  mkdirSync(work, { recursive: true });
  try {
    // Before the large file is read: an address that is wrong shows in seconds.
    const cache = await openTextCache(context.parameters.TextCacheUri ?? 'none', work, context);
    await makeTables(context, config, { raw, out, work, cache });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

type Readings = { file: string; report: ConsumptionReport } | undefined;

async function readMeters(
  context: StepContext,
  config: ChurnConfig,
  { raw, work }: { raw: string; work: string },
): Promise<Readings> {
  const { consumption, holidays } = config;
  if (!consumption) return undefined;
  const file = path.join(work, 'readings.parquet');
  const report = await aggregateConsumption({
    files: [meterFile(raw, consumption.files)],
    columns: consumption.columns,
    asOf: asOf(context),
    holidays,
    readingMax: consumption.reading_max,
    intervalMinutes: consumption.interval_minutes,
    out: file,
    workFolder: work,
    onProgress: (percent) => context.progress.update(percent, 100, 'meter readings'),
    signal: context.signal,
  });
  context.log.info(report, 'meter readings added up');
  return { file, report };
}

/** The first of the configured names that is there. */
function meterFile(raw: string, names: readonly string[]): string {
  const found = names.map((name) => path.join(raw, name)).find((file) => existsSync(file));
  if (found) return found;
  const todo = 'deliver one, correct consumption.files, or take `consumption` away and declare its features absent';
  throw inputError('file_missing', `none of ${names.join(', ')}`, raw, todo);
}

type Folders = { raw: string; out: string; work: string; cache: TextCache };

async function makeTables(context: StepContext, config: ChurnConfig, folders: Folders): Promise<void> {
  const { raw, out, work } = folders;
  if (config.consumption) meterFile(raw, config.consumption.files);
  const options = {
    sources: Object.fromEntries(Object.entries(config.columns.sources).filter(([, spec]) => spec !== undefined)),
    dataFolder: raw,
    repeating: ['customer_interactions', 'price_history'],
    nullValues: config.columns.null_values,
    breachShareMax: config.columns.breach_share_max,
    workFolder: work,
    folders: [out],
    log: context.log,
    signal: context.signal,
    onSource: (name: string, done: number, total: number) => context.progress.update(done, total, name),
  };
  const facts = await stageTables(options, (tables) => writeTables(tables, context, config, folders));
  await checkQuality({
    layer: 'bronze',
    tables: [
      { name: 'customer', path: path.join(out, 'customer.parquet'), key: ['customer_id'] },
      { name: 'customer_month', path: path.join(out, 'customer_month.parquet'), key: ['customer_id', 'month'] },
    ],
    config,
    facts: { as_of: asOf(context), ...facts },
    out: path.join(out, 'quality.json'),
  });
}

async function writeTables(
  tables: StagedTables,
  context: StepContext,
  config: ChurnConfig,
  { raw: folder, out, work, cache }: Folders,
): Promise<object> {
  const date = asOf(context);
  // The small files first: what is wrong with them shows before the large one is read.
  const readings = await readMeters(context, config, { raw: folder, work });
  const checks = await makeCustomers(tables, config, date);
  const raw = await checkRaw(tables, { config, checks, readings: readings?.file });
  const text = await scoreInteractions(tables, config, context, { work: path.join(work, 'tables'), cache });
  const gaps = await makeMonths(tables, { readings: readings?.file, asOf: date, config });
  const write = (select: string, name: string) =>
    tables.session.run(`COPY (${select}) TO ${literal(path.join(out, name))} (FORMAT parquet, COMPRESSION zstd)`);
  await write(
    `SELECT c.*, CAST(c.last_interaction_date IS NOT NULL OR c.interaction_summary IS NOT NULL AS INTEGER) AS has_interaction,
       t.* EXCLUDE (customer_id)
     FROM customers c LEFT JOIN scored_texts t ON t.customer_id = c.customer_id ORDER BY c.customer_id`,
    'customer.parquet',
  );
  await write('FROM months ORDER BY customer_id, month', 'customer_month.parquet');
  return { sources: tables.reports, checks, gaps, raw, text, consumption: readings?.report ?? null };
}
