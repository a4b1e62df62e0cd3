import path from 'node:path';
import { writeFile } from '@pilotlight/artifacts';
import {
  drawConfusion,
  drawImportances,
  drawRanking,
  drawScoreHistogram,
  figures,
  formatCount,
  formatFixed,
  html,
  type ImportanceRow,
  note,
  renderPage,
  table,
} from '@pilotlight/reporting';
import type { Evaluation, Pictures } from './evaluation.ts';
import { compareRows, leakageRows, leakageSentence, type Rows, subgroupRows, tierRows } from './evaluationRows.ts';

type Report = { evaluation: Evaluation; importance: readonly ImportanceRow[]; pictures: Pictures; dataset: string };

/** Writes `report.html` and its pictures as SVG files. */
export async function writeReport(out: string, report: Report): Promise<void> {
  const pictures = await drawPictures(report);
  for (const [name, svg] of Object.entries(pictures)) await writeFile(path.join(out, `${name}.svg`), svg);
  await writeFile(path.join(out, 'report.html'), renderReport(report, pictures));
}

async function drawPictures({ evaluation, importance, pictures }: Report): Promise<Record<string, string>> {
  const { curves } = pictures;
  const { tp, fp, fn, tn, calibration } = evaluation;
  const series = {
    name: 'test',
    roc: curves.roc,
    pr: curves.pr,
    roc_auc: evaluation.roc_auc,
    average_precision: evaluation.pr_auc,
  };
  return {
    ...(await drawRanking([series], {
      positive_rate: evaluation.churn_rate,
      calibration: [
        { name: `calibrated (${calibration.method})`, bins: calibration.bins },
        { name: 'before calibration', bins: calibration.bins_before },
      ],
      lift: curves.lift,
    })),
    confusion: await drawConfusion(
      { true_positives: tp ?? 0, false_positives: fp ?? 0, true_negatives: tn ?? 0, false_negatives: fn ?? 0 },
      { title: `Confusion at ${formatFixed(evaluation.threshold)}`, positive: 'churner', negative: 'stayer' },
    ),
    histogram: await drawScoreHistogram(pictures.histogram, { positive: 'Churners', negative: 'Stayers' }),
    ...(await drawImportances(importance)),
  };
}

function renderReport({ evaluation, dataset }: Report, pictures: Record<string, string>): string {
  const svgs = (...names: string[]) => figures(names.map((name) => ({ svg: pictures[name] ?? '' })));
  const { gate, champion } = evaluation;
  const gateNote = note(
    `Gate ${gate.passed ? 'passed' : 'not passed'}: ${gate.reasons.join('; ')}.`,
    gate.passed ? 'good' : 'bad',
  );
  const leaks = leakageSentence(evaluation);
  return renderPage({
    title: `Churn model ${evaluation.experiment}`,
    subtitle: `Data set ${dataset}, as of ${evaluation.as_of}. Figures and curves are of ${formatCount(evaluation.n_test)} test customers that nothing of the model has seen; text scorer: ${evaluation.text_scorer ?? 'none'}.`,
    cards: keyFigures(evaluation),
    sections: [
      { title: 'Verdict', body: html`${gateNote}${leaks === null ? null : note(leaks, 'warn')}` },
      { title: 'Figures', body: figuresTable(evaluation) },
      { title: 'How well it ranks', body: svgs('precision_recall', 'roc', 'lift') },
      { title: 'How true its probabilities are', body: svgs('calibration', 'histogram') },
      { title: 'At the threshold', body: svgs('confusion') },
      {
        title: 'Risk tiers',
        body: rowsTable('Test customers by tier of their calibrated score', tierRows(evaluation.tiers)),
      },
      { title: 'What it looks at', body: svgs('importance_gain', 'importance_contribution') },
      {
        title: 'Beside it',
        body: html`${rowsTable(champion ? 'Other feature sets, and the champion' : 'Other feature sets; there is no champion', compareRows(evaluation))}`,
      },
      { title: 'Subgroups', body: rowsTable('Test customers by group', subgroupRows(evaluation.subgroups)) },
      {
        title: 'Leakage',
        body: rowsTable(
          'Levels of features that nearly are the outcome, on the training rows',
          leakageRows(evaluation.leakage),
        ),
      },
      {
        title: 'Features',
        body: html`<p>${evaluation.features.join(', ')}.</p><p>Declared absent: ${evaluation.missing.join(', ') || 'none'}.</p>`,
      },
    ],
  });
}

function keyFigures(evaluation: Evaluation) {
  const { calibration } = evaluation;
  return [
    {
      name: 'PR-AUC',
      value: formatFixed(evaluation.pr_auc),
      more: `of ${formatFixed(evaluation.churn_rate)} by chance`,
    },
    { name: 'ROC-AUC', value: formatFixed(evaluation.roc_auc) },
    {
      name: 'Precision',
      value: formatFixed(evaluation.precision),
      more: `lift ${formatFixed(evaluation.lift_at_threshold, 2)}`,
    },
    {
      name: 'Recall',
      value: formatFixed(evaluation.recall),
      more: `${formatCount(evaluation.tp)} of ${formatCount(evaluation.churners)}`,
    },
    { name: 'Threshold', value: formatFixed(evaluation.threshold), more: evaluation.threshold_reason },
    {
      name: 'Calibration error',
      value: formatFixed(calibration.expected_error),
      more: `before ${formatFixed(calibration.expected_error_before)}`,
    },
  ];
}

const SHOWN = [
  'rows',
  'churners',
  'pr_auc',
  'roc_auc',
  'precision',
  'recall',
  'f1',
  'accuracy',
  'lift_at_threshold',
  'brier',
  'log_loss',
  'calibration_error',
  'tp',
  'fp',
  'fn',
  'tn',
] as const;
const COUNTS = new Set<string>(['rows', 'churners', 'tp', 'fp', 'fn', 'tn']);

function figuresTable(evaluation: Evaluation) {
  const { out_of_fold: folds } = evaluation;
  const show = (name: string, value: number | null | undefined) =>
    COUNTS.has(name) ? formatCount(value) : formatFixed(value);
  const rows = SHOWN.map((name) => [name, show(name, evaluation[name]), show(name, folds[name])]);
  return rowsTable('At the threshold where a decision is needed', {
    columns: [{ header: 'Figure' }, { header: 'Test', numeric: true }, { header: 'Out of fold', numeric: true }],
    rows,
  });
}

const rowsTable = (caption: string, { columns, rows }: Rows) => table(caption, columns, rows);
