import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '@pilotlight/artifacts';
import type { RunReport } from '@pilotlight/pipeline';
import type { DriftReport } from '@pilotlight/reporting';
import { MODEL_TYPES } from './config.ts';
import { type MetricsFacts, writeMetricsLog } from './metricsLog.ts';
import type { TrainingFacts } from './modelReport.ts';
import type { SummaryFacts } from './summaryPage.ts';

/** Where a run's results stand; what a run does not have is left out. */
export type Places = { report: string; drift?: string; models: string[] };

export type FinishedRun = { runId: string; steps: MetricsFacts['steps'] };

/** A finished run's figures from its files. */
export function collectMetrics({ report, drift, models }: Places, { runId, steps }: FinishedRun): MetricsFacts {
  const summary = readJson<SummaryFacts>(path.join(report, 'summary.json'));
  return {
    executionDate: summary?.execution_date ?? '',
    runId,
    dataset: summary?.dataset ?? '',
    models: models.flatMap(modelFacts),
    pooled: summary?.cross_validation ?? null,
    drift: driftFacts(drift),
    segments: (summary?.segments ?? []).map((segment) => ({
      modelType: segment.model_type,
      riskCategory: segment.risk_category,
      customers: segment.customers,
      share: segment.share,
      probabilityMean: segment.probability_mean,
    })),
    steps,
  };
}

/** The figures of a run on this machine, which are written beside its results too. */
export async function recordMetrics(out: string, report: RunReport): Promise<MetricsFacts> {
  const places = {
    report: path.join(out, 'report'),
    drift: path.join(out, 'drift'),
    models: MODEL_TYPES.map((type) => path.join(out, 'models', type)),
  };
  const steps = report.steps.flatMap((step) =>
    step.duration_s === undefined
      ? []
      : [{ name: step.name, durationS: step.duration_s, rssBytesMax: step.rss_bytes_max ?? null }],
  );
  const facts = collectMetrics(places, { runId: report.run_id, steps });
  await writeMetricsLog(openStore(path.join(out, 'metrics-logs')), facts);
  return facts;
}

/** Where to look, and six lines of result. */
export function printResults(out: string, facts: MetricsFacts, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ out, ...facts })}\n`);
    return;
  }
  const lines = [
    `Summary: ${path.join(out, 'report', 'summary.html')}`,
    `Scored    ${total(facts)} contracts of ${facts.dataset} as of ${facts.executionDate}`,
    `Models    ${facts.models.length === 0 ? 'as given' : facts.models.map(modelLine).join('; ')}`,
    `Drift     ${facts.drift.verdict}`,
    `Segments  ${facts.segments.length} risk categories; highest risk: ${highest(facts)}`,
    `Time      ${facts.steps.reduce((sum, step) => sum + step.durationS, 0).toFixed(1)} s in ${facts.steps.length} steps, at most ${peak(facts)} MiB each`,
    `Log       ${path.join(out, 'metrics-logs', `run_${facts.executionDate}_${facts.runId}.txt`)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const total = (facts: MetricsFacts) => facts.segments.reduce((sum, segment) => sum + segment.customers, 0);
const peak = (facts: MetricsFacts) =>
  (Math.max(0, ...facts.steps.map((step) => step.rssBytesMax ?? 0)) / 2 ** 20).toFixed(0);

function modelLine(model: MetricsFacts['models'][number]): string {
  const split = ['cross_validation', 'inference', 'test'].find((name) => model.metrics[name]?.roc_auc != null);
  const figures = split && model.metrics[split];
  if (!figures) return `${model.modelType} trained`;
  return `${model.modelType} ROC-AUC ${figures.roc_auc?.toFixed(4)}, PR-AUC ${figures.pr_auc?.toFixed(4)} (${split.replace('_', '-')})`;
}

function highest(facts: MetricsFacts): string {
  const ranked = facts.segments.filter((segment) => segment.riskCategory !== 'INCORRIENTE');
  const top = ranked.toSorted((a, b) => b.probabilityMean - a.probabilityMean)[0];
  return top
    ? `${top.modelType} ${top.riskCategory}, ${top.customers} contracts, mean probability ${top.probabilityMean.toFixed(3)}`
    : 'none';
}

function modelFacts(folder: string): MetricsFacts['models'] {
  const training = readJson<TrainingFacts>(path.join(folder, 'training.json'));
  if (!training) return [];
  const metrics = Object.entries(training.metrics).map(([split, values]) => [
    split,
    { roc_auc: values.roc_auc ?? null, pr_auc: values.average_precision ?? null },
  ]);
  return [
    {
      modelType: training.model_type,
      rows: training.rows,
      trees: training.best_iteration,
      threshold: training.threshold,
      metrics: Object.fromEntries(metrics),
    },
  ];
}

function driftFacts(folder: string | undefined): MetricsFacts['drift'] {
  const report = folder === undefined ? undefined : readJson<DriftReport>(path.join(folder, 'drift_report.json'));
  if (!report) return { verdict: 'not measured', severities: {}, top: [] };
  const severities: Record<string, number> = {};
  for (const { severity_counts: counts } of report.model_types) {
    for (const [severity, count] of Object.entries(counts)) severities[severity] = (severities[severity] ?? 0) + count;
  }
  const top = report.model_types.flatMap((type) =>
    type.top_features.map(({ name, psi, severity }) => ({ modelType: type.model_type, feature: name, psi, severity })),
  );
  const sorted = top.toSorted((a, b) => (b.psi ?? Number.POSITIVE_INFINITY) - (a.psi ?? Number.POSITIVE_INFINITY));
  const verdict =
    report.status === 'skipped' ? report.reason : `${report.overall_drift ? 'found' : 'none'}: ${report.reason}`;
  return { verdict, severities, top: sorted.slice(0, 10) };
}

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}
