import { isatty } from 'node:tty';
import { pino } from 'pino';
import { writeToStderr } from './terminal.ts';
import { formatText } from './text.ts';

export type Logger = {
  debug(fields: object, msg: string): void;
  info(fields: object, msg: string): void;
  warn(fields: object, msg: string): void;
  error(fields: object, msg: string): void;
  child(fields: object): Logger;
};

/** What every line of a run carries; absent keys stay absent. */
export type LogContext = { run_id?: string; step?: string; execution_date?: string; job_name?: string };

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

/**
 * A logger to stderr, written at once, so that a killed process has said all it knew.
 *
 * `PILOTLIGHT_LOG_LEVEL` (debug, info, warn, error, silent; default info) sets the level, `PILOTLIGHT_LOG_FORMAT` (json, text;
 * default text on a terminal, else json) the form. `job_name` comes from `TRAINING_JOB_NAME` or `PROCESSING_JOB_NAME`
 * where the caller gives none. Values outside these lists fall back to the default: logging never stops a run.
 */
export function createLogger(context: LogContext = {}): Logger {
  const options = {
    level: chosenLevel(process.env.PILOTLIGHT_LOG_LEVEL),
    base: withoutUndefined({ job_name: jobName(process.env), ...context }),
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const write = chosenFormat(process.env.PILOTLIGHT_LOG_FORMAT, isatty(2)) === 'text' ? writeText : writeToStderr;
  return pino(options, { write });
}

/** The first of the job's environment names that is set: training jobs and processing jobs have one each. */
export function jobName(env: NodeJS.ProcessEnv): string | undefined {
  return env.TRAINING_JOB_NAME || env.PROCESSING_JOB_NAME || undefined;
}

export function chosenLevel(wanted: string | undefined): string {
  return wanted !== undefined && LEVELS.includes(wanted) ? wanted : 'info';
}

export function chosenFormat(wanted: string | undefined, terminal: boolean): 'json' | 'text' {
  if (wanted === 'json' || wanted === 'text') return wanted;
  return terminal ? 'text' : 'json';
}

function writeText(line: string): void {
  writeToStderr(formatText(line));
}

function withoutUndefined(fields: LogContext): LogContext {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
