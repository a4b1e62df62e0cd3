import { formatCount, formatFixed, formatShare } from '../format.ts';
import { oneLine, type TextColumn, textHeading, textList, textTable } from '../textTable.ts';
import { rankByPsi } from './buildDriftReport.ts';
import { type DriftReport, type FeatureDrift, type ModelTypeDrift, TOP_FEATURES } from './driftReport.ts';
import {
  COLUMN_NOTES,
  describeThresholds,
  describeZeroRule,
  FEATURE_HEADERS,
  featureCells,
  NUMERIC_HEADERS,
  STATUS_NAMES,
} from './words.ts';

/** Bins shown of a feature, those that contribute most. */
const BINS_SHOWN = 12;

/** A summary for a text editor, by model type; one named `skipped` when nothing was compared. Each ends in a line break. */
export function renderDriftText(report: DriftReport): Record<string, string> {
  if (report.model_types.length === 0)
    return { skipped: join([headLines(report, null), `Result: ${oneLine(report.reason)}`]) };
  return Object.fromEntries(report.model_types.map((type) => [type.model_type, renderType(report, type)]));
}

function renderType(report: DriftReport, type: ModelTypeDrift): string {
  const drifted = rankByPsi(type.features).filter((feature) => feature.drifted);
  return join([
    headLines(report, type.model_type),
    factLines(report, type),
    section(`TOP ${TOP_FEATURES} BY PSI`, featureTable(rankByPsi(type.features).slice(0, TOP_FEATURES))),
    section('PREDICTION DRIFT', predictionLines(type)),
    section('DRIFTED FEATURES, BIN BY BIN', drifted.slice(0, TOP_FEATURES).map(binLines).join('\n\n') || 'none'),
    drifted.length > TOP_FEATURES ? `The bins of all ${drifted.length} drifted features: drift_report.json.` : '',
    section('NOT MEASURABLE', unmeasuredTable(type)),
    section('THRESHOLDS', textList([...describeThresholds(report), ['Zero rule', describeZeroRule(type)]])),
    section('COLUMNS', COLUMN_NOTES.join('\n')),
  ]);
}

function headLines(report: DriftReport, modelType: string | null): string {
  const title = modelType === null ? 'DRIFT REPORT' : `DRIFT REPORT: ${modelType}`;
  return textHeading(`${title}, ${report.execution_date}`, '=');
}

function factLines(report: DriftReport, type: ModelTypeDrift): string {
  const { severity_counts: counts } = type;
  const kind = type.reference_kind === 'profile' ? 'a profile: KS from bins, with its error' : 'raw rows: KS exact';
  return textList([
    ['Result', STATUS_NAMES[type.status].toUpperCase()],
    ['Why', type.reason],
    ['Reference', `${report.reference ?? 'not named'} (${formatCount(type.reference_rows)} rows; ${kind})`],
    ['Current', `${report.current ?? 'not named'} (${formatCount(type.current_rows)} rows)`],
    ['Features analysed', formatCount(type.features_analyzed)],
    ['Drifted', `${formatCount(type.features_drifted)} (${formatShare(type.drifted_share)} of the measured)`],
    ['Not measurable', formatCount(type.features_not_measurable)],
    [
      'Severity',
      Object.entries(counts)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
    ],
  ]);
}

function featureTable(features: readonly FeatureDrift[]): string {
  if (features.length === 0) return 'none';
  const columns = FEATURE_HEADERS.map(
    (header): TextColumn => ({ header, align: NUMERIC_HEADERS.includes(header) ? 'right' : 'left' }),
  );
  return textTable(columns, features.map(featureCells));
}

function predictionLines({ prediction }: ModelTypeDrift): string {
  if (!prediction) return 'not compared: there is no baseline model to predict with';
  const rows = `${formatCount(prediction.reference_rows)} reference and ${formatCount(prediction.current_rows)} current rows`;
  const unmeasured = prediction.columns.filter((column) => column.status !== 'measured');
  return [
    rows,
    featureTable(rankByPsi(prediction.columns)),
    ...unmeasured.map((column) => oneLine(`${column.name}: not measurable: ${column.reason}`)),
  ].join('\n');
}

function binLines(feature: FeatureDrift): string {
  const size = (index: number) => {
    const bin = feature.bins[index];
    return bin?.contribution_infinite ? Number.MAX_VALUE : Math.abs(bin?.contribution ?? 0);
  };
  const order = feature.bins.map((_, index) => index).toSorted((a, b) => size(b) - size(a) || a - b);
  const shown = new Set(order.slice(0, BINS_SHOWN));
  const bins = feature.bins.filter((_, index) => shown.has(index));
  const right = (header: string): TextColumn => ({ header, align: 'right' });
  const columns = [{ header: 'Bin' }, right('Reference'), right('Current'), right('Contribution')];
  const rows = bins.map((bin) => [
    bin.label,
    formatShare(bin.reference_share, 2),
    formatShare(bin.current_share, 2),
    bin.contribution_infinite ? 'infinite' : formatFixed(bin.contribution),
  ]);
  const lines = [`${oneLine(feature.name)} (${feature.severity})`, textTable(columns, rows)];
  if (bins.length < feature.bins.length)
    lines.push(`and ${feature.bins.length - bins.length} bins that contribute less`);
  if (feature.unseen_categories_count > 0) lines.push(oneLine(describeUnseen(feature)));
  return lines.join('\n');
}

/** `Not in the reference: A, B, and 3 more.` */
export function describeUnseen(feature: FeatureDrift): string {
  const more = feature.unseen_categories_count - feature.unseen_categories.length;
  return `Not in the reference: ${feature.unseen_categories.join(', ')}${more > 0 ? `, and ${more} more` : ''}.`;
}

function unmeasuredTable(type: ModelTypeDrift): string {
  const features = type.features.filter((feature) => feature.status !== 'measured');
  if (features.length === 0) return 'none';
  const rows = features.map((feature) => [feature.name, feature.kind, feature.reason ?? '']);
  return textTable([{ header: 'Feature' }, { header: 'Kind' }, { header: 'Why', width_max: 120 }], rows);
}

function section(title: string, body: string): string {
  return `${textHeading(title)}\n${body}`;
}

function join(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
