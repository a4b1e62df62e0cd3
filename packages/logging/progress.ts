import type { Logger } from './logger.ts';
import { addBar, hasTerminal, removeBar } from './terminal.ts';

export type Progress = {
  /** `done` and `total` in the same unit, whatever it is; `total` may change. */
  update(done: number, total: number, label?: string): void;
  end(): void;
};

export const LINE_INTERVAL_MS = 5000;
export const LINE_SHARE = 0.1;

/** Shows long work: a bar when stderr is a terminal, else a log line at most every 5 seconds or every 10 %. */
export function createProgress(log: Logger, name: string): Progress {
  return hasTerminal() ? createBar(name) : createLines(log, name);
}

/** Whether a line is due: 5 seconds or a tenth of the work after the last one. */
export function lineIsDue(last: { time_ms: number; share: number }, now: { time_ms: number; share: number }): boolean {
  return now.share - last.share >= LINE_SHARE - 1e-9 || now.time_ms - last.time_ms >= LINE_INTERVAL_MS;
}

function createLines(log: Logger, name: string): Progress {
  let last = { time_ms: performance.now(), share: 0 };
  return {
    update(done, total, label) {
      const now = { time_ms: performance.now(), share: total > 0 ? Math.min(done / total, 1) : 0 };
      if (!lineIsDue(last, now)) return;
      last = now;
      const fields = { progress: name, done, total, ...(label === undefined ? {} : { label }) };
      log.info(fields, `${name} ${Math.floor(now.share * 100)} %`);
    },
    end() {},
  };
}

function createBar(name: string): Progress {
  let bar: ReturnType<typeof addBar> | null = null;
  return {
    update(done, total, label) {
      bar ??= addBar(name, total);
      bar.setTotal(total);
      bar.update(Math.min(done, total), { label: label ?? '' });
    },
    end() {
      if (bar) removeBar(bar);
      bar = null;
    },
  };
}
