import { drawDriftBins } from '../charts/drawDriftBins.ts';
import { drawPsiBars } from '../charts/drawPsiBars.ts';
import { formatCount, formatFixed, formatShare, UNKNOWN } from '../format.ts';
import { type Content, html, type Markup } from '../html.ts';
import {
  type Card,
  details,
  figures,
  note,
  renderPage,
  type Section,
  type TableCell,
  type Tone,
  table,
} from '../page.ts';
import { rankByPsi } from './buildDriftReport.ts';
import type { DriftReport, FeatureDrift, ModelTypeDrift } from './driftReport.ts';
import { describeUnseen } from './renderDriftText.ts';
import { type DriftSummary, summarizeDrift } from './summarizeDrift.ts';
import {
  COLUMN_NOTES,
  describeThresholds,
  describeZeroRule,
  FEATURE_HEADERS,
  featureCells,
  NUMERIC_HEADERS,
  STATUS_NAMES,
} from './words.ts';

/** Charts of one model type on the page; features past it (by PSI) are in the table and in the JSON only. */
export const CHARTS_MAX = 300;
const BINS_SHOWN = 30;

/** The drift report as one self-contained page, a small chart for each drifted feature. */
export async function renderDriftHtml(report: DriftReport): Promise<string> {
  const sections: Section[] = [{ title: 'Result', body: note(report.reason, STATUS_TONES[report.status]) }];
  for (const type of report.model_types)
    sections.push({ title: type.model_type, body: await renderType(report, type) });
  sections.push({ title: 'How to read it', body: renderNotes(report) });
  return renderPage({
    title: 'Drift report',
    subtitle: html`${report.execution_date}. Reference: ${report.reference ?? 'none'}. Current: ${report.current ?? 'none'}.`,
    cards: summaryCards(summarizeDrift(report)),
    sections,
  });
}

const STATUS_TONES: Record<DriftReport['status'], Tone> = {
  drift: 'bad',
  no_drift: 'good',
  not_measurable: 'warn',
  skipped: 'warn',
};

const SEVERITY_TONES: Record<string, Tone> = { HIGH: 'bad', MODERATE: 'warn', LOW: 'warn' };

function summaryCards(summary: DriftSummary): Card[] {
  const measured = `of ${formatCount(summary.features_measured)} measured`;
  const psi = summary.psi_max_infinite ? 'infinite' : formatFixed(summary.psi_max);
  const prediction = summary.prediction_drift === 'NOT_MEASURED' ? UNKNOWN : summary.prediction_drift;
  return [
    { name: 'Result', value: STATUS_NAMES[summary.status], tone: STATUS_TONES[summary.status] },
    { name: 'Features drifted', value: formatCount(summary.features_drifted), more: measured },
    { name: 'Share drifted', value: formatShare(summary.drifted_share) },
    {
      name: 'Not measurable',
      value: formatCount(summary.features_not_measurable),
      ...(summary.features_not_measurable > 0 ? { tone: 'warn' as const } : {}),
    },
    { name: 'Largest PSI', value: psi, ...(summary.top_feature === null ? {} : { more: summary.top_feature }) },
    {
      name: 'Prediction drift',
      value: prediction,
      more:
        summary.prediction_drift === 'NOT_MEASURED' ? 'not measured' : `PSI ${formatFixed(summary.prediction_psi_max)}`,
    },
  ];
}

async function renderType(report: DriftReport, type: ModelTypeDrift): Promise<Content> {
  const ranked = rankByPsi(type.features);
  const drifted = ranked.filter((feature) => feature.drifted);
  const top = ranked.slice(0, type.top_features.length);
  return [
    note(type.reason, STATUS_TONES[type.status]),
    factTable(report, type),
    html`<h3>Largest drift</h3>`,
    top.length === 0 ? null : figures([{ svg: await drawPsiBars(top, report.thresholds, `Top ${top.length} by PSI`) }]),
    featureTable(`Top ${top.length} by PSI`, top),
    html`<h3>Prediction drift</h3>`,
    await renderPrediction(type),
    html`<h3>Drifted features</h3>`,
    await renderDrifted(drifted),
    html`<h3>Not measurable</h3>`,
    unmeasuredTable(type.features),
    html`<h3>All features</h3>`,
    details(`${type.features_measured} measured features, by PSI`, featureTable('All measured features', ranked)),
  ];
}

function factTable(report: DriftReport, type: ModelTypeDrift): Markup {
  const kind = type.reference_kind === 'profile' ? 'a profile (KS from bins, with its error)' : 'raw rows (KS exact)';
  return table(
    'What was compared',
    [{ header: 'Fact' }, { header: 'Value' }],
    [
      ['Reference', `${report.reference ?? 'not named'}: ${formatCount(type.reference_rows)} rows, ${kind}`],
      ['Current', `${report.current ?? 'not named'}: ${formatCount(type.current_rows)} rows`],
      ['Features analysed', formatCount(type.features_analyzed)],
      ['Measured', formatCount(type.features_measured)],
      ['Drifted', `${formatCount(type.features_drifted)} (${formatShare(type.drifted_share)} of the measured)`],
      ['Not measurable', formatCount(type.features_not_measurable)],
      ...Object.entries(type.severity_counts).map(([name, count]) => [`Severity ${name}`, formatCount(count)]),
      ['Zero rule', describeZeroRule(type)],
    ],
  );
}

function featureTable(caption: string, features: readonly FeatureDrift[]): Markup {
  const columns = FEATURE_HEADERS.map((header) => ({ header, numeric: NUMERIC_HEADERS.includes(header) }));
  const rows = features.map((feature) => {
    const cells: TableCell[] = featureCells(feature);
    const tone = SEVERITY_TONES[feature.severity ?? ''];
    return tone ? [...cells.slice(0, -1), { text: feature.severity, tone }] : cells;
  });
  return table(caption, columns, rows);
}

async function renderPrediction({ prediction }: ModelTypeDrift): Promise<Content> {
  if (!prediction) return html`<p>Not compared: there is no baseline model to predict with.</p>`;
  const measured = rankByPsi(prediction.columns);
  const charts: { svg: string }[] = [];
  for (const column of measured) charts.push({ svg: await drawDriftBins(column.name, column.bins) });
  const rows = `${formatCount(prediction.reference_rows)} reference rows, ${formatCount(prediction.current_rows)} current rows`;
  const unmeasured = prediction.columns.filter((column) => column.status !== 'measured');
  return [
    featureTable(`Outputs of the model: ${rows}`, measured),
    figures(charts),
    unmeasured.length === 0 ? null : unmeasuredTable(unmeasured),
  ];
}

async function renderDrifted(drifted: readonly FeatureDrift[]): Promise<Content> {
  if (drifted.length === 0) return html`<p>None.</p>`;
  const charts: { svg: string; caption: Content }[] = [];
  for (const feature of drifted.slice(0, CHARTS_MAX)) {
    const svg = await drawDriftBins(feature.name, feature.bins);
    const [, , psi, chance, statistic, p] = featureCells(feature);
    const unseen = feature.unseen_categories_count > 0 ? ` ${describeUnseen(feature)}` : '';
    const pooled = feature.pooled_categories > 0 ? ` ${feature.pooled_categories} rare categories pooled.` : '';
    const caption = `${feature.severity}, PSI ${psi} (by chance ${chance}), ${statistic}, p ${p}.${unseen}${pooled}`;
    charts.push({ svg, caption });
  }
  const left = drifted.length - charts.length;
  return [
    figures(charts),
    left > 0 ? html`<p>${left} more are in drift_report.json.</p>` : null,
    drifted.slice(0, CHARTS_MAX).map((feature) => details(`Bins of ${feature.name}`, binTable(feature))),
  ];
}

function binTable(feature: FeatureDrift): Markup {
  const numeric = (header: string) => ({ header, numeric: true });
  const shown = feature.bins.slice(0, BINS_SHOWN);
  const cut = shown.length < feature.bins.length ? `, the first ${shown.length} of ${feature.bins.length} bins` : '';
  return table(
    `${feature.name}: rows and shares by bin${cut}`,
    [
      { header: 'Bin' },
      numeric('Reference rows'),
      numeric('Current rows'),
      numeric('Reference share'),
      numeric('Current share'),
      numeric('Contribution to PSI'),
    ],
    shown.map((bin) => [
      bin.label,
      formatCount(bin.reference_count),
      formatCount(bin.current_count),
      formatShare(bin.reference_share, 2),
      formatShare(bin.current_share, 2),
      bin.contribution_infinite ? 'infinite' : formatFixed(bin.contribution),
    ]),
  );
}

function unmeasuredTable(features: readonly FeatureDrift[]): Markup {
  const rows = features.filter((feature) => feature.status !== 'measured');
  return table(
    'Neither drift nor no drift',
    [{ header: 'Feature' }, { header: 'Kind' }, { header: 'Why' }],
    rows.map((feature) => [feature.name, feature.kind, feature.reason]),
  );
}

function renderNotes(report: DriftReport): Content {
  return [
    table('Thresholds', [{ header: 'Name' }, { header: 'Meaning' }], describeThresholds(report)),
    html`<ul>${COLUMN_NOTES.map((text) => html`<li>${text}</li>`)}</ul>`,
  ];
}
