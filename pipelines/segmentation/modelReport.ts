import path from 'node:path';
import { writeFile, writeJson } from '@pilotlight/artifacts';
import type { BinaryMetrics } from '@pilotlight/evaluation';
import {
  drawImportances,
  drawRanking,
  drawTraining,
  figures,
  formatCount,
  formatFixed,
  importanceRows,
  renderPage,
  table,
} from '@pilotlight/reporting';
import type { ModelType } from './config.ts';
import type { TrainingResults } from './steps/train.ts';

/** `training.json`: what the metrics log and later steps read of a model. */
export type TrainingFacts = {
  schema_version: 1;
  model_type: ModelType;
  rows: Record<string, number>;
  features_count: number;
  best_iteration: number;
  threshold: number | null;
  metrics: Record<string, BinaryMetrics['metrics']>;
};

/** Writes a trained model's figures as data (JSON), as pictures (SVG) and as a page. */
export async function writeModelReport(out: string, results: TrainingResults): Promise<void> {
  const { evaluation, fitted, features, type } = results;
  const facts: TrainingFacts = {
    schema_version: 1,
    model_type: type,
    rows: features.rows,
    features_count: features.features.length,
    best_iteration: fitted.bestIteration,
    threshold: evaluation.threshold,
    metrics: evaluation.metrics,
  };
  await writeJson(path.join(out, 'training.json'), facts);
  await writeJson(path.join(out, 'evaluation.json'), { schema_version: 1, model_type: type, ...evaluation });
  await writeJson(path.join(out, 'importance.json'), {
    schema_version: 1,
    model_type: type,
    features: importanceRows(fitted.importance, results.contributions),
  });
  const pictures = await drawPictures(results);
  for (const [name, svg] of Object.entries(pictures)) await writeFile(path.join(out, `${name}.svg`), svg);
  await writeFile(path.join(out, 'report.html'), renderModelPage(results, pictures));
}

async function drawPictures(results: TrainingResults): Promise<Record<string, string>> {
  const { evaluation, fitted, contributions } = results;
  const { curves, curves_split: name } = evaluation;
  const held = evaluation.metrics[name];
  const [roc_auc, average_precision] = [held?.roc_auc ?? null, held?.average_precision ?? null];
  const [metric, history] = Object.entries(fitted.evaluations)[0] ?? ['metric', []];
  return {
    ...(await drawRanking([{ name, roc: curves.roc, pr: curves.pr, roc_auc, average_precision }], {
      positive_rate: held?.positive_rate ?? null,
      calibration: [{ name, bins: curves.calibration }],
      lift: curves.lift,
    })),
    ...(await drawImportances(importanceRows(fitted.importance, contributions))),
    training: await drawTraining([{ name: 'test', values: history }], {
      metric: metric.replace('valid_', ''),
      best_iteration: fitted.bestIteration,
    }),
  };
}

function renderModelPage(results: TrainingResults, pictures: Record<string, string>): string {
  const { type, config, evaluation, fitted, features } = results;
  const held = evaluation.metrics[evaluation.curves_split];
  const svgs = (...names: string[]) => figures(names.map((name) => ({ svg: pictures[name] ?? '' })));
  return renderPage({
    title: `${type} model`,
    subtitle: `Outcome: ${config.modeling.target_description}. Figures and curves are of the ${evaluation.curves_split} rows.`,
    cards: [
      { name: 'ROC-AUC', value: formatFixed(held?.roc_auc) },
      {
        name: 'PR-AUC',
        value: formatFixed(held?.average_precision),
        more: `of ${formatFixed(held?.positive_rate)} by chance`,
      },
      { name: 'Threshold', value: formatFixed(evaluation.threshold), more: evaluation.threshold_reason },
      { name: 'Trees', value: formatCount(fitted.bestIteration), more: `of ${formatCount(fitted.rounds)} grown` },
      { name: 'Features', value: formatCount(features.features.length), more: `${features.dropped.length} dropped` },
    ],
    sections: [
      { title: 'Figures', body: metricsTable(evaluation.metrics) },
      { title: 'How well it ranks', body: svgs('roc', 'precision_recall', 'lift', 'calibration') },
      { title: 'What it looks at', body: svgs('importance_gain', 'importance_contribution', 'importance_split') },
      { title: 'Training', body: svgs('training') },
      { title: 'Dropped columns', body: droppedTable(features.dropped) },
    ],
  });
}

const SHOWN = [
  'rows',
  'positive_rate',
  'roc_auc',
  'average_precision',
  'ks',
  'log_loss',
  'precision',
  'recall',
  'f1',
] as const;

function metricsTable(metrics: Record<string, BinaryMetrics['metrics']>) {
  const splits = Object.keys(metrics);
  const columns = [
    { header: 'Figure' },
    ...splits.map((split) => ({ header: split.replace('_', '-'), numeric: true })),
  ];
  const rows = SHOWN.map((name) => [
    name,
    ...splits.map((split) =>
      name === 'rows' ? formatCount(metrics[split]?.[name]) : formatFixed(metrics[split]?.[name]),
    ),
  ]);
  return table('By split', columns, rows);
}

const droppedTable = (dropped: { name: string; reason: string }[]) =>
  table(
    'Columns without information',
    [{ header: 'Column' }, { header: 'Reason' }],
    dropped.map((one) => [one.name, one.reason]),
  );
