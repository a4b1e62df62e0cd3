import { existsSync, readFileSync } from 'node:fs';
import { writeJson } from '@pilotlight/artifacts';
import { createLogger, createProgress, type Logger, type Progress } from '@pilotlight/logging';
import { sourceFingerprint } from '../sourceFingerprint.ts';

/**
 * Generates data unless those of the same call stand there, so that a run on them can skip what it has done.
 *
 * @param marker file that says what the data were made from
 * @param data folder that must stand beside it
 */
export async function generateOnce(
  { marker, data, facts }: { marker: string; data: string; facts: object },
  generate: (watch: { log: Logger; progress: Progress }) => Promise<void>,
): Promise<void> {
  const made = { ...facts, source: sourceFingerprint() };
  const isMade = existsSync(marker) && readFileSync(marker, 'utf8') === `${JSON.stringify(made, null, 2)}\n`;
  if (isMade && existsSync(data)) return;
  const log = createLogger({ step: 'generate' });
  const progress = createProgress(log, 'generate');
  try {
    await generate({ log, progress });
  } finally {
    progress.end();
  }
  await writeJson(marker, made);
}
