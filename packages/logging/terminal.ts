import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { MultiBar, Presets, type SingleBar } from 'cli-progress';

let bars: MultiBar | null = null;
let barsCount = 0;

/** Writes a whole line (with its newline) to stderr; above the bars while there are some. */
export function writeToStderr(line: string): void {
  if (bars) bars.log(line);
  else writeFully(line);
}

export function hasTerminal(): boolean {
  return isatty(2);
}

/** A bar on the terminal; all bars of the process stand one below the other. */
export function addBar(name: string, total: number): SingleBar {
  bars ??= new MultiBar(
    {
      stream: process.stderr,
      format: '{name} {bar} {percentage} % {eta_formatted} {label}',
      hideCursor: true,
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
    },
    Presets.shades_grey,
  );
  barsCount += 1;
  return bars.create(total, 0, { name, label: '' });
}

export function removeBar(bar: SingleBar): void {
  bar.stop();
  bars?.remove(bar);
  barsCount -= 1;
  if (barsCount > 0) return;
  bars?.stop();
  bars = null;
}

/** A pipe that nobody empties for a moment says EAGAIN; one whose reader went away says EPIPE, and nobody is left to tell. */
function writeFully(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else return;
    }
  }
}
