import { posix } from 'node:path';

/** How a fetched file is packed, and what is in a data file. */
export type Packing = 'none' | 'gzip' | 'zip' | 'tar' | 'tar.gz';
export type DataFormat = 'csv' | 'parquet';

/** Ending of the file that says what another one must hold. */
export const CHECKS_ENDING = '.checks.json';

const DATA = /\.(csv|tsv|txt|parquet)$/i;
const PACKED = /\.(zip|gz|tgz|tar|bz2|xz|7z|rar|zst)$/i;

/** What the name of a fetched file says of it; null where it is nothing that is unpacked here. */
export function packingOf(name: string): Packing | null {
  const lower = name.toLowerCase();
  if (lower.endsWith('.zip')) return 'zip';
  if (lower.endsWith('.tar')) return 'tar';
  if (/\.(tar\.gz|tgz)$/.test(lower)) return 'tar.gz';
  if (lower.endsWith('.gz')) return DATA.test(lower.slice(0, -'.gz'.length)) ? 'gzip' : null;
  return DATA.test(lower) ? 'none' : null;
}

/** What the name of a plain file says of it: delimited text, Parquet, or no data. */
export function dataFormatOf(name: string): DataFormat | null {
  const ending = DATA.exec(name)?.[1]?.toLowerCase();
  if (ending === undefined) return null;
  return ending === 'parquet' ? 'parquet' : 'csv';
}

/** Whether the name is that of an archive or a packed file. */
export const isPacked = (name: string): boolean => PACKED.test(name);

/** Names that readers of the unpacked folder pass over. */
export const isHidden = (name: string): boolean => name.split('/').some((part) => /^[._]/.test(part));

/** `clie.csv.gz` -> `clie.csv`. */
export const withoutGzip = (name: string): string => posix.basename(name).replace(/\.gz$/i, '');
