import { ArtifactError, type Store } from '@pilotlight/artifacts';

export type MetricsFacts = {
  executionDate: string;
  runId: string;
  dataset: string;
  models: {
    modelType: string;
    rows: Record<string, number>;
    trees: number;
    threshold: number | null;
    /** Split -> metric -> value. */
    metrics: Record<string, { roc_auc?: number | null; pr_auc?: number | null }>;
  }[];
  /** Out-of-fold figures of all models together, or null. */
  pooled: { roc_auc: number | null; pr_auc: number | null } | null;
  drift: {
    /** Whether it was found, and why, in one line. */
    verdict: string;
    severities: Record<string, number>;
    top: { modelType: string; feature: string; psi: number | null; severity: string | null }[];
  };
  segments: { modelType: string; riskCategory: string; customers: number; share: number; probabilityMean: number }[];
  steps: { name: string; durationS: number; rssBytesMax: number | null }[];
};

const WIDTH = 78;
const SPLIT_ORDER = ['train', 'test', 'inference', 'cross_validation'];

/** The run's metrics for a text editor. The layout is a contract: people compare weeks by eye and by script. */
export function renderMetricsLog(facts: MetricsFacts): string {
  const lines = [
    '='.repeat(WIDTH),
    `SEGMENTATION METRICS   ${facts.executionDate}   run ${facts.runId}   data ${facts.dataset}`,
    '='.repeat(WIDTH),
    ...section('MODELS', modelLines(facts)),
    ...section('DRIFT', driftLines(facts)),
    ...section('SEGMENTS', segmentLines(facts)),
    ...section('STEPS', stepLines(facts)),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** A week's log is written again when another run got there first. */
const ATTEMPTS_MAX = 10;
const TEXT_BYTES_MAX = 16 * 2 ** 20;

/**
 * Writes the run's log, and the week's: all run logs of the same ISO week, by date. Of two runs that end at the same moment each
 * finds the other's: the week is read again and written again until nobody has changed it in between.
 *
 * @param store a run's own folder `metrics-logs`, or the bucket's
 * @returns the keys of the two files
 * @throws ArtifactError `changed` where the week was never still
 */
export async function writeMetricsLog(store: Store, facts: MetricsFacts): Promise<{ run: string; week: string }> {
  const run = `run_${facts.executionDate}_${facts.runId}.txt`;
  await store.write(run, renderMetricsLog(facts));
  const name = isoWeek(facts.executionDate);
  const week = `week_${name}.txt`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeWeek(store, week, name);
      return { run, week };
    } catch (error) {
      const lost = error instanceof ArtifactError && ['changed', 'exists'].includes(error.code);
      if (!lost || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function writeWeek(store: Store, key: string, week: string): Promise<void> {
  const before = await store.readText(key, { bytesMax: TEXT_BYTES_MAX });
  const texts: string[] = [];
  for await (const log of store.list()) {
    const date = /^run_(\d{4}-\d{2}-\d{2})_.*\.txt$/.exec(log.key)?.[1];
    if (date === undefined || isoWeek(date) !== week) continue;
    const found = await store.readText(log.key, { bytesMax: TEXT_BYTES_MAX });
    if (found) texts.push(found.text);
  }
  await store.write(key, texts.join('\n'), before ? { ifVersion: before.version } : { ifAbsent: true });
}

/** ISO 8601 week of a date: `2026-W02`. */
export function isoWeek(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const year = day.getUTCFullYear();
  const week = Math.ceil(((day.getTime() - Date.UTC(year, 0, 1)) / 86_400_000 + 1) / 7);
  return `${year}-W${String(week).padStart(2, '0')}`;
}

const section = (title: string, lines: string[]): string[] => ['', title, '-'.repeat(WIDTH), ...lines];

function modelLines({ models, pooled }: MetricsFacts): string[] {
  const header = columns('model', 'split', 'rows', 'roc_auc', 'pr_auc', 'threshold', 'trees');
  const rows = models.flatMap((model) =>
    SPLIT_ORDER.filter((split) => model.metrics[split]).map((split) =>
      columns(
        model.modelType,
        split,
        String(model.rows[split] ?? ''),
        decimals(model.metrics[split]?.roc_auc, 4),
        decimals(model.metrics[split]?.pr_auc, 4),
        decimals(model.threshold, 4),
        String(model.trees),
      ),
    ),
  );
  if (models.length === 0) return ['no model was trained'];
  const both = columns(
    'all',
    'cross_validation',
    '',
    decimals(pooled?.roc_auc, 4),
    decimals(pooled?.pr_auc, 4),
    '',
    '',
  );
  return [header, ...rows, ...(pooled ? [both] : [])];
}

function columns(
  model: string,
  split: string,
  rows: string,
  roc: string,
  pr: string,
  threshold: string,
  trees: string,
) {
  return `${model.padEnd(12)}${split.padEnd(18)}${rows.padStart(10)}${roc.padStart(10)}${pr.padStart(10)}${threshold.padStart(11)}${trees.padStart(7)}`;
}

function driftLines({ drift }: MetricsFacts): string[] {
  const counts = Object.entries(drift.severities).map(([severity, count]) => `${severity} ${count}`);
  const top = drift.top.map(
    (feature, i) =>
      `${String(i + 1).padStart(2)}. ${feature.modelType.padEnd(12)}${feature.feature.padEnd(36)}psi ${decimals(feature.psi, 4).padStart(8)}  ${feature.severity ?? ''}`,
  );
  return [`overall: ${drift.verdict}`, ...(counts.length > 0 ? [counts.join('   ')] : []), ...top];
}

function segmentLines({ segments }: MetricsFacts): string[] {
  const header = `${'model'.padEnd(12)}${'risk category'.padEnd(24)}${'customers'.padStart(12)}${'share'.padStart(10)}${'mean prob.'.padStart(12)}`;
  return [
    header,
    ...segments.map(
      (segment) =>
        `${segment.modelType.padEnd(12)}${segment.riskCategory.padEnd(24)}${String(segment.customers).padStart(12)}${decimals(segment.share, 4).padStart(10)}${decimals(segment.probabilityMean, 4).padStart(12)}`,
    ),
  ];
}

function stepLines({ steps }: MetricsFacts): string[] {
  return steps.map(
    (step) =>
      `${step.name.padEnd(30)}${step.durationS.toFixed(1).padStart(9)} s${(step.rssBytesMax === null ? '-' : (step.rssBytesMax / 2 ** 20).toFixed(0)).padStart(9)} MiB`,
  );
}

const decimals = (value: number | null | undefined, digits: number): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits);
