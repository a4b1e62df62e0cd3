import type { Model, RunRef, Words } from '../../api.ts';
import type { RunJson } from './runJson.ts';

/**
 * One run with its files under the names that a local run folder gives them (`scored/scores.parquet`), wherever they are.
 */
export type Run = {
  model: Model;
  pipeline: string;
  ref: RunRef;
  /** The folder or URI, for people. */
  place: string;
  /** `run.json`, or what stands for it in the cloud; null: not known. */
  report: RunJson | null;
  /** Sorted. */
  files: readonly string[];
  /** Changes when any of its files does. */
  version: string;
  /** A local path of one of `files`. */
  open(name: string): Promise<string>;
};

/** Where runs come from. Nothing of it writes but into the scratch folder. */
export type Results = {
  /** What was read, and what that leaves out. */
  source: Words;
  /** Folders that questions may read. */
  folders: readonly string[];
  /** All runs of a model, newest first; also those that failed or have no results. */
  runs(model: Model): Promise<readonly Run[]>;
  /** Changes when anything does. */
  version(): Promise<string>;
  /** What was found and could not be used, one line each. */
  faults(): Promise<readonly string[]>;
};

export const MODEL_OF: Readonly<Record<string, Model>> = {
  churn: 'churn',
  segmentation: 'segmentation',
  'segmentation-score': 'segmentation',
};

/** Newest first: by start; then those whose start nobody knows any more, by date. */
export function byNewest(a: Run, b: Run): number {
  const key = ({ ref }: Run) => `${ref.started ? `2 ${ref.started}` : `1 ${ref.as_of ?? ''}`} ${ref.run_id}`;
  return key(a) < key(b) ? 1 : key(a) > key(b) ? -1 : 0;
}
