import { constants } from 'node:os';

export type Stop = {
  signal: AbortSignal;
  exitCode(): number;
  /** From now on the outputs stand: a process that has to end at once ends well. */
  settle(): void;
  settled(): boolean;
  end(): void;
};

/** SageMaker and the runner give two minutes and more before they kill. */
const GRACE_MS = 10_000;

/**
 * Aborts on SIGINT, SIGTERM, or the end of whoever started the step. A step that does not listen is ended after ten seconds, by
 * `onForced` and then at once.
 */
export function watchForStop(supervised: boolean, onForced: (exitCode: number) => void): Stop {
  const controller = new AbortController();
  let [exitCode, settled] = [0, false];
  const force = () => {
    if (!settled) onForced(exitCode);
    process.exit(settled ? 0 : exitCode);
  };
  const stop = (name: 'SIGINT' | 'SIGTERM') => {
    if (controller.signal.aborted) return;
    exitCode = 128 + constants.signals[name];
    controller.abort(new Error('stopped'));
    setTimeout(force, GRACE_MS).unref();
  };
  const [onInt, onTerm] = [() => stop('SIGINT'), () => stop('SIGTERM')];
  process.on('SIGINT', onInt);
  process.on('SIGTERM', onTerm);
  if (supervised) {
    process.stdin.on('error', onTerm).on('end', onTerm).resume();
    process.stdin.unref();
  }
  const end = () => {
    process.off('SIGINT', onInt);
    process.off('SIGTERM', onTerm);
    if (supervised) process.stdin.off('error', onTerm).off('end', onTerm).pause();
  };
  const settle = () => {
    settled = true;
  };
  return { signal: controller.signal, exitCode: () => exitCode, settle, settled: () => settled, end };
}
