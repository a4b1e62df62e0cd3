import {
  type DriftReport,
  drawDriftBins,
  type FeatureDrift,
  figures,
  formatCount,
  formatFixed,
  formatP,
  note,
  oneLine,
  renderPage,
  type Section,
  type Tone,
  table,
  textHeading,
  textList,
  textTable,
} from '@pilotlight/reporting';
import type { Alert } from './alerts.ts';
import type { ChurnConfig } from './config.ts';
import { describeGate, type MonitoringStatus, type MonitoringSummary, rankByP } from './monitoringReport.ts';

export type MonitoringPage = {
  report: DriftReport;
  summary: MonitoringSummary;
  alerts: readonly Alert[];
  config: ChurnConfig['drift'];
};

const STATUS: Record<MonitoringStatus, { name: string; tone: Tone }> = {
  drift: { name: 'Drift', tone: 'bad' },
  no_drift: { name: 'No drift', tone: 'good' },
  not_measurable: { name: 'Not measurable', tone: 'warn' },
  reference_saved: { name: 'Reference saved', tone: 'good' },
};
const TONES: Record<Alert['severity'], Tone> = { high: 'bad', medium: 'warn', low: 'warn' };

/** Charts on the page, of the features that drifted most certainly. */
const CHARTS_MAX = 40;

const HEADERS = ['Feature', 'Kind', 'Test', 'Statistic', 'p', 'q', 'PSI', 'Severity', 'Status'] as const;
const NUMERIC = new Set<string>(['Statistic', 'p', 'q', 'PSI']);

/** `drift.html`: the gate's result, the score, the features that drifted with a chart each, and all features. */
export async function renderMonitoringHtml(page: MonitoringPage): Promise<string> {
  const { summary, alerts, config } = page;
  const { name, tone } = STATUS[summary.status];
  const { features, score } = columnsOf(page);
  const drifted = features.filter((feature) => feature.drifted);
  const sections: Section[] = [
    {
      title: 'Result',
      body: [note(summary.reason, tone), alerts.map((one) => note(one.message, TONES[one.severity]))],
    },
  ];
  if (summary.status !== 'reference_saved') {
    sections.push({ title: 'Score', body: [featureTable('The score', score), figures(await charts(score))] });
    const shown = await charts(drifted.slice(0, CHARTS_MAX));
    sections.push({ title: 'Drifted features', body: [featureTable('Drifted features', drifted), figures(shown)] });
    sections.push({ title: 'All features', body: featureTable('All features', features) });
  }
  const gate = table('The gate', [{ header: 'Word' }, { header: 'Meaning' }], describeGate(config));
  sections.push({ title: 'How to read it', body: gate });
  return renderPage({
    title: 'Churn: drift',
    subtitle: `${summary.as_of}. Model ${summary.group} version ${summary.model_version}.`,
    cards: [
      { name: 'Result', value: name, tone },
      {
        name: 'Features drifted',
        value: formatCount(summary.features_drifted),
        more: `of ${formatCount(summary.features_measured)} measured`,
      },
      { name: 'Score, KS', value: formatFixed(summary.score_ks), more: `p ${formatP(summary.score_p)}` },
      {
        name: 'Customers',
        value: formatCount(summary.current_rows),
        more: `${formatCount(summary.reference_rows)} in training`,
      },
    ],
    sections,
  });
}

/** `drift.txt`: the same for a text editor. */
export function renderMonitoringText(page: MonitoringPage): string {
  const { summary, alerts, config } = page;
  const { features, score } = columnsOf(page);
  const facts = textList([
    ['Result', STATUS[summary.status].name.toUpperCase()],
    ['Why', summary.reason],
    ['Model', `${summary.group} version ${summary.model_version}`],
    ['Reference', `${formatCount(summary.reference_rows)} training rows`],
    ['Current', `${formatCount(summary.current_rows)} customers; scores of ${scoredRows(summary)}`],
    ['Not measurable', formatCount(summary.features_not_measurable)],
  ]);
  const warnings = alerts.map(({ severity, cause, message }) => oneLine(`${severity} ${cause}: ${message}`)).join('\n');
  const part = (title: string, body: string) => `${textHeading(title)}\n${body || 'none'}`;
  const lines = (list: readonly FeatureDrift[]) => {
    if (list.length === 0) return '';
    const columns = HEADERS.map((header) => ({
      header,
      align: NUMERIC.has(header) ? ('right' as const) : ('left' as const),
    }));
    return textTable(columns, list.map(cells));
  };
  const parts = [
    textHeading(`CHURN DRIFT, ${summary.as_of}`, '='),
    facts,
    part('ALERTS', warnings),
    part('SCORE', lines(score)),
    part('FEATURES', lines(features)),
    part('HOW TO READ IT', textList(describeGate(config))),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Features by the certainty of their drift, those that cannot be measured last. */
function columnsOf({ report }: MonitoringPage): { features: FeatureDrift[]; score: FeatureDrift[] } {
  const [type] = report.model_types;
  return { features: rankByP(type?.features ?? []), score: type?.prediction?.columns ?? [] };
}

function featureTable(caption: string, features: readonly FeatureDrift[]) {
  const columns = HEADERS.map((header) => ({ header, numeric: NUMERIC.has(header) }));
  const rows = features.map((feature) => {
    const all = cells(feature);
    return feature.drifted ? [...all.slice(0, -1), { text: all.at(-1) as string, tone: 'bad' as const }] : all;
  });
  return table(caption, columns, rows);
}

function cells(feature: FeatureDrift): string[] {
  const { name, kind, ks, chi_squared: chi, p, q, psi, severity, status, reason, drifted } = feature;
  const test = ks ? 'KS' : chi ? 'chi-squared' : '-';
  const statistic = formatFixed(ks?.d ?? chi?.statistic);
  const verdict = status === 'not_measurable' ? `not measurable: ${reason}` : drifted ? 'drifted' : 'ok';
  return [name, kind, test, statistic, formatP(p), formatP(q), formatFixed(psi), severity ?? '-', verdict];
}

async function charts(features: readonly FeatureDrift[]): Promise<{ svg: string; caption: string }[]> {
  const drawn: { svg: string; caption: string }[] = [];
  for (const feature of features) {
    if (feature.status !== 'measured') continue;
    const caption = `p ${formatP(feature.p)}, PSI ${formatFixed(feature.psi)}, ${feature.severity}`;
    drawn.push({ svg: await drawDriftBins(feature.name, feature.bins), caption });
  }
  return drawn;
}

function scoredRows({ score_rows }: MonitoringSummary): string {
  if (score_rows === null) return 'nobody compared';
  return score_rows === 'all' ? 'all customers' : 'customers that the model was not trained on';
}
