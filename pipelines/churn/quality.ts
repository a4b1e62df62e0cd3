import { writeJson } from '@pilotlight/artifacts';
import pl, { type DataFrame } from 'nodejs-polars';
import { inputError } from '../stepInputs.ts';
import type { ChurnConfig } from './config.ts';
import { undeclaredColumns } from './layerColumns.ts';

export type Layer = 'bronze' | 'silver' | 'gold';
export type LayerTable = { name: string; path: string; key: readonly string[] };
export type TableQuality = { rows: number; null_shares: Record<string, number> };

/**
 * Checks the tables of a layer before they are published: rows there, keys unique, nulls within the layer's share (columns whose nulls
 * mean something are exempt by list), numbers finite and within their ranges. Writes `quality.json` with all that was measured.
 *
 * @throws InputError `quality_empty`, `quality_key`, `quality_null`, `quality_range`: column, value and threshold; the worst one is named
 */
export async function checkQuality(options: {
  layer: Layer;
  tables: readonly LayerTable[];
  config: ChurnConfig;
  facts?: object;
  out: string;
}): Promise<void> {
  const { layer, config } = options;
  const measured: Record<string, TableQuality> = {};
  for (const table of options.tables) {
    const frame = pl.readParquet(table.path);
    measured[table.name] = checkTable(frame, table, layer, config);
  }
  await writeJson(options.out, { schema_version: 1, layer, ...options.facts, tables: measured });
}

function checkTable(frame: DataFrame, table: LayerTable, layer: Layer, config: ChurnConfig): TableQuality {
  const { height: rows } = frame;
  if (rows === 0 && table.name !== 'customer_month') {
    throw inputError('quality_empty', `${layer} table ${table.name} is empty`, 'the raw files', 'deliver customers');
  }
  checkKey(frame, table, layer);
  const shares = rows === 0 ? {} : nullShares(frame);
  checkNulls(shares, { table: table.name, layer, config });
  checkFinite(frame, table.name, layer);
  if (layer === 'gold') checkRanges(frame, config);
  return { rows, null_shares: shares };
}

function checkKey(frame: DataFrame, { name, key }: LayerTable, layer: Layer): void {
  const extra = frame.height - frame.select(...key).unique().height;
  if (extra === 0) return;
  const what = `${extra} rows of ${layer} table ${name} have the key (${key.join(', ')}) of another`;
  throw inputError('quality_key', what, 'allowed: 0', 'remove the duplicates from the raw files');
}

function nullShares(frame: DataFrame): Record<string, number> {
  const counts =
    frame.select(...frame.columns.map((name) => pl.col(name).nullCount().alias(name))).toRecords()[0] ?? {};
  return Object.fromEntries(frame.columns.map((name) => [name, Number(counts[name]) / frame.height]));
}

function checkNulls(
  shares: Record<string, number>,
  { table, layer, config }: { table: string; layer: Layer; config: ChurnConfig },
): void {
  const most = config.quality.null_share_max[layer];
  const exempt = [...config.quality.null_exempt[layer], ...undeclaredColumns(config)];
  const over = Object.entries(shares).filter(([name, share]) => share > most && !exempt.includes(name));
  const [worst] = over.sort((a, b) => b[1] - a[1]);
  if (!worst) return;
  const what = `${layer} column "${worst[0]}" of ${table} is null in ${percent(worst[1])} of rows`;
  const todo = `correct the source, or add it to quality.null_exempt.${layer}`;
  throw inputError('quality_null', what, `allowed: ${percent(most)} (quality.null_share_max.${layer})`, todo);
}

/** One infinite cost would make every sum that it enters infinite, and deviations no number. */
function checkFinite(frame: DataFrame, table: string, layer: Layer): void {
  const numbers = frame.columns.filter((name) => frame.getColumn(name).dtype.equals(pl.Float64));
  if (frame.height === 0 || numbers.length === 0) return;
  const isBad = (name: string) => pl.col(name).isFinite().not().fillNull(false);
  const counts = frame.select(...numbers.map((name) => isBad(name).sum().alias(name))).toRecords()[0] ?? {};
  const bad = numbers.find((name) => Number(counts[name]) > 0);
  if (bad === undefined) return;
  const value = frame.filter(isBad(bad)).getColumn(bad).get(0);
  const what = `${layer} column "${bad}" of ${table} has the value ${value} in ${counts[bad]} rows`;
  throw inputError('quality_range', what, 'allowed: finite numbers', 'correct the source');
}

function checkRanges(frame: DataFrame, config: ChurnConfig): void {
  for (const [name, { min, max }] of Object.entries(config.quality.ranges)) {
    if (!frame.columns.includes(name)) continue;
    const [found = {}] = frame
      .select(pl.col(name).min().alias('low'), pl.col(name).max().alias('high'))
      .toRecords() as { low?: number | null; high?: number | null }[];
    const broken = [
      ...(min !== undefined && typeof found.low === 'number' && found.low < min ? [found.low] : []),
      ...(max !== undefined && typeof found.high === 'number' && found.high > max ? [found.high] : []),
    ];
    if (broken.length === 0) continue;
    const allowed = `allowed: ${min ?? 'any'} to ${max ?? 'any'} (quality.ranges.${name})`;
    throw inputError(
      'quality_range',
      `gold column "${name}" has the value ${broken[0]}`,
      allowed,
      'correct the source',
    );
  }
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
