/** What differs from run to run and from machine to machine, and what stands for it in a comparison. */
const VOLATILE: [RegExp, string][] = [
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'],
  [/(?<![0-9a-f])[0-9a-f]{12,64}(?![0-9a-f])/g, 'HASH'],
  [/\b\d+\.\d+ s\b/g, 'N s'],
  [/\b\d+ MiB\b/g, 'N MiB'],
  [/-{3,}/g, '---'],
  [/ +/g, ' '],
];

/** Anything may stand in the place of this line. */
const GAP = '...';

/** How far a number with a decimal point may be from the one shown: another processor adds in another order. */
const DEVIATION_MAX = 0.05;

/**
 * Whether the shown lines are what was printed: all of it, or, around lines `...`, parts of it in their order.
 *
 * @returns what is not there, or null
 */
export function findDifference(shown: readonly string[], printed: string): string | null {
  const found = plainLines(printed.split('\n'));
  const parts = splitAt(plainLines(shown));
  let from = 0;
  for (const [i, part] of parts.entries()) {
    const at = startOf(found, part, { from, last: i === 0 ? 0 : found.length });
    if (at === null) return part.join('\n');
    from = at + part.length;
  }
  const isWhole = parts.length === 1;
  return isWhole && from !== found.length ? `nothing of: ${found.slice(from).join('\n')}` : null;
}

/** Lines without their volatile parts; empty lines at both ends are none. */
const plainLines = (lines: readonly string[]) => lines.join('\n').trim().split('\n').map(plain);

const plain = (line: string) => VOLATILE.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), line).trim();

function splitAt(lines: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line === GAP) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts;
}

/** The first place, `from` to `last`, where the part stands. */
function startOf(
  lines: readonly string[],
  part: readonly string[],
  { from, last }: { from: number; last: number },
): number | null {
  for (let at = from; at <= Math.min(last, lines.length - part.length); at += 1) {
    if (part.every((line, i) => isSame(line, lines[at + i] ?? ''))) return at;
  }
  return null;
}

function isSame(shown: string, printed: string): boolean {
  const [left, right] = [shown.split(' '), printed.split(' ')];
  return left.length === right.length && left.every((word, i) => isNear(word, right[i] ?? ''));
}

function isNear(shown: string, printed: string): boolean {
  if (shown === printed) return true;
  const number = /^([-+]?\d+\.\d+(?:e-?\d+)?)(\D*)$/;
  const [left, right] = [number.exec(shown), number.exec(printed)];
  if (!left || !right || left[2] !== right[2]) return false;
  const [a, b] = [Number(left[1]), Number(right[1])];
  return Math.abs(a - b) <= DEVIATION_MAX * Math.max(Math.abs(a), Math.abs(b));
}
