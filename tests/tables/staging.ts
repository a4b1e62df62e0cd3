import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type SourceReport, type SourceSpec, type StageOptions, stageTables } from '@pilotlight/tables';
import * as assert from 'uvu/assert';
import { quiet, type Row } from './door.ts';

export type Staged = { rows: Record<string, Row[]>; reports: Readonly<Record<string, SourceReport>> };
export type StageFiles = Record<string, string | Uint8Array>;

/** Two sources: customers, one row each, and notes, any number a customer. */
export const SPECS: Record<'customers' | 'notes', SourceSpec> = {
  customers: {
    files: { customers: 'customers.*' },
    key: ['id'],
    columns: {
      id: { type: 'string', nullable: false },
      power: { type: 'number', min: 0, max: 100 },
      since: { type: 'date' },
      is_urban: { type: 'boolean' },
    },
  },
  notes: {
    files: { notes: 'notes.*' },
    key: ['id'],
    columns: { id: { type: 'string', nullable: false }, day: { from: 'date', type: 'date' }, text: { type: 'string' } },
  },
};

export const CUSTOMERS = 'id,power,since,is_urban\nC1,3.5,2020-01-01,1\nC2,10,2021-05-01,no\n';
export const NOTES = '[{"id":"C1","date":"2024-03-01","text":"a"},{"id":"C1","date":"2024-02-01","text":"b"}]';

/** Stages the files of a folder of their own and reads all relations, by the position of the rows. */
export async function stage(files: StageFiles, changes: Partial<StageOptions> = {}): Promise<Staged> {
  return inFolder(files, changes, (options) =>
    stageTables(options, async ({ session, relations, reports }) => {
      const rows: Record<string, Row[]> = {};
      for (const [name, relation] of Object.entries(relations)) {
        const columns = Object.keys((options.sources[name] as SourceSpec).columns);
        const found = await session.rows(`SELECT ${columns.join(', ')} FROM ${relation} ORDER BY __row`);
        rows[name] = found.map((row) =>
          Object.fromEntries(Object.entries(row).map(([key, value]) => [key, plain(value)])),
        );
      }
      return { rows, reports };
    }),
  );
}

/** What staging refuses with, as the command prints it; it must leave nothing behind. */
export async function refusal(
  files: StageFiles,
  changes: Partial<StageOptions> = {},
): Promise<{ code: string; line: string }> {
  return inFolder(files, changes, async (options) => {
    try {
      await stageTables(options, async () => assert.unreachable('work on refused tables'));
    } catch (error) {
      assert.is((error as Error).name, 'InputError', (error as Error).stack ?? '');
      const { code, message } = error as { code: string; message: string };
      assert.not.match(message, /\n/);
      return { code, line: message.replaceAll(`${options.dataFolder}/`, '').replaceAll(options.dataFolder, 'data') };
    }
    throw new Error('it was let pass');
  });
}

async function inFolder<T>(
  files: StageFiles,
  changes: Partial<StageOptions>,
  work: (options: StageOptions) => Promise<T>,
): Promise<T> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  const [dataFolder, workFolder] = [path.join(folder, 'data'), path.join(folder, 'work')];
  fs.mkdirSync(dataFolder);
  fs.mkdirSync(workFolder);
  for (const [name, content] of Object.entries({ 'customers.csv': CUSTOMERS, 'notes.json': NOTES, ...files }))
    fs.writeFileSync(path.join(dataFolder, name), content);
  const before = fs.readdirSync(dataFolder);
  const options: StageOptions = {
    ...{ sources: SPECS, dataFolder, repeating: ['notes'], nullValues: ['', 'NA'], breachShareMax: 1, workFolder },
    ...{ folders: [], memoryLimitMb: 256, threads: 2, log: quiet, signal: new AbortController().signal },
    ...changes,
  };
  try {
    return await work(options);
  } finally {
    assert.equal(fs.readdirSync(workFolder), [], 'the work folder is left empty');
    assert.equal(fs.readdirSync(dataFolder), before, 'nothing is written beside the data');
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === 'bigint' ? Number(value) : value;
}
