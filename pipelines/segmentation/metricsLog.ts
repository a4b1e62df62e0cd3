import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeFile } from '@pilotlight/artifacts';

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

/**
 * Writes the run's log, and the week's: all run logs of the same ISO week, oldest first.
 *
 * @returns the two files
 */
export async function writeMetricsLog(folder: string, facts: MetricsFacts): Promise<{ run: string; week: string }> {
  mkdirSync(folder, { recursive: true });
  const run = path.join(folder, `run_${facts.executionDate}_${facts.runId}.txt`);
  await writeFile(run, renderMetricsLog(facts));
  const name = isoWeek(facts.executionDate);
  const logs = readdirSync(folder).filter((file) => {
    const date = /^run_(\d{4}-\d{2}-\d{2})_.*\.txt$/.exec(file)?.[1];
    return date !== undefined && isoWeek(date) === name;
  });
  const week = path.join(folder, `week_${name}.txt`);
  const texts = logs.sort().map((file) => readFileSync(path.join(folder, file), 'utf8'));
  await writeFile(week, texts.join('\n'));
  return { run, week };
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
