import type { z } from 'zod';
import type { SourceSpec } from '../../../pipelines/sourceSpec.ts';

type Source = z.output<typeof SourceSpec>;
type Column = Source['columns'][string];

/** Name of a column -> what it means. */
export type Meanings = Readonly<Record<string, string>>;

export const row = (...cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

export const head = (...titles: string[]): string[] => [row(...titles), `|${titles.map(() => '---|').join('')}`];

export const code = (text: string): string => `\`${text}\``;

/**
 * The columns of a raw table as a configuration declares them.
 *
 * @throws Error for a column without a meaning, so that none is added without one
 */
export function sourceTable(source: Source, meanings: Meanings): string[] {
  return [
    `Files: ${Object.values(source.files).map(code).join(', ')}. Key: ${source.key.map(code).join(' + ')}.`,
    '',
    ...head('column', 'type', 'null', 'allowed', 'what it is'),
    ...Object.entries(source.columns).map(([name, column]) =>
      row(
        code(name),
        column.type,
        isNullable(source, name) ? 'yes' : 'no',
        allowed(column),
        meaning(name, column, meanings),
      ),
    ),
  ];
}

const isNullable = ({ key, columns }: Source, name: string) => columns[name]?.nullable !== false && !key.includes(name);

function allowed({ min, max, values }: Column): string {
  if (values) return values.map(code).join(', ');
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  return min === undefined ? '' : `from ${min}`;
}

function meaning(name: string, { description, from }: Column, meanings: Meanings): string {
  const said = meanings[name];
  if (said === undefined)
    throw new Error(`no meaning of the column ${name}: add it to tests/docs/contracts/meanings.ts`);
  return [said, description, from && `in the file: ${code(from)}`].filter(Boolean).join('; ');
}
