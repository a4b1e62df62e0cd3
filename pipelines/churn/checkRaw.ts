import { identifier, literal, type StagedTables } from '@pilotlight/tables';
import { inputError } from '../stepInputs.ts';
import type { ChurnConfig } from './config.ts';
import type { CustomerCheck } from './customerTable.ts';

export type RawQuality = Record<string, { null_shares: Record<string, number> }>;

/**
 * Stops when a raw column is empty too often, or when too many rows are of customers that nobody knows.
 *
 * @throws InputError `quality_null`, `quality_orphans`
 */
export async function checkRaw(
  tables: StagedTables,
  { config, checks, readings }: { config: ChurnConfig; checks: CustomerCheck[]; readings: string | undefined },
): Promise<RawQuality> {
  checkOrphans(tables, config, checks);
  if (readings !== undefined) checks.push(await checkMeters(tables, config, readings));
  const measured: RawQuality = {};
  for (const name of Object.keys(tables.relations))
    measured[name] = { null_shares: await checkNulls(tables, config, name) };
  return measured;
}

function checkOrphans({ reports }: StagedTables, config: ChurnConfig, checks: readonly CustomerCheck[]): void {
  for (const { source, count } of checks.filter(({ check }) => check === 'orphan')) {
    const rows = reports[source]?.rows_kept ?? 0;
    refuseOrphans(config, { source, count, rows });
  }
}

async function checkMeters(tables: StagedTables, config: ChurnConfig, readings: string): Promise<CustomerCheck> {
  const [row = {}] = await tables.session.rows(`
    SELECT sum(readings) AS rows, coalesce(sum(readings) FILTER (WHERE k.customer_id IS NULL), 0) AS orphans
    FROM read_parquet(${literal(readings)}) r LEFT JOIN known k ON k.customer_id = r.customer_id`);
  const count = Number(row.orphans);
  refuseOrphans(config, { source: 'consumption', count, rows: Number(row.rows) });
  return { source: 'consumption', column: 'customer_id', check: 'orphan', outcome: 'row_dropped', count };
}

function refuseOrphans(
  config: ChurnConfig,
  { source, count, rows }: { source: string; count: number; rows: number },
): void {
  const most = config.columns.breach_share_max;
  if (count === 0 || count / rows <= most) return;
  const what = `${count} of ${rows} rows of ${source} are of customers that the label file does not have`;
  const where = `allowed: ${most} of the rows (columns.breach_share_max)`;
  throw inputError('quality_orphans', what, where, 'deliver the files of one customer base');
}

async function checkNulls({ session, relations }: StagedTables, config: ChurnConfig, source: string) {
  const names = Object.keys(config.columns.sources[source as keyof ChurnConfig['columns']['sources']]?.columns ?? {});
  const counts = names.map((name, i) => `count(*) FILTER (WHERE ${identifier(name)} IS NULL) / count(*) AS n${i}`);
  const [row = {}] = await session.rows(`SELECT ${counts.join(', ')} FROM ${relations[source]}`);
  const shares = Object.fromEntries(names.map((name, i) => [name, Number(row[`n${i}`])]));
  const most = config.quality.null_share_max.raw;
  const over = names.filter((name) => (shares[name] ?? 0) > most && !config.quality.null_exempt.raw.includes(name));
  const worst = over.sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0))[0];
  if (worst === undefined) return shares;
  const what = `raw column "${worst}" of ${source} is null in ${Number(((shares[worst] ?? 0) * 100).toPrecision(3))} % of rows`;
  const where = `allowed: ${most * 100} % (quality.null_share_max.raw)`;
  throw inputError('quality_null', what, where, 'correct the source, or add it to quality.null_exempt.raw');
}
