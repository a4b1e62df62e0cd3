import { posix } from 'node:path';
import { functionError } from '../errors.ts';

export const DATASETS = ['clie', 'pola', 'hfac'] as const;
export type Dataset = (typeof DATASETS)[number];

/**
 * The data set that a file belongs to, by name: the one of `clie`, `pola`, `hfac` that is a word of the name, in capitals or not. Words
 * are runs of letters: `CLIE_20261121.csv` has one, `clientes.csv` has none. The nearest name decides: that of the file in the archive,
 * then the folders that it is in there, then that of the archive.
 *
 * @param fetched name of the fetched file
 * @param member path in the archive; the file's own name where it is none
 * @throws InputError `dataset_unknown`: none of the three, or more than one
 */
export function datasetOf(fetched: string, member: string): Dataset {
  const names = [posix.basename(member), posix.dirname(member), fetched];
  const found = names.map(datasetsIn).find((datasets) => datasets.length > 0) ?? [];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const what = only === undefined ? 'the name tells no data set' : `the name tells ${found.join(' and ')}`;
  const where = member === fetched ? fetched : `${member} in ${fetched}`;
  throw functionError(
    'dataset_unknown',
    what,
    where,
    `put one of ${DATASETS.join(', ')} in it, as in clie_20261121.csv`,
  );
}

function datasetsIn(name: string): Dataset[] {
  const words = new Set(name.toLowerCase().match(/\p{L}+/gu) ?? []);
  return DATASETS.filter((dataset) => words.has(dataset));
}
