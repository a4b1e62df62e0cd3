import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { oneLine } from '../explainFailure.ts';
import { findJob, type JobPlace } from './findJob.ts';

/** SageMaker cuts there; bytes, so that no other reader counts more. */
const LAST_WORDS_BYTES_MAX = 1024;

/** `failure` becomes a training job's FailureReason, `message` a processing job's ExitMessage. */
const FILES = { training: 'output/failure', processing: 'output/message' } as const;

/**
 * Leaves why the job failed where the service looks for it: one line of at most 1024 bytes, never a stack. Never throws: the log has
 * the same line. Without a job nothing is written.
 */
export function leaveLastWords(job: JobPlace | null, message: string): void {
  if (!job) return;
  const path = fileOf(job);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, shorten(oneLine(message)));
  } catch {
    // A full or read-only disk: the exit code and the log remain.
  }
}

/** For what fails before a step is known, as a wrong option: the job is the one that this process is. */
export function leaveLastWordsOfProcess(message: string): void {
  const { env } = process;
  if (env.PILOTLIGHT_STEP_SUPERVISED !== '1') leaveLastWords(findJob(env), message);
}

/** An earlier try in the same folders is not why this one ends. */
export function forgetLastWords(job: JobPlace | null): void {
  try {
    if (job) rmSync(fileOf(job), { force: true });
  } catch {
    // Not ours to remove: it is written over, or cannot be.
  }
}

const fileOf = ({ kind, root }: JobPlace): string => join(root, FILES[kind]);

function shorten(line: string): string {
  if (Buffer.byteLength(line) <= LAST_WORDS_BYTES_MAX) return line;
  const end = '...';
  const cut = Buffer.from(line).subarray(0, LAST_WORDS_BYTES_MAX - end.length);
  // A character that was cut in two is dropped whole.
  return `${new TextDecoder().decode(cut, { stream: true })}${end}`;
}
