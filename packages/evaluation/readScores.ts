import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import pl from 'nodejs-polars';
import { checkScores, type Scores } from './scores.ts';

export type ScoreColumns = {
  score: string;
  label: string;
  weight?: string;
  /** Only rows where each of these columns has that value. */
  where?: Record<string, string | number | boolean>;
};

/**
 * Reads scores and labels from Parquet: a file, or a folder of parts (read recursively, by name, without those that start
 * with `.` or `_`). Rows without a label are left out and counted in `unlabelledRows`; labels may be Boolean, integer or
 * floating point.
 *
 * @throws InputError `scores_path`, `scores_file`, `scores_column`, `scores_null`, `scores_label`, `scores_not_finite`
 */
export function readScores(source: string, columns: ScoreColumns): Scores & { unlabelledRows: number } {
  const frames = listParquet(source).map((file) => readFrame(file, columns));
  const frame = frames.length === 1 ? (frames[0] as pl.DataFrame) : pl.concat(frames);
  const labelled = frame.filter(pl.col('label').isNotNull());
  for (const name of ['score', 'weight']) {
    if (!labelled.columns.includes(name) || labelled.getColumn(name).nullCount() === 0) continue;
    throw fault(
      'null',
      `rows without a value in column "${name}"`,
      source,
      'score every labelled row, or leave it out',
    );
  }
  const label = labelled.getColumn('label').toTypedArray() as Float64Array;
  const wrong = label.find((value) => value !== 0 && value !== 1);
  if (wrong !== undefined) throw fault('label', `label ${wrong} in column "${columns.label}"`, source, 'give 0 or 1');
  const scores: Scores = {
    score: labelled.getColumn('score').toTypedArray() as Float64Array,
    label: Uint8Array.from(label),
    ...(columns.weight ? { weight: labelled.getColumn('weight').toTypedArray() as Float64Array } : {}),
  };
  checkScores(scores);
  return { ...scores, unlabelledRows: frame.height - labelled.height };
}

/** Columns `score`, `label` and, if asked for, `weight`, as 64-bit floats. */
function readFrame(file: string, columns: ScoreColumns): pl.DataFrame {
  const { where = {}, score, label, weight } = columns;
  const wanted = { score, label, ...(weight ? { weight } : {}) };
  const scan = pl.scanParquet(file);
  const schema = readSchema(file, scan);
  for (const name of [...Object.values(wanted), ...Object.keys(where)]) {
    if (name in schema) continue;
    throw fault('column', `no column "${name}"`, file, `name one of its columns: ${Object.keys(schema).join(', ')}`);
  }
  for (const name of Object.values(wanted)) {
    const type = String((schema[name] as { variant?: string }).variant ?? schema[name]);
    if (/int|float|bool|decimal/i.test(type)) continue;
    throw fault('column', `column "${name}" has type ${type}`, file, 'give a numeric or Boolean column');
  }
  const filters = Object.entries(where).map(([name, value]) => pl.col(name).eq(pl.lit(value)));
  const rows = filters.length > 0 ? scan.filter(filters.reduce((all, one) => all.and(one))) : scan;
  return rows
    .select(...Object.entries(wanted).map(([as, name]) => pl.col(name).cast(pl.Float64).alias(as)))
    .collectSync();
}

function readSchema(file: string, scan: pl.LazyDataFrame): Record<string, unknown> {
  try {
    return scan.select(pl.all()).limit(0).collectSync().schema;
  } catch (cause) {
    const todo = 'give a whole Parquet file';
    throw new InputError({ code: 'scores_file', what: 'cannot be read as Parquet', where: file, todo, cause });
  }
}

function listParquet(source: string): string[] {
  if (!existsSync(source))
    throw fault('path', 'no such file or folder', source, 'name a Parquet file or a folder of them');
  if (!statSync(source).isDirectory()) return [source];
  const files = walk(source);
  if (files.length === 0)
    throw fault('path', 'no Parquet file in the folder', source, 'name a folder that has .parquet files');
  return files;
}

function walk(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => !/^[._]/.test(name));
  return names.sort().flatMap((name) => {
    const inner = path.join(folder, name);
    if (statSync(inner).isDirectory()) return walk(inner);
    return name.endsWith('.parquet') ? [inner] : [];
  });
}

function fault(code: string, what: string, where: string, todo: string): InputError {
  return new InputError({ code: `scores_${code}`, what, where, todo });
}
