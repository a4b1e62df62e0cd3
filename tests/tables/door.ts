import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Logger, Progress } from '@pilotlight/logging';
import { type CheckReport, type DoorOptions, type DoorReport, openDoor, type SourceSpec } from '@pilotlight/tables';
import * as assert from 'uvu/assert';

type Files = Record<string, string | Uint8Array>;
export type Data = { clie: Files; pola: Files; hfac: Files };
export type Row = Record<string, unknown>;
export type Through = { report: DoorReport; contracts: Row[]; invoices: Row[]; folder: string };

export const AS_OF = '2026-01-06';
export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
export const noProgress: Progress = { update() {}, end() {} };

export const SOURCES: Record<'clie' | 'pola' | 'hfac', SourceSpec> = {
  clie: {
    files: { customers: 'clie.csv' },
    key: ['customer_id'],
    columns: {
      customer_id: { type: 'string', nullable: false },
      customer_type: { type: 'category', values: ['Residencial', 'PYME'] },
      estrato: { type: 'integer', min: 1, max: 6 },
      signup_date: { type: 'date' },
    },
  },
  pola: {
    files: { contracts: 'pola.csv' },
    key: ['policy_id'],
    columns: {
      policy_id: { type: 'string', nullable: false },
      customer_id: { type: 'string', nullable: false },
      tarifa: { type: 'category', nullable: false },
      capacity: { type: 'number', min: 0 },
      start_date: { type: 'date' },
      end_date: { type: 'date' },
      has_gas: { type: 'boolean' },
      target: { type: 'integer', min: 0, max: 1 },
    },
  },
  hfac: {
    files: { invoices: 'hfac.csv' },
    key: ['policy_id', 'invoice_date'],
    columns: {
      policy_id: { type: 'string', nullable: false },
      invoice_date: { type: 'date', nullable: false },
      amount_eur: { type: 'number' },
    },
  },
};

export const CLIE =
  'customer_id,customer_type,estrato,signup_date\nC1,residencial,3,2020-01-01\nC2,PYME,6,2021-05-01\n';
export const POLA_HEADER = 'policy_id,customer_id,tarifa,capacity,start_date,end_date,has_gas,target\n';
export const POLA = `${POLA_HEADER}P1,C1,rl1,10.5,2020-01-01,2027-01-01,true,0\nP2,C2,RL4,900,2021-05-01,,f,1\n`;
export const HFAC = 'policy_id,invoice_date,amount_eur\nP1,2025-11-01,10\nP1,2025-12-01,20\nP2,2025-12-01,300\n';
export const CLEAN: Data = { clie: { 'clie.csv': CLIE }, pola: { 'pola.csv': POLA }, hfac: { 'hfac.csv': HFAC } };

/** Writes the files to a folder of its own, opens the door, reads what came out, and removes the folder. */
export async function through(data: Data, changes: Partial<DoorOptions> = {}): Promise<Through> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  try {
    const options = doorOptions(folder, data, changes);
    const report = await openDoor(options);
    assert.equal(fs.readdirSync(options.workFolder), [], 'the work folder is left empty');
    assert.equal(JSON.parse(fs.readFileSync(path.join(options.out, 'quality.json'), 'utf8')), report);
    const [contracts, invoices] = await readAll(options.out);
    return { report, contracts, invoices, folder };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What the door refuses with, as the command prints it; it must leave nothing behind. */
export async function refusal(data: Data, changes: Partial<DoorOptions> = {}): Promise<{ code: string; line: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  const options = doorOptions(folder, data, changes);
  try {
    await openDoor(options);
  } catch (error) {
    assert.is((error as Error).name, 'InputError', (error as Error).stack ?? '');
    const { code, message } = error as { code: string; message: string };
    assert.not.match(message, /\n/);
    const left = fs.readdirSync(folder).filter((name) => !['clie', 'pola', 'hfac', 'work'].includes(name));
    assert.equal(left, [], 'nothing half-written');
    assert.equal(fs.readdirSync(options.workFolder), []);
    return { code, line: message.replaceAll(`${folder}/`, '') };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  throw new Error('the door let it pass');
}

export function doorOptions(folder: string, data: Data, changes: Partial<DoorOptions>): DoorOptions {
  for (const [source, files] of Object.entries(data)) {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, source, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
    }
  }
  const workFolder = path.join(folder, 'work');
  fs.mkdirSync(workFolder, { recursive: true });
  return {
    sources: SOURCES,
    dataFolders: {
      clie: path.join(folder, 'clie'),
      pola: path.join(folder, 'pola'),
      hfac: path.join(folder, 'hfac'),
    },
    asOf: AS_OF,
    modelTypes: { Domestic: { tarifas: ['RL1', 'RL2'] }, Industrial: { tarifas: ['RL4'] } },
    split: { seed: 42, train: 0.7, test: 0.15 },
    nullValues: ['', 'NA'],
    breachShareMax: 1,
    invoicesLast: 12,
    out: path.join(folder, 'out'),
    workFolder,
    memoryLimitMb: 512,
    threads: 2,
    log: quiet,
    progress: noProgress,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** The default sources with one source's description changed. */
export function withSource(name: 'clie' | 'pola' | 'hfac', changes: Partial<SourceSpec>): DoorOptions['sources'] {
  return { ...SOURCES, [name]: { ...SOURCES[name], ...changes } };
}

/** One check of a report. */
export function checkOf(
  report: DoorReport,
  source: 'clie' | 'pola' | 'hfac',
  column: string,
  check: string,
): CheckReport {
  const found = report.sources[source].checks.find((one) => one.column === column && one.check === check);
  if (!found) throw new Error(`no check ${check} of ${source} ${column}`);
  return found;
}

export async function readAll(out: string): Promise<[Row[], Row[]]> {
  return [await query(`FROM '${out}/contracts/*.parquet'`), await query(`FROM '${out}/invoices/*.parquet'`)];
}

/** Dates come as `YYYY-MM-DD`, 64-bit integers as numbers. */
export async function query(sql: string): Promise<Row[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJS();
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Bytes of a Parquet file with what a query gives. */
export async function parquet(sql: string): Promise<Uint8Array> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pilotlight-'));
  try {
    await query(`COPY (${sql}) TO '${folder}/x.parquet' (FORMAT parquet)`);
    return fs.readFileSync(`${folder}/x.parquet`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A zip by the format's own description: local headers, central directory, end record. `size` lies about a member's size. */
export function zip(members: Record<string, string>, lies: { size?: number; crc?: number } = {}): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(lies.crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(lies.size ?? Buffer.byteLength(content), 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const versions = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name)]);
    locals.push(local);
    centrals.push(versions);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(centrals.length, 4);
  end.writeUInt16LE(centrals.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
