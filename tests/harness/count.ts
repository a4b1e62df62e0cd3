/** What one item of the run (a test file, cargo, a linter) came to. */
export type Counts = { passed: number; failed: number; skipped: number };

/**
 * The counts in uvu's closing lines. Null when they are not there: the file has no `test.run()`, or died before it.
 * uvu leaves skipped tests out of its total.
 */
export function countUvu(output: string): Counts | null {
  const total = lastNumber(output, /^ {2}Total: +(\d+)$/gm);
  const passed = lastNumber(output, /^ {2}Passed: +(\d+)$/gm);
  const skipped = lastNumber(output, /^ {2}Skipped: +(\d+)$/gm);
  if (total === null || passed === null || skipped === null) return null;
  return { passed, failed: total - passed, skipped };
}

/** The sum over cargo's `test result:` lines; null when there is none. */
export function countCargo(output: string): Counts | null {
  const lines = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm)];
  if (lines.length === 0) return null;
  const sum = (group: number) => lines.reduce((all, line) => all + Number(line[group]), 0);
  return { passed: sum(1), failed: sum(2), skipped: sum(3) };
}

/**
 * An item's counts from what its program printed and how it ended: no test run, or a bad end without a failed test to
 * show for it, is one failure.
 */
export function judge(found: Counts | null, endedWell: boolean): Counts {
  const counts = found ?? { passed: 0, failed: 0, skipped: 0 };
  const nothingRan = counts.passed + counts.failed + counts.skipped === 0;
  const unexplained = !endedWell && counts.failed === 0;
  return nothingRan || unexplained ? { ...counts, failed: counts.failed + 1 } : counts;
}

export function addCounts(all: readonly Counts[]): Counts {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const one of all) {
    sum.passed += one.passed;
    sum.failed += one.failed;
    sum.skipped += one.skipped;
  }
  return sum;
}

export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function lastNumber(text: string, pattern: RegExp): number | null {
  const found = [...text.matchAll(pattern)].at(-1)?.[1];
  return found === undefined ? null : Number(found);
}
