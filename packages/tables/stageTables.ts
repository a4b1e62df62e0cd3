import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Logger } from '@pilotlight/logging';
import { dropDuplicates, uniqueView } from './dropDuplicates.ts';
import { defaultMemoryMb } from './memory.ts';
import { readSource } from './readSource.ts';
import { openSession, type Session } from './session.ts';
import { identifier } from './sql.ts';
import { keptSql, stageSource } from './stageSource.ts';
import { stopAtBreach } from './stopAtBreach.ts';
import type { CheckReport, SourceReport, SourceSpec } from './types.ts';

export type StageOptions = {
  sources: Readonly<Record<string, SourceSpec>>;
  dataFolder: string;
  /** Sources that may have several rows a key: all are kept. */
  repeating?: readonly string[];
  nullValues: readonly string[];
  /** A check broken in a larger share of a source's rows stops the work. */
  breachShareMax: number;
  /** For the database and what it spills; what is made in it is removed. */
  workFolder: string;
  /** Folders that `work` may read and write. */
  folders: readonly string[];
  memoryLimitMb?: number | undefined;
  threads?: number | undefined;
  log: Logger;
  signal: AbortSignal;
  onSource?: ((name: string, done: number, total: number) => void) | undefined;
};

export type StagedTables = {
  session: Pick<Session, 'run' | 'rows'>;
  /** By source: a relation with its declared columns and `__row`, the position in the files. */
  relations: Readonly<Record<string, string>>;
  reports: Readonly<Record<string, SourceReport>>;
};

/**
 * Reads, casts and checks raw tables as their specs say, then hands them to `work` in one database that is gone afterwards. Of rows with
 * the same key the first stays; values that break a check become null or take their row away, and all are counted.
 *
 * @throws InputError with a code of `TableFault`
 */
export async function stageTables<T>(options: StageOptions, work: (tables: StagedTables) => Promise<T>): Promise<T> {
  options.signal.throwIfAborted();
  const scratch = path.join(path.resolve(options.workFolder), 'tables');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  const session = await openSession({
    workFolder: scratch,
    folders: [options.dataFolder, ...options.folders],
    memoryLimitMb: options.memoryLimitMb ?? defaultMemoryMb(),
    threads: options.threads ?? availableParallelism(),
    signal: options.signal,
  });
  try {
    return await work({ session, ...(await stageAll(session, options, scratch)) });
  } finally {
    await session.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function stageAll(
  session: Session,
  options: StageOptions,
  scratch: string,
): Promise<Omit<StagedTables, 'session'>> {
  const relations: Record<string, string> = {};
  const reports: Record<string, SourceReport> = {};
  const names = Object.keys(options.sources);
  for (const [i, name] of names.entries()) {
    const { relation, report } = await stageOne(session, options, { name, scratch });
    relations[name] = relation;
    reports[name] = report;
    options.onSource?.(name, i + 1, names.length);
  }
  return { relations, reports };
}

async function stageOne(
  session: Session,
  options: StageOptions,
  { name, scratch }: { name: string; scratch: string },
): Promise<{ relation: string; report: SourceReport }> {
  const spec = options.sources[name] as SourceSpec;
  const source = await readSource(session, {
    ...{ name, spec, folder: options.dataFolder, nullValues: options.nullValues, signal: options.signal },
    unpackFolder: path.join(scratch, 'unpacked'),
  });
  const staged = await stageSource(session, source, spec, { table: `${name}_staged` });
  const checks: CheckReport[] = [...staged.checks];
  const relation = identifier(uniqueView(name));
  if (options.repeating?.includes(name)) {
    await session.run(`CREATE VIEW ${relation} AS FROM ${staged.relation} WHERE ${keptSql(staged) || 'true'}`);
  } else {
    checks.push(await dropDuplicates(session, staged));
  }
  stopAtBreach(name, source.where, checks, options.breachShareMax);
  for (const { column, check, count } of checks.filter((one) => one.count > 0)) {
    options.log.debug({ source: name, column, check, count }, 'check broken');
  }
  const [kept] = await session.rows(`SELECT count(*) AS rows FROM ${relation}`);
  return {
    relation,
    report: { files: source.files, rows_read: staged.rowsRead, rows_kept: Number(kept?.rows), checks },
  };
}
