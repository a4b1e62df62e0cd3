import { existsSync, globSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { tableError } from './errors.ts';
import { nearestName } from './nearestName.ts';

export type FileFormat = 'csv' | 'json' | 'parquet' | 'zip';
/** `shown`: the path relative to the data folder, for people and reports. */
export type DataFile = { path: string; shown: string; format: FileFormat; gzip: boolean; tabs: boolean };

/**
 * The data files that a name of the configuration stands for, sorted by path.
 *
 * In a folder, names that begin with `.` or `_` and files of other formats are passed over.
 *
 * @param pattern a file, folder or glob below `folder`
 * @throws InputError `file_missing`, `file_format`, `file_empty`, `path_outside`
 */
export function findFiles(folder: string, pattern: string): DataFile[] {
  if (path.isAbsolute(pattern) || pattern.split(/[\\/]/).includes('..')) {
    throw tableError('path_outside', 'a file outside the data folder', pattern, 'name one inside, relative to it');
  }
  checkFolder(folder);
  const paths = /[*?[{]/.test(pattern) ? globFiles(folder, pattern) : namedFiles(folder, pattern);
  const files = paths.map((file) => dataFile(folder, file));
  const empty = files.find((file) => statSync(file.path).size === 0);
  if (empty) throw tableError('file_empty', 'the file is empty (0 bytes)', empty.path, 'deliver it again');
  return files;
}

/** The format that a file's name tells; undefined for any other file. */
export function formatOf(file: string): Pick<DataFile, 'format' | 'gzip' | 'tabs'> | undefined {
  const name = path.basename(file).toLowerCase();
  if (name.endsWith('.parquet')) return { format: 'parquet', gzip: false, tabs: false };
  if (name.endsWith('.zip')) return { format: 'zip', gzip: false, tabs: false };
  if (name.endsWith('.json')) return { format: 'json', gzip: false, tabs: false };
  const text = /\.(csv|tsv|txt)(\.gz)?$/.exec(name);
  return text ? { format: 'csv', gzip: text[2] !== undefined, tabs: text[1] === 'tsv' } : undefined;
}

/** Data files below a folder, sorted by path. */
export function listFolder(folder: string): string[] {
  const found: string[] = [];
  const visit = (inner: string): void => {
    for (const entry of readdirSync(inner, { withFileTypes: true })) {
      if (/^[._]/.test(entry.name)) continue;
      const full = path.join(inner, entry.name);
      if (statSync(full).isDirectory()) visit(full);
      else if (formatOf(full)) found.push(full);
    }
  };
  visit(folder);
  return found.sort(byCodeUnits);
}

function namedFiles(folder: string, pattern: string): string[] {
  const named = path.join(folder, pattern);
  if (!existsSync(named)) throw missing(folder, pattern);
  if (!statSync(named).isDirectory()) return [named];
  const files = listFolder(named);
  if (files.length > 0) return files;
  throw tableError('file_missing', 'no data file in the folder', named, `put files there that end in ${KNOWN}`);
}

function globFiles(folder: string, pattern: string): string[] {
  const matches = globSync(pattern, { cwd: folder }).map((match) => path.join(folder, match));
  const files = matches.filter((match) => statSync(match).isFile() && formatOf(match)).sort(byCodeUnits);
  if (files.length > 0) return files;
  throw tableError('file_missing', `no data file matches "${pattern}"`, folder, 'correct the pattern or the folder');
}

function dataFile(folder: string, file: string): DataFile {
  const format = formatOf(file);
  if (!format) throw tableError('file_format', 'unknown kind of file', file, `give one that ends in ${KNOWN}`);
  return { path: path.resolve(file), shown: path.relative(folder, file), ...format };
}

function checkFolder(folder: string): void {
  if (!existsSync(folder)) throw tableError('file_missing', 'no such folder', folder, 'correct the path of the data');
  if (!statSync(folder).isDirectory()) {
    throw tableError('file_missing', 'a file where a folder is wanted', folder, 'give the folder that holds it');
  }
}

function missing(folder: string, pattern: string): Error {
  const parent = path.join(folder, path.dirname(pattern));
  const near = existsSync(parent) ? nearestName(path.basename(pattern), readdirSync(parent)) : undefined;
  const todo = near ? `there is "${near}": correct the name` : 'correct the name or the folder';
  return tableError('file_missing', 'no such file or folder', path.join(folder, pattern), todo);
}

const KNOWN = '.csv, .tsv, .txt (also .gz, .zip), .json, .zip or .parquet';
const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
