import { join } from 'node:path';
import { writeJson } from '@pilotlight/artifacts';

/** `skipped`: done by an earlier run from the same inputs. `not_run`: its branch was not chosen, or the run had ended. */
export type NodeStatus = 'waiting' | 'running' | 'succeeded' | 'skipped' | 'failed' | 'interrupted' | 'not_run';

export type NodeReport = {
  name: string;
  kind: string;
  status: NodeStatus;
  fingerprint?: string;
  /** Null when a signal ended the step. */
  exit_code?: number | null;
  signal?: string;
  duration_s?: number;
  rss_bytes_max?: number | null;
  started?: string;
  ended?: string;
  /** The step's log, relative to the run's folder. */
  log?: string;
  /** Why it failed, in one line. */
  message?: string;
  /** A condition's result. */
  holds?: boolean;
};

/** `run.json`: the only file of a run with times in it. */
export type RunReport = {
  schema_version: 1;
  run_id: string;
  pipeline: string;
  execution_date: string;
  status: 'running' | 'succeeded' | 'failed' | 'interrupted';
  /** What the command exits with: 0, the failed step's, the fail step's, or 128 + the signal's number. */
  exit_code: number;
  message?: string;
  source_fingerprint: string;
  parameters: Record<string, string>;
  inputs: Record<string, string | null>;
  steps: NodeReport[];
  started: string;
  ended: string | null;
};

export async function writeReport(out: string, report: RunReport): Promise<void> {
  await writeJson(join(out, 'run.json'), report);
}
