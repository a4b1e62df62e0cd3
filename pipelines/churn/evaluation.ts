import {
  type CalibrationBin,
  calibration,
  type HistogramBin,
  histogram,
  type LiftSlice,
  type ModelCurves,
  modelCurves,
  rankScores,
} from '@pilotlight/evaluation';
import pl from 'nodejs-polars';
import type { ComparedExperiment, Comparison } from './comparison.ts';
import { RISK_TIERS, type RiskTier } from './config.ts';
import { type ChurnFigures, churnFigures } from './figures.ts';
import type { LeakageWarning } from './leakage.ts';
import { type ChurnMetadata, RAW_SCORE, SCORE } from './modelFolder.ts';

/** A part of the test rows; a figure that its rows do not define is null and has its reason. */
export type Subgroup = {
  column: string;
  /** Null: the value is missing. */
  value: string | number | null;
  rows: number;
  churners: number;
  pr_auc: number | null;
  roc_auc: number | null;
  precision: number | null;
  recall: number | null;
  reasons: Record<string, string>;
};

export type TierFigures = { tier: RiskTier; rows: number; churners: number; churn_rate: number | null };

/** The champion on the same rows. `pr_auc` null: it cannot be scored on them, see `reason`. */
export type ChampionFigures = {
  version: number;
  experiment: string | null;
  pr_auc: number | null;
  roc_auc: number | null;
  /** Test customers that the champion was trained on: with any, its figure is too good. */
  test_rows_trained_on: number;
  reason: string | null;
};

export type Gate = { passed: boolean; metric: 'pr_auc'; pr_auc_min: number; tolerance: number; reasons: string[] };

/** `evaluation.json`: the saved model on the test rows, which nothing of it has seen. */
export type Evaluation = {
  schema_version: 1;
  model: 'churn';
  experiment: string;
  as_of: string;
  score: string;
  text_scorer: string | null;
} & ChurnFigures & {
    undefined_reasons: Record<string, string>;
    n_train: number;
    n_test: number;
    features_count: number;
    features: string[];
    requested: string[];
    missing: string[];
    threshold_reason: string;
    out_of_fold: ChurnMetadata['metrics']['out_of_fold'];
    lift: LiftSlice[] | null;
    /** Ten quantile bins of the calibrated score, and of the trees' own; the error is the mean over rows of |predicted - observed|. */
    calibration: {
      method: string;
      bins: CalibrationBin[];
      expected_error: number | null;
      bins_before: CalibrationBin[];
      expected_error_before: number | null;
    };
    tiers: TierFigures[];
    subgroups: Subgroup[];
    beside: ComparedExperiment[];
    leakage: LeakageWarning[];
    champion: ChampionFigures | null;
    gate: Gate;
  };

/** What pictures are drawn from, beside the evaluation. */
export type Pictures = { curves: ModelCurves; histogram: HistogramBin[] };

/** Scored test rows: customer_id, churn, subgroup columns, raw_probability, churn_proba. */
export type TestRows = { file: string; subgroups: readonly string[] };

/** Figures, bins, subgroups of scored test rows, and the curves for pictures. */
export function measureTest(rows: TestRows, threshold: number) {
  const frame = pl.readParquet(rows.file);
  const label = Uint8Array.from(frame.getColumn('churn').cast(pl.Float64).toTypedArray() as Float64Array);
  const score = frame.getColumn(SCORE).toTypedArray() as Float64Array;
  const ranking = rankScores({ score, label });
  const before = calibration(rankScores({ score: frame.getColumn(RAW_SCORE).toTypedArray() as Float64Array, label }));
  const curves = modelCurves(ranking);
  const { figures, reasons } = churnFigures(ranking, threshold);
  const subgroups = rows.subgroups.flatMap((column) =>
    measureSubgroups({ column, values: frame.getColumn(column).toArray(), score, label, threshold }),
  );
  return {
    figures,
    reasons: reasons as Record<string, string>,
    subgroups,
    lift: curves.lift,
    bins: curves.calibration,
    bins_before: before.bins,
    expected_error_before: before.expectedCalibrationError.value,
    pictures: { curves, histogram: histogram(ranking) } satisfies Pictures,
  };
}

/** By value: numbers in their order, then text in its, then missing. */
function measureSubgroups(part: {
  column: string;
  values: unknown[];
  score: Float64Array;
  label: Uint8Array;
  threshold: number;
}): Subgroup[] {
  const rowsOf = new Map<string | number | null, number[]>();
  for (const [row, given] of part.values.entries()) {
    const value = typeof given === 'number' || given === null ? given : String(given);
    const rows = rowsOf.get(value);
    if (rows) rows.push(row);
    else rowsOf.set(value, [row]);
  }
  return [...rowsOf]
    .sort(([a], [b]) => compareValues(a, b))
    .map(([value, rows]) => {
      const score = Float64Array.from(rows, (row) => part.score[row] as number);
      const label = Uint8Array.from(rows, (row) => part.label[row] as number);
      const { figures, reasons } = churnFigures(rankScores({ score, label }), part.threshold);
      const { churners, pr_auc, roc_auc, precision, recall } = figures;
      const shown = { pr_auc, roc_auc, precision, recall };
      const why = Object.entries(reasons).filter(([name]) => name in shown) as [string, string][];
      return { column: part.column, value, rows: rows.length, churners, ...shown, reasons: Object.fromEntries(why) };
    });
}

function compareValues(a: string | number | null, b: string | number | null): number {
  const rank = (value: typeof a) => (value === null ? 2 : typeof value === 'number' ? 0 : 1);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  return a === b ? 0 : (a as string) < (b as string) ? -1 : 1;
}

/** Fills the tiers that no customer is in. */
export function listTiers(counted: readonly { tier: string; rows: number; churners: number }[]): TierFigures[] {
  return RISK_TIERS.map((tier) => {
    const { rows = 0, churners = 0 } = counted.find((one) => one.tier === tier) ?? {};
    return { tier, rows, churners, churn_rate: rows > 0 ? churners / rows : null };
  });
}

/** The evaluation as it is written. */
export function assembleEvaluation(
  metadata: ChurnMetadata,
  parts: {
    measured: ReturnType<typeof measureTest>;
    tiers: TierFigures[];
    comparison: Comparison;
    leakage: LeakageWarning[];
    champion: ChampionFigures | null;
    gate: Gate;
  },
): Evaluation {
  const { measured, tiers, comparison, leakage, champion, gate } = parts;
  const { figures } = measured;
  return {
    schema_version: 1,
    model: 'churn',
    experiment: metadata.experiment,
    as_of: metadata.as_of,
    score: metadata.score,
    text_scorer: metadata.text_scorer,
    ...figures,
    undefined_reasons: measured.reasons,
    n_train: metadata.rows.train,
    n_test: figures.rows,
    features_count: metadata.features.length,
    features: metadata.features.map(({ name }) => name),
    requested: metadata.requested,
    missing: metadata.missing,
    threshold_reason: metadata.threshold_reason,
    out_of_fold: metadata.metrics.out_of_fold,
    lift: measured.lift,
    calibration: {
      method: metadata.calibration.method,
      bins: measured.bins,
      expected_error: figures.calibration_error,
      bins_before: measured.bins_before,
      expected_error_before: measured.expected_error_before,
    },
    tiers,
    subgroups: measured.subgroups,
    beside: comparison.experiments,
    leakage,
    champion,
    gate,
  };
}
