import { z } from 'zod';
import type { CurvePoint, HistoryPoint, Model, PartQuery, Performance } from '../../api.ts';
import { parquet } from '../database.ts';
import { NotAvailable } from '../notAvailable.ts';
import { openAll, readIfThere, readResult } from '../readResult.ts';
import type { Run } from '../results/run.ts';
import { type Context, chooseRun, NotFound } from './context.ts';

type Available = Extract<Performance, { available: true }>;
const POINTS_MAX = 200;
const RUNS_MAX = 52;
const PARTS = { churn: ['churn'], segmentation: ['Domestic', 'Industrial'] } as const;

const figure = z.number().nullish();
const count = z.number().int().nonnegative();
const reasons = z.record(z.string(), z.string()).default({});
const Bins = z.array(
  z.looseObject({
    lower: z.number(),
    upper: z.number(),
    rows: z.number(),
    predicted_mean: figure,
    observed_rate: figure,
  }),
);
const Lift = z.array(
  z.looseObject({
    ...{ slice: z.number().int(), rows: z.number(), positives: z.number() },
    ...{ rate: figure, lift: figure, gain: figure, cumulative_lift: figure },
  }),
);
const Churn = z.looseObject({
  ...{ pr_auc: figure, roc_auc: figure, precision: figure, recall: figure, f1: figure, accuracy: figure },
  ...{ brier: figure, log_loss: figure, calibration_error: figure, churn_rate: figure, lift_at_threshold: figure },
  ...{ tp: count, fp: count, fn: count, tn: count, rows: count, churners: count, threshold: figure },
  threshold_reason: z.string().nullish(),
  undefined_reasons: reasons,
  out_of_fold: z.record(z.string(), z.unknown()).nullish(),
  lift: Lift.nullish(),
  calibration: z.looseObject({ method: z.string().nullish(), bins: Bins, bins_before: Bins.nullish() }),
  tiers: z.array(z.looseObject({ tier: z.string(), rows: count, churners: count, churn_rate: figure })).default([]),
  subgroups: z
    .array(
      z.looseObject({
        ...{ column: z.string(), value: z.union([z.string(), z.number()]).nullable(), rows: count, churners: count },
        ...{ pr_auc: figure, roc_auc: figure },
      }),
    )
    .default([]),
  beside: z
    .array(z.looseObject({ experiment: z.string(), role: z.string(), pr_auc: figure, roc_auc: figure }))
    .default([]),
  gate: z.looseObject({ passed: z.boolean(), reasons: z.array(z.string()) }).nullish(),
});

const Split = z.looseObject({
  ...{ rows: count, positives: count, threshold: figure },
  ...{ true_positives: count, false_positives: count, true_negatives: count, false_negatives: count },
});
const Part = z.looseObject({
  threshold: figure,
  threshold_reason: z.string().nullish(),
  metrics: z.record(z.string(), Split),
  undefined_reasons: z.record(z.string(), reasons).default({}),
  curves_split: z.string(),
  curves: z.looseObject({
    roc: z.array(z.looseObject({ threshold: figure, false_positive_rate: z.number(), true_positive_rate: z.number() })),
    pr: z.array(z.looseObject({ threshold: figure, recall: z.number(), precision: z.number() })),
    calibration: Bins.nullish(),
    lift: Lift.nullish(),
  }),
});
type Part = z.infer<typeof Part>;

const Importance = z.looseObject({
  features: z.array(z.looseObject({ feature: z.string(), gain: figure, mean_abs_contribution: figure })),
});

/** How good the model is on rows that it did not learn from, and how that went over runs. */
export async function readPerformance(context: Context, model: Model, query: PartQuery): Promise<Performance> {
  const known: readonly string[] = PARTS[model];
  if (query.part !== undefined && !known.includes(query.part)) throw new NotFound(`no part ${query.part}`);
  const pattern = model === 'churn' ? /^evaluation\/evaluation\.json$/ : /^models\/\w+\/evaluation\.json$/;
  const run = await chooseRun(context, model, query.run, pattern, 'an evaluation');
  const parts = known.filter((part) => run.files.includes(evaluationOf(model, part)));
  const part = query.part ?? parts[0] ?? '';
  const folder = model === 'churn' ? 'models' : `models/${part}`;
  const importance = await readIfThere(run, `${folder}/importance.json`, Importance);
  const measured = model === 'churn' ? await churnFigures(context, run) : await partFigures(run, part);
  return {
    available: true,
    model,
    run: run.ref,
    parts,
    part,
    ...measured,
    importance: (importance?.features ?? []).map(({ feature, gain, mean_abs_contribution }) => ({
      feature,
      gain: gain ?? null,
      contribution: mean_abs_contribution ?? null,
    })),
    history: await history(context, model, part),
  };
}

const evaluationOf = (model: Model, part: string) =>
  model === 'churn' ? 'evaluation/evaluation.json' : `models/${part}/evaluation.json`;

type Figures = Omit<Available, 'available' | 'model' | 'run' | 'parts' | 'part' | 'importance' | 'history'>;

async function churnFigures(context: Context, run: Run): Promise<Figures> {
  const evaluation = await readResult(run, evaluationOf('churn', 'churn'), Churn);
  const { tp, fp, fn, tn } = evaluation;
  return {
    split: 'test',
    rows: evaluation.rows,
    positives: evaluation.churners,
    metrics: [
      ...METRICS.map((name) => metric(name, 'test', evaluation[name], evaluation.undefined_reasons[name])),
      ...METRICS.flatMap((name) => {
        const value = evaluation.out_of_fold?.[name];
        return typeof value === 'number' ? [metric(name, 'out_of_fold', value, undefined)] : [];
      }),
    ],
    threshold: evaluation.threshold ?? null,
    threshold_reason: evaluation.threshold_reason ?? null,
    confusion: { tp, fp, fn, tn },
    calibration: binsOf(evaluation.calibration.bins),
    calibration_before: binsOf(evaluation.calibration.bins_before ?? []),
    calibration_method: evaluation.calibration.method ?? null,
    lift: liftOf(evaluation.lift ?? []),
    ...(await curvesOf(context, run)),
    tiers: evaluation.tiers.map(({ tier, rows, churn_rate }) => ({
      tier,
      customers: rows,
      share: evaluation.rows === 0 ? null : rows / evaluation.rows,
      probability_mean: null,
      observed_rate: churn_rate ?? null,
    })),
    subgroups: evaluation.subgroups.map(({ column, value, rows, churners, pr_auc, roc_auc }) => ({
      ...{ column, value: value === null ? null : String(value), rows, positives: churners },
      ...{ pr_auc: pr_auc ?? null, roc_auc: roc_auc ?? null },
    })),
    beside: evaluation.beside.map(({ experiment, role, pr_auc, roc_auc }) => ({
      ...{ experiment, role, pr_auc: pr_auc ?? null, roc_auc: roc_auc ?? null },
    })),
    gate: evaluation.gate ? { passed: evaluation.gate.passed, reasons: evaluation.gate.reasons } : null,
  };
}

const METRICS = [
  ...['pr_auc', 'roc_auc', 'precision', 'recall', 'f1', 'accuracy', 'brier', 'log_loss', 'calibration_error'],
  ...['churn_rate', 'lift_at_threshold'],
] as const;

function metric(name: string, split: string, value: unknown, reason: string | undefined) {
  return { name, split, value: typeof value === 'number' ? value : null, reason: reason ?? null };
}

/** Names as the churn model's. */
const RENAMED: Readonly<Record<string, string>> = { average_precision: 'pr_auc' };
const COUNTS = /^(rows|positives|threshold|(true|false)_(positives|negatives))$/;

async function partFigures(run: Run, part: string): Promise<Figures> {
  const evaluation = await readResult(run, evaluationOf('segmentation', part), Part);
  const { curves_split: split, curves } = evaluation;
  const unseen = evaluation.metrics[split];
  if (unseen === undefined) throw new NotAvailable(`no figures of ${split} rows for ${part}`, 'run the pipeline again');
  return {
    split,
    rows: unseen.rows,
    positives: unseen.positives,
    metrics: metricsOf(evaluation),
    threshold: evaluation.threshold ?? null,
    threshold_reason: evaluation.threshold_reason ?? null,
    confusion: {
      ...{ tp: unseen.true_positives, fp: unseen.false_positives },
      ...{ fn: unseen.false_negatives, tn: unseen.true_negatives },
    },
    calibration: binsOf(curves.calibration ?? []),
    calibration_before: [],
    calibration_method: null,
    lift: liftOf(curves.lift ?? []),
    roc: thin(
      curves.roc.map((one) => ({
        x: one.false_positive_rate,
        y: one.true_positive_rate,
        threshold: one.threshold ?? null,
      })),
    ),
    pr: thin(curves.pr.map((one) => ({ x: one.recall, y: one.precision, threshold: one.threshold ?? null }))),
    tiers: [],
    subgroups: [],
    beside: [],
    gate: null,
  };
}

function metricsOf(evaluation: Part): Figures['metrics'] {
  const order = [evaluation.curves_split, ...Object.keys(evaluation.metrics)];
  return [...new Set(order)].flatMap((split) =>
    Object.entries(evaluation.metrics[split] ?? {}).flatMap(([name, value]) =>
      COUNTS.test(name)
        ? []
        : [metric(RENAMED[name] ?? name, split, value, evaluation.undefined_reasons[split]?.[name])],
    ),
  );
}

/** Of the scored test rows: a step where the score changes, thinned. */
async function curvesOf({ database }: Context, run: Run): Promise<{ roc: CurvePoint[]; pr: CurvePoint[] }> {
  const files = await openAll(run, /^evaluation\/test\.parquet$/);
  if (files.length === 0) return { roc: [], pr: [] };
  const rows = await database.rows(
    `WITH steps AS (SELECT churn_proba AS threshold, sum(churn) AS hits, count(*) AS n FROM ${parquet(files)} GROUP BY 1),
     added AS (SELECT threshold, sum(hits) OVER w AS tp, sum(n) OVER w AS chosen, sum(hits) OVER () AS positives,
       sum(n) OVER () AS total FROM steps WINDOW w AS (ORDER BY threshold DESC))
     SELECT threshold, tp / nullif(positives, 0) AS recall, tp / chosen AS precision,
       (chosen - tp) / nullif(total - positives, 0) AS fallout FROM added ORDER BY threshold DESC`,
  );
  const points = (x: string, y: string) =>
    rows.flatMap((row) =>
      row[x] === null || row[y] === null
        ? []
        : [{ x: Number(row[x]), y: Number(row[y]), threshold: row.threshold as number | null }],
    );
  return {
    roc: thin([{ x: 0, y: 0, threshold: null }, ...points('fallout', 'recall')]),
    pr: thin([{ x: 0, y: 1, threshold: null }, ...points('recall', 'precision')]),
  };
}

/** Evenly, with both ends. */
function thin(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= POINTS_MAX) return [...points];
  const step = (points.length - 1) / (POINTS_MAX - 1);
  return Array.from({ length: POINTS_MAX }, (_, i) => points[Math.round(i * step)] as CurvePoint);
}

function binsOf(bins: z.infer<typeof Bins>): Available['calibration'] {
  return bins.map(({ lower, upper, rows, predicted_mean, observed_rate }) => ({
    ...{ lower, upper, rows, predicted_mean: predicted_mean ?? null, observed_rate: observed_rate ?? null },
  }));
}

function liftOf(slices: z.infer<typeof Lift>): Available['lift'] {
  return slices.map(({ slice, rows, positives, rate, lift, gain, cumulative_lift }) => ({
    ...{ slice, rows, positives, rate: rate ?? null, lift: lift ?? null },
    ...{ gain: gain ?? null, cumulative_lift: cumulative_lift ?? null },
  }));
}

async function history({ results }: Context, model: Model, part: string): Promise<HistoryPoint[]> {
  const runs = (await results.runs(model)).slice(0, RUNS_MAX);
  const found = await Promise.all(runs.map((run) => historyPoint(run, part)));
  return found.flatMap((point) => (point ? [point] : [])).reverse();
}

async function historyPoint(run: Run, part: string): Promise<HistoryPoint | null> {
  const name = evaluationOf(run.model, part);
  const value = await readIfThere(run, name, z.looseObject({}));
  const parsed = run.model === 'churn' ? value : unseenOf(value);
  if (parsed === null) return null;
  const of = (key: string) => (typeof parsed[key] === 'number' ? parsed[key] : null);
  const { run_id, as_of, started } = run.ref;
  return {
    ...{ run_id, as_of, started, pr_auc: of('pr_auc') ?? of('average_precision'), roc_auc: of('roc_auc') },
    ...{ precision: of('precision'), recall: of('recall'), brier: of('brier') },
  };
}

function unseenOf(value: Record<string, unknown> | null): Record<string, unknown> | null {
  const parsed = Part.safeParse(value);
  return parsed.success ? (parsed.data.metrics[parsed.data.curves_split] ?? null) : null;
}
