import { parseArgs } from 'node:util';
import { InputError } from '@pilotlight/errors';
import { HOURS } from './data.ts';

export type Work = 'drift' | 'train' | 'predict' | 'consumption';
export type Options = { works: Work[]; rows: number; columns: number; customers: number; json: boolean };

/** In the order in which they run: a prediction needs the model. */
const WORKS: readonly Work[] = ['drift', 'train', 'predict', 'consumption'];

const HELP = `./dev bench [${WORKS.join('] [')}] [all] [--rows N] [--columns N] [--customers N] [--json]
  Pilotlight against Python on the same files, in the same run: from Parquet to the result, each in its own process.
  drift, train, predict   two tables, against pyarrow, numpy, scipy and lightgbm; predict trains first
  consumption             hourly meter readings to customer-months, against polars and against duckdb
  --rows N       rows of each of the two tables (default 200000)
  --columns N    their feature columns (default 50)
  --customers N  customers in the meter file, ${HOURS} rows each (default 2010; 20099 is the full size)
  --json         print the rows as JSON`;

/**
 * What the command line asks for, or the text of `--help`.
 *
 * @throws InputError `usage`
 */
export function readOptions(args: readonly string[]): Options | string {
  const { values, positionals } = parse(args);
  if (values.help) return HELP;
  const unknown = positionals.filter((name) => name !== 'all' && !WORKS.includes(name as Work));
  if (unknown.length > 0) throw usage('no such bench', unknown.join(', '), `use ${WORKS.join(', ')} or all`);
  return {
    works: chosen(positionals),
    rows: count('--rows', values.rows, 1000),
    columns: count('--columns', values.columns, 10),
    customers: count('--customers', values.customers, 1),
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rows: { type: 'string', default: '200000' },
        columns: { type: 'string', default: '50' },
        customers: { type: 'string', default: '2010' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    const what = (error as Error).message.split(/\.\s|\n/)[0] as string;
    throw usage(what, 'bench', '--help shows the options');
  }
}

function chosen(names: readonly string[]): Work[] {
  if (names.length === 0 || names.includes('all')) return [...WORKS];
  return WORKS.filter((work) => names.includes(work) || (work === 'train' && names.includes('predict')));
}

function count(option: string, text: string, min: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    throw usage('no count', `${option} ${text}`, `give a whole number from ${min}`);
  return value;
}

function usage(what: string, where: string, todo: string): InputError {
  return new InputError({ code: 'usage', what, where, todo });
}
