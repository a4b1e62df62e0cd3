import { EXIT, InputError } from '@pilotlight/errors';

export type Failure = { exitCode: number; message: string; fields: Record<string, unknown> };

const DISK_FULL = /ENOSPC|no space left on device|disk( is)? full|os error 28/i;

/** A thrown value as one line, the exit code that it stands for, and what only the log needs to know. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof InputError) {
    return { exitCode: EXIT.input, message: error.message, fields: { code: error.code } };
  }
  const { code, message = String(error), path, stack } = (error ?? {}) as NodeJS.ErrnoException;
  const line = oneLine(message);
  if (code === 'ENOSPC' || DISK_FULL.test(line)) {
    const where = path ?? line;
    const message = `the disk is full: ${where}: free some space, then run the same command again`;
    return { exitCode: EXIT.failure, message, fields: { code: 'disk_full' } };
  }
  return { exitCode: EXIT.failure, message: line, fields: { code: code ?? 'unexpected', stack } };
}

export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
