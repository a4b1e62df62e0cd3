import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { writeFolder, writeJson } from '@pilotlight/artifacts';
import { checkSpecs } from './checkSpec.ts';
import { CONTRACTS, joinContracts, keepContracts, keepCustomers } from './joinContracts.ts';
import { defaultMemoryMb } from './memory.ts';
import { type RawSource, readSource } from './readSource.ts';
import { openSession, type Session } from './session.ts';
import { identifier } from './sql.ts';
import { type Staged, stageSource } from './stageSource.ts';
import { stopAtBreach } from './stopAtBreach.ts';
import {
  type CheckReport,
  type DoorOptions,
  type DoorReport,
  SOURCE_NAMES,
  type SourceName,
  type SourceReport,
  type SplitCount,
} from './types.ts';
import { writePartitions } from './writePartitions.ts';

const INVOICES_A_PARTITION = 500_000;
const PARTITIONS_MAX = 1000;

/**
 * The door: raw CLIE, POLA and HFAC files to checked, typed, joined contracts and their newest invoices.
 *
 * Writes `out/contracts/<p>.parquet`, `out/invoices/<p>.parquet` (p = 000, 001, ...: a hash of `policy_id`) and
 * `out/quality.json`, byte for byte the same for the same inputs, whatever the threads and memory. Contracts are
 * sorted by `policy_id`: POLA's columns, CLIE's, `model_type`, `split` (and `fold`). Invoices are sorted by
 * `policy_id`, then `invoice_date`, newest first. Types: `string` and `category` text, `integer` BIGINT, `number`
 * DOUBLE, `boolean`, `date`; every column but the keys may be null. Checks: docs/segmentation.md.
 *
 * Any size: rows are streamed, what does not fit `memoryLimitMb` is spilled into the work folder.
 *
 * @throws InputError with a code of `TableFault`; `out` is then as it was
 */
export async function openDoor(options: DoorOptions): Promise<DoorReport> {
  checkSpecs(options);
  const scratch = path.join(path.resolve(options.workFolder), 'door');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  try {
    let report: DoorReport | undefined;
    await writeFolder(options.out, async (out) => {
      report = await passThrough(options, scratch, out);
      await writeJson(path.join(out, 'quality.json'), report);
    });
    return report as DoorReport;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function passThrough(options: DoorOptions, scratch: string, out: string): Promise<DoorReport> {
  const session = await openSession({
    workFolder: scratch,
    folders: [...Object.values(options.dataFolders), out],
    memoryLimitMb: options.memoryLimitMb ?? defaultMemoryMb(),
    threads: options.threads ?? availableParallelism(),
    signal: options.signal,
  });
  try {
    return await checkAndWrite(session, options, { scratch, out });
  } finally {
    await session.close();
  }
}

type Folders = { scratch: string; out: string };

async function checkAndWrite(session: Session, options: DoorOptions, folders: Folders): Promise<DoorReport> {
  const raw = await readAll(session, options, folders.scratch);
  const partitions = options.partitions ?? defaultPartitions(raw.hfac.rowsEstimate);
  const step = stepper(options, 4 + partitions);
  const checked = checksOf(options);

  const clie = await stageSource(session, raw.clie, options.sources.clie, { table: 'clie_staged' });
  checked(clie, await keepCustomers(session, clie, options.asOf));
  const customers = await countRows(session, 'clie_kept');
  step('customers');
  const pola = await stageSource(session, raw.pola, options.sources.pola, { table: 'pola_staged' });
  checked(pola, await keepContracts(session, pola, { ...options, partitions }));
  step('contracts');
  const staged = path.join(folders.scratch, 'invoices');
  const byContract = { folder: staged, partition: 'policy_id', partitions };
  const hfac = await stageSource(session, raw.hfac, options.sources.hfac, byContract);
  checked(hfac, []);
  step('invoices');
  const contractColumns = await joinContracts(session, { clie, pola }, options);
  step('join');

  await makeFolders(folders.out);
  const written = await writePartitions(session, hfac, {
    ...options,
    staged,
    partitions,
    contractColumns,
    out: folders.out,
    onPartition: () => step('partitions'),
  });
  checked(hfac, written.checks);
  const splits = await countSplits(session, 'target' in options.sources.pola.columns);
  const contracts = splits.reduce((total, split) => total + split.contracts, 0);
  return {
    schema_version: 1,
    as_of: options.asOf,
    partitions,
    contracts,
    invoices: written.written,
    sources: {
      clie: sourceReport(clie, customers),
      pola: sourceReport(pola, contracts),
      hfac: sourceReport(hfac, written.kept),
    },
    splits,
  };
}

async function readAll(
  session: Session,
  options: DoorOptions,
  scratch: string,
): Promise<Record<SourceName, RawSource>> {
  const raw: Partial<Record<SourceName, RawSource>> = {};
  for (const name of SOURCE_NAMES) {
    raw[name] = await readSource(session, {
      name,
      spec: options.sources[name],
      folder: options.dataFolders[name],
      nullValues: options.nullValues,
      unpackFolder: path.join(scratch, 'unpacked'),
      signal: options.signal,
    });
  }
  return raw as Record<SourceName, RawSource>;
}

/** Adds a source's further checks to those of its staging, and stops when one is broken too often. */
function checksOf({ breachShareMax, log }: DoorOptions): (staged: Staged, further: CheckReport[]) => void {
  return (staged, further) => {
    staged.checks.push(...further);
    const { name, where } = staged.source;
    stopAtBreach(name, where, staged.checks, breachShareMax);
    for (const { column, check, count } of staged.checks.filter((one) => one.count > 0)) {
      log.debug({ source: name, column, check, count }, 'check broken');
    }
  };
}

function stepper({ progress }: DoorOptions, total: number): (label: string) => void {
  let done = 0;
  return (label) => {
    done += 1;
    progress.update(done, total, label);
  };
}

async function countRows(session: Session, table: string): Promise<number> {
  const [row] = await session.rows(`SELECT count(*) AS rows FROM ${identifier(table)}`);
  return Number(row?.rows);
}

async function makeFolders(out: string): Promise<void> {
  for (const name of ['contracts', 'invoices']) await mkdir(path.join(out, name), { recursive: true });
}

async function countSplits(session: Session, hasTarget: boolean): Promise<SplitCount[]> {
  const target = hasTarget ? 'CAST(target AS VARCHAR)' : 'CAST(NULL AS VARCHAR)';
  const rows = await session.rows(`
    SELECT model_type, split, ${target} AS target, count(*) AS contracts FROM ${CONTRACTS} WHERE model_type IS NOT NULL
    GROUP BY ALL ORDER BY model_type, split DESC, 3 NULLS LAST`);
  return rows.map((row) => ({
    model_type: String(row.model_type),
    split: row.split as SplitCount['split'],
    target: row.target === null ? null : String(row.target),
    contracts: Number(row.contracts),
  }));
}

function sourceReport({ source, rowsRead, checks }: Staged, rowsKept: number): SourceReport {
  return { files: source.files, rows_read: rowsRead, rows_kept: rowsKept, checks };
}

function defaultPartitions(invoices: number): number {
  return Math.min(PARTITIONS_MAX, Math.max(1, Math.ceil(invoices / INVOICES_A_PARTITION)));
}
