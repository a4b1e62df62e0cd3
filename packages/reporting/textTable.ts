export type TextColumn = {
  header: string;
  /** Numbers to the right. Default left. */
  align?: 'left' | 'right';
  /** Longer cells are cut and end in `...`. Default 48 characters. */
  width_max?: number;
};

/**
 * An aligned plain-text table: a header, a line of dashes, one line a row, two blanks between columns, no blanks at line
 * ends, no last line break. Line breaks and other control characters in cells are written as escapes.
 */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => columns.map((column, i) => fit(row[i] ?? '', column.width_max ?? 48)));
  const headers = columns.map((column) => column.header);
  const widths = columns.map((_, i) => Math.max(...[headers, ...cells].map((row) => size(row[i] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => pad(cell, widths[i] as number, columns[i]?.align ?? 'left'))
      .join('  ')
      .trimEnd();
  return [line(headers), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)].join('\n');
}

/** Aligned `name  value` lines. */
export function textList(entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => size(name)));
  return entries.map(([name, value]) => `${pad(oneLine(name), width, 'left')}  ${oneLine(value)}`.trimEnd()).join('\n');
}

/** A heading with a line of `=` or `-` under it. */
export function textHeading(title: string, underline: '=' | '-' = '-'): string {
  return `${oneLine(title)}\n${underline.repeat(size(oneLine(title)))}`;
}

function fit(cell: string, width: number): string {
  const characters = [...oneLine(cell)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 3).join('')}...`;
}

/** The text with line breaks and other control characters written as escapes. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}|\p{Zl}|\p{Zp}/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[^\\]$/, '\ufffd'),
  );
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - size(cell)));
  return align === 'right' ? blanks + cell : cell + blanks;
}

function size(text: string): number {
  return [...text].length;
}
