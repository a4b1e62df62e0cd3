import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { formatMetrics } from '@pilotlight/logging';

type Summary = { status: string; overall_drift: boolean; features_drifted: number };

/** What alarms listen to; see `infra/components/alarms.ts`. */
const NAMESPACE = 'Pilotlight';

/** Something was to be compared; the others say that there was no reference yet. */
const STATUSES = ['drift', 'no_drift', 'not_measurable'];

/**
 * The metrics of a step that measured drift, as a line for its log: `DriftDetected` (0 or 1), `FeaturesDrifted` and
 * `DriftNotMeasurable` (0 or 1), by stack and pipeline. Null where none of the outputs has a `drift_summary.json`, or there was nothing
 * to compare with: no baseline is not "no drift". The same for "not measurable", which leaves the first two out.
 *
 * @param outputs the step's output folders
 */
export function driftMetrics(
  outputs: Readonly<Record<string, string>>,
  { stack, pipeline, runId, time }: { stack: string; pipeline: string; runId: string; time: Date },
): string | null {
  const file = Object.values(outputs)
    .map((folder) => path.join(folder, 'drift_summary.json'))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) return null;
  const summary = JSON.parse(readFileSync(file, 'utf8')) as Summary;
  if (!STATUSES.includes(summary.status)) return null;
  const isMeasured = summary.status !== 'not_measurable';
  return formatMetrics({
    namespace: NAMESPACE,
    dimensions: { Stack: stack, Pipeline: pipeline },
    values: {
      DriftDetected: { value: isMeasured ? Number(summary.overall_drift) : null, unit: 'Count' },
      FeaturesDrifted: { value: isMeasured ? summary.features_drifted : null, unit: 'Count' },
      DriftNotMeasurable: { value: Number(!isMeasured), unit: 'Count' },
    },
    properties: { run_id: runId },
    time,
  });
}
