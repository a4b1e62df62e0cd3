import path from 'node:path';
import { firstLine, isComplaint, tableError } from './errors.ts';
import { type DataFile, findFiles, formatOf, listFolder } from './findFiles.ts';
import { nearestName } from './nearestName.ts';
import { type Head, readHead } from './readHead.ts';
import { encodingOf, otherDelimiter, readHeader } from './readHeader.ts';
import type { Session } from './session.ts';
import { identifier, listLiteral, literal } from './sql.ts';
import type { SourceSpec } from './types.ts';
import { unpackZip } from './unpackZip.ts';

/** A source's raw rows as a view of the session. */
export type RawSource = {
  name: string;
  /** The view: the raw columns, and {@link ROW} where rows have an order. */
  view: string;
  columns: string[];
  /** False after a `query`: then rows have no order of their own. */
  ordered: boolean;
  /** Relative to the data folder. */
  files: string[];
  /** Where the rows are, for messages. */
  where: string;
  /** About how many rows; the same for the same files. */
  rowsEstimate: number;
};

/** Position of a row in its source: larger is later. */
export const ROW = '__row';

export type ReadOptions = {
  name: string;
  spec: SourceSpec;
  folder: string;
  nullValues: readonly string[];
  /** Zips are unpacked below it. */
  unpackFolder: string;
  signal: AbortSignal;
};

type NamedFiles = { view: string; columns: string[]; files: DataFile[]; rowsEstimate: number; delimiter?: string };

/**
 * Makes a source's raw rows readable: finds its files, unpacks zips, reads headers, binds the query. Reads no rows yet.
 *
 * @throws InputError `file_*`, `zip_*`, `gzip_unreadable`, `csv_*`, `parquet_unreadable`, `query_missing`, `sql_invalid`
 */
export async function readSource(session: Session, options: ReadOptions): Promise<RawSource> {
  const { name, spec, folder } = options;
  const named = new Map<string, NamedFiles>();
  for (const [fileName, pattern] of Object.entries(spec.files)) {
    const files = await unpackAll(findFiles(folder, pattern), path.join(options.unpackFolder, name, fileName), options);
    const view = `${name}_file_${fileName}`;
    named.set(fileName, await viewFiles(session, { view, files, options, numbered: spec.query === undefined }));
  }
  const all = [...named.values()];
  const files = all.flatMap((one) => one.files);
  const shared = {
    name,
    files: [...new Set(files.map((file) => file.shown))],
    rowsEstimate: all.reduce((total, one) => total + one.rowsEstimate, 0),
    where: files.length === 1 ? (files[0] as DataFile).path : `${folder} (${Object.values(spec.files).join(', ')})`,
  };
  const only = all.length === 1 ? all[0] : undefined;
  if (spec.query !== undefined) return { ...shared, ...(await viewQuery(session, options, named)), ordered: false };
  if (only) {
    checkColumns(only, spec, shared.where, name);
    return { ...shared, view: only.view, columns: only.columns, ordered: true };
  }
  const key = `columns.sources.${name}.query`;
  throw tableError('query_missing', `${all.length} named files and no query`, key, 'join them by a `query`');
}

async function unpackAll(files: DataFile[], into: string, { signal }: ReadOptions): Promise<DataFile[]> {
  const unpacked = files.map(async (file, i) => {
    if (file.format !== 'zip') return [file];
    const target = path.join(into, String(i));
    await unpackZip(file.path, target, undefined, signal);
    return listFolder(target).map((member) => ({
      path: member,
      shown: `${file.shown}/${path.relative(target, member)}`,
      ...(formatOf(member) as Pick<DataFile, 'format' | 'gzip' | 'tabs'>),
    }));
  });
  return (await Promise.all(unpacked)).flat();
}

type ViewOptions = { view: string; files: DataFile[]; options: ReadOptions; numbered: boolean };

async function viewFiles(session: Session, { view, files, options, numbered }: ViewOptions): Promise<NamedFiles> {
  const formats = new Set(files.map((file) => file.format));
  if (formats.size > 1) {
    const where = files.map((file) => file.path).join(', ');
    throw tableError(
      'file_format',
      'files of several formats',
      where,
      'give each its own name, and a `query` over them',
    );
  }
  const read = formats.has('parquet')
    ? await parquetRelation(session, files)
    : formats.has('json')
      ? await jsonRelation(session, files)
      : await csvRelation(files, options);
  const row = numbered ? `, ${read.row} AS ${identifier(ROW)}` : '';
  await session.run(`CREATE VIEW ${identifier(view)} AS SELECT *${row} FROM ${read.relation}`);
  const { columns, rowsEstimate, delimiter } = read;
  return { view, files, columns, rowsEstimate, ...(delimiter === undefined ? {} : { delimiter }) };
}

type Relation = { relation: string; row: string; columns: string[]; rowsEstimate: number; delimiter?: string };

async function parquetRelation(session: Session, files: DataFile[]): Promise<Relation> {
  let rowsEstimate = 0;
  for (const file of files) rowsEstimate += await countParquet(session, file);
  const relation = `read_parquet(${listLiteral(files.map((file) => file.path))})`;
  const columns = (await session.rows(`DESCRIBE SELECT * FROM ${relation}`)).map((row) => String(row.column_name));
  return { relation, columns, rowsEstimate, row: '(file_index * 1099511627776 + file_row_number)' };
}

/** A Parquet file's rows, by its footer. @throws InputError `parquet_unreadable` */
export async function countParquet(session: Session, file: DataFile): Promise<number> {
  try {
    const [row] = await session.rows(`SELECT num_rows FROM parquet_file_metadata(${literal(file.path)})`);
    return Number(row?.num_rows ?? 0);
  } catch (error) {
    if (!isComplaint(error)) throw error;
    const what = `the Parquet file is broken or cut short (${firstLine(error).replace(/ ?'[^']*'/g, '')})`;
    throw tableError('parquet_unreadable', what, file.path, 'deliver it again', error);
  }
}

/** Of a JSON file. The database takes twice as much memory for each file that it reads at the same time. */
const OBJECT_BYTES_MAX = 1 << 24;

/** Arrays of flat objects; the columns are the keys of all of them, every value read as text. */
async function jsonRelation(session: Session, files: DataFile[]): Promise<Relation> {
  const list = listLiteral(files.map((file) => file.path));
  const how = `format = 'array', maximum_object_size = ${OBJECT_BYTES_MAX}`;
  try {
    const [shape = {}] = await session.rows(`
      SELECT count(*) AS rows, count(*) FILTER (WHERE json_type(json) IS DISTINCT FROM 'OBJECT') AS others,
        list_sort(list_distinct(flatten(list(json_keys(json))))) AS keys
      FROM read_json_objects(${list}, ${how})`);
    checkShape(shape, files);
    const columns = ((shape.keys ?? []) as unknown[]).map(String);
    const types = columns.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
    const relation = `read_json(${list}, ${how}, columns = {${types}})`;
    return { relation, columns, rowsEstimate: Number(shape.rows), row: '(row_number() OVER () - 1)' };
  } catch (error) {
    if (!isComplaint(error)) throw error;
    const where = files.map((file) => file.path).join(', ');
    const reason = firstLine(error)
      .replace(/ ?in file "[^"]*"/, '')
      .replace(/ ?Try .*$/, '');
    throw tableError(
      'json_unreadable',
      `not a JSON array of objects (${reason})`,
      where,
      'deliver it as [{...}, ...]',
      error,
    );
  }
}

function checkShape({ rows, others, keys }: Record<string, unknown>, files: DataFile[]): void {
  const where = files.map((file) => file.path).join(', ');
  if (Number(rows) === 0)
    throw tableError('source_empty', 'no rows, an empty array', where, 'deliver it with its rows');
  if (Number(others) === 0 && Array.isArray(keys) && keys.length > 0) return;
  const what = Number(others) > 0 ? `items that are none: ${others} of ${rows}` : 'its objects are empty';
  throw tableError('json_unreadable', `not a JSON array of objects (${what})`, where, 'deliver it as [{...}, ...]');
}

async function csvRelation(files: DataFile[], { spec, nullValues, signal }: ReadOptions): Promise<Relation> {
  const encoding = encodingOf(spec.encoding);
  const delimiter = spec.delimiter ?? (files.every((file) => file.tabs) ? '\t' : ',');
  let columns: string[] | undefined;
  let rowsEstimate = 0;
  for (const file of files) {
    const head: Head = await readHead(file, signal);
    if (head.bytes.length === 0) throw tableError('file_empty', 'the file is empty', file.path, 'deliver it again');
    const header = readHeader(file, head.bytes, { delimiter, encoding });
    columns ??= header;
    checkSameHeader(columns, header, files[0] as DataFile, file);
    rowsEstimate += Math.max(head.lines - 1, 0);
  }
  const types = (columns ?? []).map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  const relation = `read_csv(${listLiteral(files.map((file) => file.path))}, auto_detect = false, header = true,
    delim = ${literal(delimiter)}, quote = '"', escape = '"', strict_mode = true, encoding = ${literal(encoding)},
    nullstr = ${listLiteral(nullValues)}, columns = {${types}})`;
  return { relation, columns: columns ?? [], rowsEstimate, delimiter, row: '(row_number() OVER () - 1)' };
}

/** Rows are read by position, so files of one name must have their columns in one order. */
export function checkSameHeader(
  first: readonly string[],
  header: readonly string[],
  firstFile: DataFile,
  file: DataFile,
): void {
  if (first.length === header.length && first.every((name, i) => name === header[i])) return;
  const what = `the header differs from that of ${firstFile.shown}`;
  throw tableError('csv_header', what, file.path, 'deliver all files of a folder with the same columns in one order');
}

/** The query sees the files under their names, and nothing else. */
async function viewQuery(session: Session, { name, spec }: ReadOptions, named: Map<string, NamedFiles>) {
  const view = `${name}_query`;
  const files = [...named].map(([file, { view: inner }]) => `${identifier(file)} AS (FROM ${identifier(inner)})`);
  const query = (spec.query ?? '').trim().replace(/;\s*$/, '');
  const where = `columns.sources.${name}.query`;
  try {
    await session.run(`CREATE VIEW ${identifier(view)} AS WITH ${files.join(', ')} SELECT * FROM (${query}\n)`);
  } catch (error) {
    if (!isComplaint(error)) throw error;
    for (const one of named.values()) checkDelimiter(one);
    throw tableError('sql_invalid', `the query is refused (${firstLine(error)})`, where, 'correct it', error);
  }
  const described = await session.rows(`DESCRIBE SELECT * FROM ${identifier(view)}`);
  const columns = described.map((row) => String(row.column_name));
  checkColumns({ view, columns, files: [], rowsEstimate: 0 }, spec, where, name);
  return { view, columns };
}

/** Every column that the configuration takes by name is there. */
function checkColumns(read: NamedFiles, spec: SourceSpec, where: string, source: string): void {
  checkDelimiter(read);
  for (const [name, column] of Object.entries(spec.columns)) {
    const raw = column.from ?? name;
    if (column.sql !== undefined || read.columns.includes(raw)) continue;
    const near = nearestName(raw, read.columns);
    const key = `columns.sources.${source}.columns.${name}.from`;
    const todo = near ? `if it is now "${near}", set ${key}` : `set ${key} to one of: ${shorten(read.columns)}`;
    throw tableError('column_missing', `column "${raw}" is missing`, where, todo);
  }
}

function checkDelimiter({ columns, files, delimiter }: NamedFiles): void {
  const other = delimiter === undefined ? undefined : otherDelimiter(columns, delimiter);
  if (other === undefined) return;
  const what = `only one column found, "${shorten(columns)}", with delimiter "${delimiter}"`;
  const todo = `set \`delimiter: ${JSON.stringify(other)}\``;
  throw tableError('csv_delimiter', what, files[0]?.path ?? '', todo);
}

/** Names as a message lists them. */
export function shorten(names: readonly string[]): string {
  const text = names.join(', ');
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
