import { existsSync } from 'node:fs';
import path from 'node:path';
import { copySql } from './dropDuplicates.ts';
import { CONTRACTS } from './joinContracts.ts';
import type { Session } from './session.ts';
import { columnList, dateLiteral, identifier, literal } from './sql.ts';
import { keptSql, rowNumber, type Staged } from './stageSource.ts';
import type { CheckName, CheckReport } from './types.ts';

/** In this order: an invoice counts for the first that it breaks. */
const INVOICE_CHECKS: readonly { check: CheckName; column: (staged: Staged) => string }[] = [
  { check: 'duplicate', column: ({ spec }) => spec.key.join('+') },
  { check: 'future', column: () => 'invoice_date' },
  { check: 'orphan', column: () => 'policy_id' },
  { check: 'model_type', column: () => 'policy_id' },
];

export type PartitionOptions = {
  /** Folder of the staged invoices. */
  staged: string;
  partitions: number;
  asOf: string;
  invoicesLast: number;
  contractColumns: readonly string[];
  out: string;
  onPartition(done: number): void;
};

/**
 * Writes contracts and their newest invoices, one file a partition each, checking the invoices' keys, dates and
 * contracts on the way: what is held at once is one partition.
 *
 * @returns counts over all partitions
 */
export async function writePartitions(
  session: Session,
  hfac: Staged,
  options: PartitionOptions,
): Promise<{ checks: CheckReport[]; kept: number; written: number }> {
  const found = INVOICE_CHECKS.map(() => ({ count: 0, first: Number.POSITIVE_INFINITY, example: '' }));
  let kept = 0;
  let written = 0;
  for (let part = 0; part < options.partitions; part += 1) {
    const name = `${String(part).padStart(3, '0')}.parquet`;
    await writeContracts(session, part, options.contractColumns, path.join(options.out, 'contracts', name));
    await markInvoices(session, hfac, part, options);
    kept += await countKept(session);
    for (const row of await countFaults(session)) addFault(found[Number(row.fault)], row);
    written += await writeInvoices(session, hfac, options.invoicesLast, path.join(options.out, 'invoices', name));
    options.onPartition(part + 1);
  }
  const checks = INVOICE_CHECKS.map(({ check, column }, i) => {
    const { count, first, example } = found[i] as Found;
    const row = hfac.source.ordered ? rowNumber(first) : null;
    return {
      column: column(hfac),
      check,
      outcome: 'row_dropped' as const,
      count,
      share: count / hfac.rowsRead,
      example: count === 0 ? null : { value: example, row },
    };
  });
  return { checks, kept, written };
}

type Found = { count: number; first: number; example: string };

function addFault(found: Found | undefined, row: Record<string, unknown>): void {
  if (!found) return;
  const [first, example] = [Number(row.first), String(row.example)];
  const earlier = found.count === 0 || first < found.first || (first === found.first && example < found.example);
  found.count += Number(row.count);
  if (earlier) Object.assign(found, { first, example });
}

async function writeContracts(session: Session, part: number, columns: readonly string[], file: string): Promise<void> {
  await session.run(`
    COPY (SELECT ${columnList(columns)} FROM ${CONTRACTS} WHERE __part = ${part} AND model_type IS NOT NULL ORDER BY policy_id)
    TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`);
}

/** A partition's invoices with `__fault`: the position of the first check that is broken, or null. */
async function markInvoices(session: Session, hfac: Staged, part: number, options: PartitionOptions): Promise<void> {
  const folder = path.join(options.staged, `__part=${part}`);
  const relation = existsSync(folder)
    ? `read_parquet(${literal(`${folder}/*.parquet`)}, hive_partitioning = false)`
    : `(SELECT * FROM ${hfac.relation} LIMIT 0)`;
  await session.run(`
    CREATE OR REPLACE TABLE invoices AS SELECT i.*, CASE
        WHEN i.__copy > 1 THEN 0
        WHEN i.invoice_date > ${dateLiteral(options.asOf)} THEN 1
        WHEN c.policy_id IS NULL THEN 2
        WHEN c.model_type IS NULL THEN 3 END AS __fault
    FROM (SELECT *, ${copySql(hfac)} AS __copy FROM ${relation} WHERE ${keptSql(hfac)}) i
      LEFT JOIN (SELECT policy_id, model_type FROM ${CONTRACTS} WHERE __part = ${part}) c ON c.policy_id = i.policy_id`);
}

async function countFaults(session: Session) {
  return session.rows(`
    SELECT __fault AS fault, count(*) AS count, min(__row) AS first,
      min_by(policy_id || ' ' || invoice_date, (__row, policy_id, invoice_date)) AS example
    FROM invoices WHERE __fault IS NOT NULL GROUP BY __fault`);
}

async function countKept(session: Session): Promise<number> {
  const [row] = await session.rows('SELECT count(*) AS count FROM invoices WHERE __fault IS NULL');
  return Number(row?.count);
}

async function writeInvoices(session: Session, hfac: Staged, last: number, file: string): Promise<number> {
  const columns = Object.keys(hfac.spec.columns);
  const tie = hfac.spec.key.filter((name) => name !== 'policy_id' && name !== 'invoice_date').map(identifier);
  const newest = ['invoice_date DESC', ...tie].join(', ');
  await session.run(`
    COPY (SELECT ${columnList(columns)} FROM invoices WHERE __fault IS NULL
      QUALIFY row_number() OVER (PARTITION BY policy_id ORDER BY ${newest}) <= ${Math.trunc(last)}
      ORDER BY policy_id, ${newest})
    TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`);
  const [row] = await session.rows(`SELECT num_rows FROM parquet_file_metadata(${literal(file)})`);
  return Number(row?.num_rows);
}
