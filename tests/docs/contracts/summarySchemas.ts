import type { DriftSummary } from '@pilotlight/reporting';
import { z } from 'zod';
import { RISK_TIERS } from '../../../pipelines/churn/config.ts';
import type { Evaluation } from '../../../pipelines/churn/evaluation.ts';
import type { MonitoringSummary } from '../../../pipelines/churn/monitoringReport.ts';
import type { RecommendationSummary } from '../../../pipelines/churn/recommendationSummary.ts';

const text = (what: string) => z.string().describe(what);
const number = (what: string) => z.number().describe(what);
const maybe = (what: string) => z.number().nullable().describe(what);
const flag = (what: string) => z.boolean().describe(what);
const version = z.literal(1).describe('rises with a change of this shape');

/** `drift/drift_summary.json` of a segmentation. */
export const DriftSummarySchema = z.strictObject({
  schema: z.literal('pilotlight/drift_summary').describe('name of this shape'),
  schema_version: version,
  execution_date: text('date of the run'),
  status: z.enum(['drift', 'no_drift', 'not_measurable', 'skipped']).describe('`skipped`: there is no baseline'),
  overall_drift: flag('the flag that gate and alarm look at'),
  reason: text('why, in one line'),
  model_types: number('how many were compared'),
  features_analyzed: number('over all model types'),
  features_measured: number('of them, those that could be measured'),
  features_drifted: number('of severity LOW and above'),
  features_not_measurable: number('analysed, and not measured'),
  drifted_share: maybe('of the measured; null: none was'),
  drifted_share_max: maybe('that of the model type with the largest'),
  severity_high: number('features of that severity'),
  severity_moderate: number('the same'),
  severity_low: number('the same'),
  severity_none: number('the same'),
  psi_max: maybe('null: nothing measured, or infinite'),
  psi_max_infinite: flag('whether it is infinite'),
  top_feature: z.string().nullable().describe('the feature with it'),
  top_feature_model_type: z.string().nullable().describe('its model type'),
  prediction_drift: z.enum(['HIGH', 'MODERATE', 'LOW', 'NONE', 'NOT_MEASURED']).describe('of the predictions'),
  prediction_psi_max: maybe('their PSI'),
  drift_threshold: number('PSI above which a feature is HIGH'),
  reference_rows: number('rows of the baseline'),
  current_rows: number('rows of this run'),
}) satisfies z.ZodType<DriftSummary>;

/** `monitoring/drift_summary.json` of a churn run. */
export const MonitoringSummarySchema = z.strictObject({
  schema_version: version,
  as_of: text('date of the run'),
  group: text('group of the model'),
  model_version: number('version that scored'),
  status: z
    .enum(['drift', 'no_drift', 'not_measurable', 'reference_saved'])
    .describe('`reference_saved`: the model is of this very run'),
  drift_detected: flag('the flag that the alarm looks at'),
  reason: text('why, in one line'),
  features_analysed: number('features of the model'),
  features_measured: number('of them, those that could be measured'),
  features_drifted: number('with p below `p_value_max`'),
  features_not_measurable: number('analysed, and not measured'),
  features_emptied: number('those that training had a value for, and this run has none'),
  severity_high: number('features of that severity, by PSI'),
  severity_moderate: number('the same'),
  severity_low: number('the same'),
  top_feature: z.string().nullable().describe('of the drifted the one with the lowest p'),
  score_drifted: flag('whether the score did'),
  score_ks: maybe('Kolmogorov-Smirnov distance of the score'),
  score_p: maybe('its p'),
  score_psi: maybe('its PSI'),
  score_rows: z.enum(['held_out', 'all']).nullable().describe('customers whose score was compared'),
  reference_rows: number('rows of training'),
  current_rows: number('rows of this run'),
  p_value_max: number('setting `drift.p_value_max`'),
  drifted_share_max: number('setting `drift.drifted_share_max`'),
  metrics: z
    .strictObject({
      DriftDetected: z.union([z.literal(0), z.literal(1)]).describe('what the alarm is set on'),
      FeaturesDrifted: number('the count'),
    })
    .describe('for alarms'),
}) satisfies z.ZodType<MonitoringSummary>;

const counts = (what: string) => z.record(z.string(), z.number()).describe(what);

/** `recommendations/summary.json`. */
export const RecommendationSummarySchema = z.strictObject({
  schema_version: version,
  as_of: text('date of the run'),
  model_version: number('version that scored'),
  rows: number('customers'),
  decisions: z.strictObject({ offer: number('with an offer'), no_offer: number('without') }).describe('customers'),
  actions: counts('customers by action'),
  tiers: counts('customers by tier'),
  guardrails: z
    .record(z.string(), z.union([z.number(), z.literal('not_checked')]))
    .describe('customers at whom each fired'),
  channels: counts('customers by channel'),
  offers_cost_eur: number('what the offers made cost at most'),
  expected_value_eur: number('what they are expected to bring'),
  budget_eur: maybe('null: no cap'),
  expected_monthly_loss_eur: number('over all customers'),
}) satisfies z.ZodType<RecommendationSummary>;

const tier = z.enum(RISK_TIERS);
const bin = z.strictObject({
  lower: number('score above it'),
  upper: number('up to it'),
  rows: number('customers'),
  predicted_mean: number('mean score'),
  observed_rate: number('share that left'),
});
const outOfFold = {
  features: number('how many'),
  text_features: number('of them made from texts'),
  pr_auc: maybe('out of fold'),
  roc_auc: maybe('out of fold'),
  pr_auc_fold_sd: maybe('its standard deviation over the folds'),
  roc_auc_fold_sd: maybe('the same'),
};

const figures = {
  pr_auc: maybe('area under precision and recall'),
  roc_auc: maybe('area under the ROC curve'),
  precision: maybe('at the threshold'),
  recall: maybe('at the threshold'),
  f1: maybe('at the threshold'),
  accuracy: maybe('at the threshold'),
  brier: maybe('mean squared error of the score'),
  log_loss: maybe('mean log loss'),
  tp: maybe('left, and predicted'),
  fp: maybe('stayed, and predicted'),
  fn: maybe('left, and not predicted'),
  tn: maybe('stayed, and not predicted'),
  threshold: maybe('the score from which one is predicted to leave'),
  lift_at_threshold: maybe('precision over the churn rate'),
  rows: number('held-out customers'),
  churners: number('of them left'),
  churn_rate: maybe('their share'),
  calibration_error: maybe('mean distance of score and rate over ten quantile bins'),
};

const parts = {
  lift: z
    .array(
      z.strictObject({
        slice: number('from 1, the highest scores'),
        rows: number('customers'),
        positives: number('of them left; may be a fraction where scores are equal'),
        score_min: number('lowest score'),
        score_max: number('highest score'),
        rate: number('share that left'),
        lift: number('over the mean'),
        gain: number('share of all leavers up to here'),
        cumulative_lift: number('lift up to here'),
      }),
    )
    .nullable()
    .describe('by tenths of the score'),
  calibration: z
    .strictObject({
      method: text('none, sigmoid or isotonic'),
      bins: z.array(bin).describe('after calibration'),
      expected_error: maybe('after'),
      bins_before: z.array(bin).describe("of the trees' own score"),
      expected_error_before: maybe('before'),
    })
    .describe('predicted against observed'),
  tiers: z
    .array(
      z.strictObject({ tier, rows: number('customers'), churners: number('left'), churn_rate: maybe('their share') }),
    )
    .describe('by risk tier'),
  subgroups: z
    .array(
      z.strictObject({
        column: text('by what'),
        value: z.union([z.string(), z.number()]).nullable().describe('null: unknown'),
        rows: number('customers'),
        churners: number('left'),
        pr_auc: maybe('there'),
        roc_auc: maybe('there'),
        precision: maybe('there'),
        recall: maybe('there'),
        reasons: z.record(z.string(), z.string()).describe('why a figure is null'),
      }),
    )
    .describe('by the columns of `modeling.subgroups`'),
  beside: z
    .array(z.strictObject({ experiment: text('feature set'), role: z.enum(['trained', 'beside']), ...outOfFold }))
    .describe('other feature sets on the same folds'),
  leakage: z
    .array(
      z.strictObject({
        feature: text('its name'),
        level: z.union([z.string(), z.number()]).nullable().describe('the value'),
        rows: number('customers with it'),
        churners: number('left'),
        churn_rate: number('their share'),
        rule: z.enum(['high', 'low']).describe('which bound it is beyond'),
        from_text: flag('made from texts'),
      }),
    )
    .describe('levels that nearly are the outcome'),
  champion: z
    .strictObject({
      version: number('in the registry'),
      experiment: z.string().nullable().describe('its feature set'),
      pr_auc: maybe('on the same customers'),
      roc_auc: maybe('on the same customers'),
      test_rows_trained_on: number('of them it was trained on: with any its figure is too good'),
      reason: z.string().nullable().describe('why it could not be scored'),
    })
    .nullable()
    .describe('the champion on the same customers; null: there is none'),
  gate: z
    .strictObject({
      passed: flag('the model may be used'),
      metric: z.literal('pr_auc'),
      pr_auc_min: number('setting'),
      tolerance: number('setting'),
      reasons: z.array(z.string()).describe('in words'),
    })
    .describe('what registration goes by'),
};

/** `evaluation/evaluation.json`. */
export const EvaluationSchema = z.strictObject({
  schema_version: version,
  model: z.literal('churn'),
  experiment: text('feature set that was trained'),
  as_of: text('date of the run'),
  score: text('the column that figures and threshold are on'),
  text_scorer: z.string().nullable().describe('what read the texts; null: none'),
  ...figures,
  undefined_reasons: z.record(z.string(), z.string()).describe('why a figure is null'),
  n_train: number('customers of training'),
  n_test: number('held-out customers'),
  features_count: number('how many'),
  features: z.array(z.string()).describe('names'),
  requested: z.array(z.string()).describe('tiers and features asked for'),
  missing: z.array(z.string()).describe('of them not made, declared absent'),
  threshold_reason: text('how the threshold was chosen'),
  out_of_fold: z.any().describe('the same figures from cross-validation of the training rows'),
  ...parts,
}) satisfies z.ZodType<Evaluation>;

/** Compiles only while a schema has every key of the type, and no other. */
type SameKeys<A, B> = [keyof A, keyof B] extends [keyof B, keyof A] ? true : never;
export const SAME_KEYS: [
  SameKeys<z.output<typeof DriftSummarySchema>, DriftSummary>,
  SameKeys<z.output<typeof MonitoringSummarySchema>, MonitoringSummary>,
  SameKeys<z.output<typeof RecommendationSummarySchema>, RecommendationSummary>,
  SameKeys<z.output<typeof EvaluationSchema>, Evaluation>,
] = [true, true, true, true];
