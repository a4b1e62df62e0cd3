const COLUMNS = 140;

/** JSON that people can read: what fits on a line stands on one, lists of texts fill theirs. CloudFormation takes 51,200 bytes. */
export function formatTemplate(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  if (value === null || typeof value !== 'object' || indent.length + line.length <= COLUMNS) return line;
  const inner = `${indent} `;
  if (!Array.isArray(value)) {
    const entries = Object.entries(value).map(
      ([key, item]) => `${JSON.stringify(key)}: ${formatTemplate(item, inner)}`,
    );
    return `{\n${entries.map((entry) => `${inner}${entry}`).join(',\n')}\n${indent}}`;
  }
  const lines = value.every((item) => typeof item === 'string')
    ? fill(value, COLUMNS - inner.length)
    : value.map((item) => formatTemplate(item, inner));
  return `[\n${lines.map((entry) => `${inner}${entry}`).join(',\n')}\n${indent}]`;
}

/** As many texts a line as there is room for. */
function fill(texts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const text of texts.map((one) => JSON.stringify(one))) {
    const joined = `${lines.at(-1)}, ${text}`;
    if (lines.length > 0 && joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(text);
  }
  return lines;
}
