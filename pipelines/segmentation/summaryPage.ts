import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeFile, writeJson } from '@pilotlight/artifacts';
import type { StepContext } from '@pilotlight/pipeline';
import {
  drawBars,
  drawSegmentMap,
  figures,
  formatCount,
  formatFixed,
  formatShare,
  html,
  note,
  renderPage,
  table,
} from '@pilotlight/reporting';
import pl, { type LazyDataFrame } from 'nodejs-polars';
import { type AppConfig, MODEL_TYPES } from './config.ts';
import type { FeatureSet } from './featureSet.ts';
import { pooledFigures } from './modelEvaluation.ts';
import { executionDate } from './stepInputs.ts';
import { readTypes, type ScoredType } from './steps/inferenceReporting.ts';

export type Segment = {
  model_type: string;
  risk_category: string;
  customers: number;
  share: number;
  probability_mean: number;
  observed_rate: number | null;
  /** Of the rows that training never saw: the honest one. */
  observed_rate_unseen: number | null;
};

/** `report/summary.json`: the figures of the page. */
export type SummaryFacts = {
  schema_version: 1;
  execution_date: string;
  dataset: string;
  target: string;
  contracts: number;
  incorrientes: Record<string, number>;
  segments: Segment[];
  thresholds: Record<string, number[]>;
  unseen_categories: Record<string, ScoredType['unseenCategories']>;
  drift: { status: string; overall_drift: boolean; reason: string } | null;
  /** Out-of-fold predictions of all model types together; null without cross-validation. */
  cross_validation: { roc_auc: number | null; pr_auc: number | null } | null;
};

type Cell = { model_type: string; risk_category: string; cat_and: string; customers: number };

type Request = {
  config: AppConfig;
  featureSet: FeatureSet;
  scored: readonly ScoredType[];
  out: { clusters: string; benchmark: string; report: string };
};

/** Writes `summary.json` and the page that a person opens first. */
export async function writeSummary(context: StepContext, request: Request): Promise<void> {
  const { config, scored, out } = request;
  const clusters = pl.concat(readTypes(out.clusters, executionDate(context)));
  const segments = await countSegments(clusters);
  const cells = (await count(clusters, ['model_type', 'risk_category', 'cat_and'])) as Cell[];
  const reasons = await count(clusters.filter(pl.col('up_to_date').not()), ['incorriente_reason']);
  const facts: SummaryFacts = {
    schema_version: 1,
    execution_date: executionDate(context),
    dataset: config.dataset,
    target: config.modeling.target_description,
    contracts: segments.reduce((sum, segment) => sum + segment.customers, 0),
    incorrientes: Object.fromEntries(reasons.map((row) => [String(row.incorriente_reason), Number(row.customers)])),
    segments: segments.toSorted(bySeverity(config)),
    thresholds: Object.fromEntries(scored.map((one) => [one.modelType, one.thresholds])),
    unseen_categories: Object.fromEntries(scored.map((one) => [one.modelType, one.unseenCategories])),
    drift: readDrift(context),
    cross_validation: pooledFigures(
      [context.inputs.domestic, context.inputs.industrial].filter((folder) => folder !== undefined),
    ),
  };
  await writeJson(path.join(out.report, 'summary.json'), facts);
  await writeFile(path.join(out.report, 'summary.html'), await renderSummary(facts, cells, request));
}

async function countSegments(clusters: LazyDataFrame): Promise<Segment[]> {
  const frame = await clusters
    .groupBy(['model_type', 'risk_category'])
    .agg(
      pl.len().cast(pl.Float64).alias('customers'),
      pl.col('probability').mean().alias('probability_mean'),
      pl.col('target').cast(pl.Float64).mean().alias('observed_rate'),
      pl
        .when(pl.col('split').eq(pl.lit('inference')))
        .then(pl.col('target').cast(pl.Float64))
        .otherwise(pl.lit(null))
        .mean()
        .alias('observed_rate_unseen'),
    )
    .withColumns(pl.col('customers').div(pl.col('customers').sum()).alias('share'))
    .sort(['model_type', 'risk_category'])
    .collect();
  return frame.toRecords() as Segment[];
}

async function count(clusters: LazyDataFrame, by: string[]): Promise<Record<string, unknown>[]> {
  const frame = await clusters.groupBy(by).agg(pl.len().cast(pl.Float64).alias('customers')).sort(by).collect();
  return frame.toRecords();
}

/** By model type, then from the lowest risk to the highest; incorrientes last. */
function bySeverity(config: AppConfig) {
  const names = [...config.clustering.risk_names, 'INCORRIENTE'];
  return (a: Segment, b: Segment) =>
    a.model_type.localeCompare(b.model_type, 'en') || names.indexOf(a.risk_category) - names.indexOf(b.risk_category);
}

function readDrift(context: StepContext): SummaryFacts['drift'] {
  const file = context.inputs.drift && path.join(context.inputs.drift, 'drift_summary.json');
  if (!file || !existsSync(file)) return null;
  const { status, overall_drift, reason } = JSON.parse(readFileSync(file, 'utf8'));
  return { status, overall_drift, reason };
}

async function renderSummary(
  facts: SummaryFacts,
  cells: Cell[],
  { config, scored, featureSet }: Request,
): Promise<string> {
  const late = Object.values(facts.incorrientes).reduce((sum, rows) => sum + rows, 0);
  const types = MODEL_TYPES.filter((type) => scored.some((one) => one.modelType === type));
  return renderPage({
    title: `Segmentation, ${facts.execution_date}`,
    subtitle: `Data set ${facts.dataset}. Outcome: ${facts.target}.`,
    cards: [
      { name: 'Contracts scored', value: formatCount(facts.contracts) },
      { name: 'Not up to date', value: formatCount(late), more: formatShare(late / facts.contracts) },
      ...scored.map((one) => modelCard(one)),
      driftCard(facts),
    ],
    sections: [
      { title: 'Risk categories', body: html`${await riskCharts(facts, types)}${segmentTable(facts)}` },
      { title: 'Risk by tenure', body: await segmentMaps(cells, types, config) },
      { title: 'Not up to date (incorrientes)', body: incorrientesTable(facts) },
      { title: 'Models', body: modelsTable(scored, featureSet) },
      { title: 'Seen for the first time', body: unseenNotes(facts) },
    ],
  });
}

function modelCard({ modelType, archive }: ScoredType) {
  const { metrics } = archive.metadata;
  const split = ['cross_validation', 'inference', 'test'].find((name) => metrics[name]?.roc_auc != null);
  const value = formatFixed(split === undefined ? null : (metrics[split]?.roc_auc ?? null));
  return {
    name: `${modelType} ROC-AUC`,
    value,
    more: split === undefined ? 'no labelled rows' : split.replace('_', '-'),
  };
}

function driftCard({ drift }: SummaryFacts) {
  if (!drift) return { name: 'Drift', value: 'not measured' };
  const measured = drift.status === 'drift' || drift.status === 'no_drift';
  if (!measured) return { name: 'Drift', value: 'not measured', more: drift.reason };
  return {
    name: 'Drift',
    value: drift.overall_drift ? 'found' : 'none',
    more: drift.reason,
    tone: drift.overall_drift ? ('warn' as const) : ('good' as const),
  };
}

async function riskCharts(facts: SummaryFacts, types: readonly string[]) {
  const charts = types.map(async (type) => ({
    svg: await drawBars(
      facts.segments
        .filter((segment) => segment.model_type === type)
        .map((segment) => ({ name: segment.risk_category, value: segment.probability_mean })),
      {
        title: `${type}: mean probability by risk category`,
        measure: 'Mean probability',
        format: (value) => formatShare(value),
      },
    ),
  }));
  return figures(await Promise.all(charts));
}

function segmentTable(facts: SummaryFacts) {
  return table(
    'Contracts by model type and risk category',
    [
      { header: 'Model type' },
      { header: 'Risk category' },
      { header: 'Contracts', numeric: true },
      { header: 'Share', numeric: true },
      { header: 'Mean probability', numeric: true },
      { header: 'Observed, rows unseen in training', numeric: true },
    ],
    facts.segments.map((segment) => [
      segment.model_type,
      segment.risk_category,
      formatCount(segment.customers),
      formatShare(segment.share),
      formatFixed(segment.probability_mean),
      formatFixed(segment.observed_rate_unseen),
    ]),
  );
}

async function segmentMaps(cells: readonly Cell[], types: readonly string[], config: AppConfig) {
  const bands = ['Desconocido', 'Cliente Nuevo', ...config.clustering.tenure_bands.map((band) => band.name)];
  const tenures = bands.filter((name) => cells.some((cell) => cell.cat_and === name));
  const names = [...config.clustering.risk_names.toReversed(), 'INCORRIENTE'];
  const risks = names.filter((name) => cells.some((cell) => cell.risk_category === name));
  const maps = types.map(async (type) => {
    const own = cells.filter((cell) => cell.model_type === type);
    const all = own.reduce((sum, cell) => sum + cell.customers, 0);
    const svg = await drawSegmentMap(
      own.map((cell) => ({ risk: cell.risk_category, tenure: cell.cat_and, value: cell.customers / all })),
      { title: `${type}: share of contracts`, risks, tenures },
    );
    return { svg };
  });
  return figures(await Promise.all(maps));
}

function incorrientesTable(facts: SummaryFacts) {
  const rows = Object.entries(facts.incorrientes).map(([reason, rows]) => [reason, formatCount(rows)]);
  return html`${note('They keep their score, but are left out of the risk quantiles and form their own category.')}${table(
    'By reason',
    [{ header: 'Reason' }, { header: 'Contracts', numeric: true }],
    rows,
  )}`;
}

function modelsTable(scored: readonly ScoredType[], featureSet: FeatureSet) {
  return table(
    'Models used',
    [
      { header: 'Model type' },
      { header: 'Trained as of' },
      { header: 'Trees', numeric: true },
      { header: 'Features', numeric: true },
      { header: 'Threshold', numeric: true },
      { header: 'Contracts', numeric: true },
    ],
    scored.map(({ modelType, archive, rows }) => [
      modelType,
      archive.metadata.execution_date,
      formatCount(archive.metadata.best_iteration),
      formatCount(featureSet.model_types[modelType]?.features.length),
      formatFixed(archive.metadata.threshold),
      formatCount(rows),
    ]),
  );
}

function unseenNotes(facts: SummaryFacts) {
  const rows = Object.entries(facts.unseen_categories).flatMap(([type, columns]) =>
    Object.entries(columns).map(([column, { rows, examples }]) => [
      type,
      column,
      formatCount(rows),
      examples.join(', '),
    ]),
  );
  return table(
    'Categories that training did not see, taken as missing',
    [{ header: 'Model type' }, { header: 'Column' }, { header: 'Contracts', numeric: true }, { header: 'Examples' }],
    rows,
  );
}
