import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunReport } from '@pilotlight/pipeline';
import { formatCount, formatFixed, textList } from '@pilotlight/reporting';

type Facts = {
  evaluation: {
    pr_auc: number | null;
    roc_auc: number | null;
    precision: number | null;
    recall: number | null;
    experiment: string;
  } | null;
  comparison: {
    experiments: { experiment: string; role: string; pr_auc: number | null; roc_auc: number | null }[];
  } | null;
  registration: { version: number; status: string; champion_version: number | null; reasons: string[] } | null;
  scored: {
    rows: number;
    model_version: number;
    tiers: Record<string, { customers: number }>;
    expected_monthly_loss_eur: number;
    text_scorer: string | null;
  } | null;
  recommendations: { decisions: { offer: number }; expected_value_eur: number; offers_cost_eur: number } | null;
  drift: {
    status: string;
    reason: string;
    drift_detected: boolean;
    features_drifted: number;
    features_analysed: number;
  } | null;
};

/** Prints what a finished run made: where to look, and a line a subject; or all of it as one JSON document. */
export function printChurnResults(out: string, report: RunReport, json: boolean): void {
  const facts = readFacts(out, report);
  if (json) {
    const { run_id, status, steps } = report;
    process.stdout.write(`${JSON.stringify({ out, run_id, status, ...facts, steps })}\n`);
    return;
  }
  process.stdout.write(`${textList(describe(out, facts, report))}\n`);
}

function readFacts(out: string, report: RunReport): Facts {
  const trained = report.steps.some(({ name, status }) => name === 'Train' && status !== 'not_run');
  const read = <T>(...names: string[]): T | null => {
    const file = path.join(out, ...names);
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : null;
  };
  return {
    evaluation: trained ? read('evaluation', 'evaluation.json') : null,
    comparison: trained ? read('models', 'comparison.json') : null,
    registration: trained ? read('registration', 'registration.json') : null,
    scored: read('scored', 'summary.json'),
    recommendations: read('recommendations', 'summary.json'),
    drift: read('monitoring', 'drift_summary.json'),
  };
}

function describe(out: string, facts: Facts, report: RunReport): [string, string][] {
  const { evaluation, scored, recommendations, drift } = facts;
  const lines: [string, string][] = [];
  if (evaluation) lines.push(...describeModel(out, facts));
  if (scored) lines.push(['Scored', describeScores(scored)]);
  if (recommendations) {
    const { decisions, expected_value_eur: value, offers_cost_eur: cost } = recommendations;
    const worth = `worth ${formatCount(Math.round(value))} EUR after ${formatCount(Math.round(cost))} EUR of offers`;
    lines.push(['Offers', `${formatCount(decisions.offer)} recommended, ${worth}`]);
  }
  if (drift) lines.push(['Drift', describeDrift(drift)]);
  lines.push(['Time', describeTime(report)]);
  lines.push(['Customers', path.join(out, 'recommendations', 'recommendations.csv')]);
  return lines;
}

function describeModel(out: string, { evaluation, comparison, registration }: Facts): [string, string][] {
  const figures = `PR-AUC ${formatFixed(evaluation?.pr_auc)}, ROC-AUC ${formatFixed(evaluation?.roc_auc)} on customers that training never saw`;
  const beside = (comparison?.experiments ?? [])
    .filter(({ role }) => role === 'beside')
    .map(({ experiment, pr_auc }) => `${experiment} ${formatFixed(pr_auc)}`);
  const decision = registration
    ? `version ${registration.version} ${registration.status}: ${registration.reasons.join('; ')}`
    : '-';
  return [
    ['Report', path.join(out, 'evaluation', 'report.html')],
    ['Model', `${evaluation?.experiment}: ${figures}`],
    ...(beside.length > 0 ? [['Beside', `PR-AUC out of fold: ${beside.join(', ')}`] as [string, string]] : []),
    ['Registry', decision],
  ];
}

function describeScores({
  rows,
  model_version,
  tiers,
  expected_monthly_loss_eur: loss,
}: NonNullable<Facts['scored']>): string {
  const counts = Object.entries(tiers).map(([tier, { customers }]) => `${tier} ${formatCount(customers)}`);
  return `${formatCount(rows)} customers by version ${model_version}: ${counts.join(', ')}; ${formatCount(Math.round(loss))} EUR a month at risk`;
}

function describeDrift({
  status,
  reason,
  drift_detected,
  features_drifted,
  features_analysed,
}: NonNullable<Facts['drift']>): string {
  if (status === 'reference_saved') return 'nothing to compare yet: this run is the reference';
  return `${drift_detected ? 'found' : 'none'}: ${features_drifted} of ${features_analysed} features (${reason})`;
}

function describeTime({ steps }: RunReport): string {
  const seconds = steps.reduce((sum, step) => sum + (step.duration_s ?? 0), 0);
  const ran = steps.filter((step) => step.duration_s !== undefined);
  const peak = Math.max(0, ...ran.map((step) => step.rss_bytes_max ?? 0)) / 2 ** 20;
  return `${seconds.toFixed(1)} s in ${ran.length} steps, at most ${peak.toFixed(0)} MiB each`;
}
