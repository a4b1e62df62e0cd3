import { z } from 'zod';

/**
 * The contract between server and pages: every query and every answer, version 1.
 *
 * All are `GET`, JSON, snake_case; a figure that is not known is `null`, never NaN, and a list that is empty is `[]`. An unknown or
 * malformed query key answers 400. A model that has no usable result answers 200 with `{available: false, reason, todo}`, so that a
 * page can say so; an error (400, 401, 403, 404, 405, 500, 503) answers {@link ApiError}.
 *
 * | route | query | answer |
 * |---|---|---|
 * | /api/v1/session | - | {@link Session} |
 * | /api/v1/models | - | {@link Models} |
 * | /api/v1/:model/overview | {@link RunQuery} | {@link Overview} |
 * | /api/v1/:model/explorer | {@link RunQuery} | {@link Explorer} |
 * | /api/v1/:model/performance | {@link PartQuery} | {@link Performance} |
 * | /api/v1/:model/drift | {@link DriftQuery} | {@link Drift} |
 * | /api/v1/:model/customers | {@link CustomersQuery} | {@link Customers} |
 * | /api/v1/:model/customers.csv | {@link CustomersFilter} | text/csv, all rows of the filter |
 * | /api/v1/:model/customers/:id | {@link RunQuery} | {@link Customer} |
 * | /api/v1/:model/recommendations | {@link RecommendationsQuery} | {@link Recommendations} |
 * | /api/v1/:model/status | {@link StatusQuery} | {@link Status} |
 */
export const API_ROOT = '/api/v1';

export const MODELS = ['churn', 'segmentation'] as const;
export const Model = z.enum(MODELS);
export type Model = z.infer<typeof Model>;

/** From the lowest risk to the highest. */
export const TIERS = {
  churn: ['Low', 'Medium', 'High', 'Critical'],
  segmentation: ['MUY BAJO', 'BAJO', 'MEDIO', 'ALTO', 'MUY ALTO', 'INCORRIENTE'],
} as const satisfies Record<Model, readonly string[]>;

const figure = z.number().nullable();
const text = z.string().nullable();
const count = z.number().int().nonnegative();
/** The same in both languages. */
export const Words = z.object({ en: z.string(), es: z.string() });
export type Words = z.infer<typeof Words>;

/** What is missing, and what to do about it. `available: true` stands in every other answer. */
export const Unavailable = z.object({ available: z.literal(false), reason: z.string(), todo: z.string() });
export type Unavailable = z.infer<typeof Unavailable>;

const answer = <T extends z.ZodRawShape>(shape: T) =>
  z.discriminatedUnion('available', [z.object({ available: z.literal(true), ...shape }), Unavailable]);

export const ApiError = z.object({ error: z.object({ code: z.string(), message: z.string(), todo: z.string() }) });
export type ApiError = z.infer<typeof ApiError>;

/** One run: `run_id` is what `run=` takes. `as_of`: YYYY-MM-DD. */
export const RunRef = z.object({
  run_id: z.string(),
  as_of: text,
  started: text,
  status: z.string(),
});
export type RunRef = z.infer<typeof RunRef>;

/** Who asks. `sign_in` off: bound to loopback, everything is shown. */
export const Session = z.object({
  user: text,
  roles: z.array(z.string()),
  sees_personal_data: z.boolean(),
  sign_in: z.enum(['off', 'oidc']),
  stack: text,
});
export type Session = z.infer<typeof Session>;

/** `runs`: newest first; those that have results to show. */
export const Models = z.object({
  models: z.array(z.object({ model: Model, available: z.boolean(), reason: text, todo: text, runs: z.array(RunRef) })),
});
export type Models = z.infer<typeof Models>;

const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._=:-]{0,127}$/, 'letters, digits and . _ = : - only');
const name = z.string().min(1).max(120);
/** `a,b,c` */
const names = z
  .string()
  .max(2000)
  .transform((list) => list.split(',').filter((one) => one !== ''))
  .pipe(z.array(name).max(50));
const share = z.coerce.number().min(0).max(1);
const page = z.coerce.number().int().min(1).max(10_000_000).default(1);
const pageSize = z.coerce.number().int().min(1).max(500).default(50);

/** `run`: absent = the newest with results. */
export const RunQuery = z.strictObject({ run: runId.optional() });
export type RunQuery = z.infer<typeof RunQuery>;

export const PartQuery = z.strictObject({ run: runId.optional(), part: name.optional() });
export type PartQuery = z.infer<typeof PartQuery>;

/** Numbers for the tiles of the page; `key` is what is translated. */
export const KPI_KEYS = [
  'scored',
  'critical',
  'high',
  'at_risk_share',
  'pr_auc',
  'roc_auc',
  'expected_monthly_loss_eur',
  'runs_completed',
  'offers',
  'offers_cost_eur',
  'expected_value_eur',
  'features_drifted',
  'clusters',
  'not_up_to_date',
  'probability_mean',
] as const;
export const Kpi = z.object({
  key: z.enum(KPI_KEYS),
  /** `Domestic`, `Industrial`, or null: of all. */
  part: text,
  value: figure,
  unit: z.enum(['count', 'share', 'eur', 'score']),
});
export type Kpi = z.infer<typeof Kpi>;

export const TierCount = z.object({
  tier: z.string(),
  customers: count,
  share: figure,
  probability_mean: figure,
  /** Known outcomes only; null: none known. For customers that training has not seen where that is known. */
  observed_rate: figure,
});
export type TierCount = z.infer<typeof TierCount>;

/** [lower, upper) but the last, which holds 1 too. `tiers`: customers by tier. */
export const ScoreBin = z.object({
  lower: z.number(),
  upper: z.number(),
  customers: count,
  tiers: z.record(z.string(), count),
});
export type ScoreBin = z.infer<typeof ScoreBin>;

export const DriftState = z.object({
  status: z.string(),
  detected: z.boolean(),
  reason: z.string(),
  features_drifted: count,
  features_measured: count,
});
export type DriftState = z.infer<typeof DriftState>;

export const Overview = answer({
  model: Model,
  run: RunRef,
  kpis: z.array(Kpi),
  tiers: z.array(TierCount),
  scores: z.array(ScoreBin),
  drift: DriftState.nullable(),
  model_version: z.number().int().nullable(),
  champion_version: z.number().int().nullable(),
  /** How texts were read, for example `lexicon-1`; null: no texts, or not known. */
  text_scorer: text,
  /** What a reader must know: an old run, a part that is missing. */
  notices: z.array(Words),
});
export type Overview = z.infer<typeof Overview>;

const panel = { key: z.string(), column: z.string() };
/** Customers by a column; `name` null: not known. */
export const GroupsPanel = z.object({
  ...panel,
  kind: z.literal('groups'),
  rows: z.array(
    z.object({ name: text, customers: count, share: figure, observed_rate: figure, probability_mean: figure }),
  ),
});
/** Whiskers are the 5th and 95th percentile. */
export const BoxPanel = z.object({
  ...panel,
  kind: z.literal('box'),
  unit: z.string(),
  rows: z.array(
    z.object({
      name: text,
      customers: count,
      p05: figure,
      q1: figure,
      median: figure,
      q3: figure,
      p95: figure,
      mean: figure,
    }),
  ),
});
/** `x_order`, `y_order`: the axes from low to high. */
export const MapPanel = z.object({
  ...panel,
  kind: z.literal('map'),
  y_column: z.string(),
  x_order: z.array(z.string()),
  y_order: z.array(z.string()),
  rows: z.array(
    z.object({ x: z.string(), y: z.string(), customers: count, observed_rate: figure, probability_mean: figure }),
  ),
});
export const Panel = z.discriminatedUnion('kind', [GroupsPanel, BoxPanel, MapPanel]);
export type Panel = z.infer<typeof Panel>;
export type GroupsPanel = z.infer<typeof GroupsPanel>;
export type BoxPanel = z.infer<typeof BoxPanel>;
export type MapPanel = z.infer<typeof MapPanel>;

/**
 * Keys of churn: segments, renewal_bucket, sentiment, dual_fuel, interaction (without / with), intent, tenure, sales_channel, region
 * (groups), margin_by_segment (box, EUR a month), segment_by_renewal (map).
 * Keys of segmentation: risk, tenure, estrato, tarifa, split, incorriente_reason, clusters (groups, the largest 30), region (groups, of
 * the splits), amount_by_risk (box, EUR an invoice), risk_by_tenure, risk_by_estrato (map).
 * A panel whose columns are missing stands in `missing`.
 */
export const Explorer = answer({
  model: Model,
  run: RunRef,
  rows: count,
  panels: z.array(Panel),
  missing: z.array(z.object({ key: z.string(), reason: z.string() })),
  assumptions: z.array(Words),
});
export type Explorer = z.infer<typeof Explorer>;

export const CurvePoint = z.object({ x: z.number(), y: z.number(), threshold: figure });
export type CurvePoint = z.infer<typeof CurvePoint>;
export const CalibrationBin = z.object({
  lower: z.number(),
  upper: z.number(),
  rows: z.number(),
  predicted_mean: figure,
  observed_rate: figure,
});
export type CalibrationBin = z.infer<typeof CalibrationBin>;
export const LiftSlice = z.object({
  slice: z.number().int(),
  rows: z.number(),
  positives: z.number(),
  rate: figure,
  lift: figure,
  gain: figure,
  cumulative_lift: figure,
});
export type LiftSlice = z.infer<typeof LiftSlice>;
export const HistoryPoint = z.object({
  run_id: z.string(),
  as_of: text,
  started: text,
  pr_auc: figure,
  roc_auc: figure,
  precision: figure,
  recall: figure,
  brier: figure,
});
export type HistoryPoint = z.infer<typeof HistoryPoint>;

/** `parts`: what `part=` takes (`churn`; `Domestic`, `Industrial`). ROC: x false, y true positive rate; PR: x recall, y precision. */
export const Performance = answer({
  model: Model,
  run: RunRef,
  parts: z.array(z.string()),
  part: z.string(),
  /** The rows that all below is measured on: `test`, `inference`. */
  split: z.string(),
  rows: count,
  positives: count,
  metrics: z.array(z.object({ name: z.string(), split: z.string(), value: figure, reason: text })),
  threshold: figure,
  threshold_reason: text,
  confusion: z.object({ tp: count, fp: count, fn: count, tn: count }).nullable(),
  calibration: z.array(CalibrationBin),
  /** Before calibration; empty where there is none. */
  calibration_before: z.array(CalibrationBin),
  calibration_method: text,
  lift: z.array(LiftSlice),
  roc: z.array(CurvePoint),
  pr: z.array(CurvePoint),
  importance: z.array(z.object({ feature: z.string(), gain: figure, contribution: figure })),
  tiers: z.array(TierCount),
  subgroups: z.array(
    z.object({ column: z.string(), value: text, rows: count, positives: count, pr_auc: figure, roc_auc: figure }),
  ),
  /** Experiments beside the trained one; out of fold. */
  beside: z.array(z.object({ experiment: z.string(), role: z.string(), pr_auc: figure, roc_auc: figure })),
  gate: z.object({ passed: z.boolean(), reasons: z.array(z.string()) }).nullable(),
  /** Oldest first; this part only. */
  history: z.array(HistoryPoint),
});
export type Performance = z.infer<typeof Performance>;

/** `feature`: whose bins and history to give; absent = that which drifted most. */
export const DriftQuery = z.strictObject({ run: runId.optional(), part: name.optional(), feature: name.optional() });
export type DriftQuery = z.infer<typeof DriftQuery>;

export const DriftFeature = z.object({
  name: z.string(),
  kind: z.string(),
  /** `measured` or why not, see `reason`. */
  status: z.string(),
  reason: text,
  statistic_name: z.enum(['ks', 'chi_squared']).nullable(),
  statistic: figure,
  p: figure,
  q: figure,
  /** Null and `psi_infinite`: without bound. */
  psi: figure,
  psi_infinite: z.boolean(),
  severity: z.string(),
  drifted: z.boolean(),
});
export type DriftFeature = z.infer<typeof DriftFeature>;
export const DriftBin = z.object({
  label: z.string(),
  lower: figure,
  upper: figure,
  reference_share: figure,
  current_share: figure,
  reference_count: count,
  current_count: count,
  contribution: figure,
});
export type DriftBin = z.infer<typeof DriftBin>;

/** `status` `skipped`: nothing to compare with yet; then features is empty and `reason` says why. */
export const Drift = answer({
  model: Model,
  run: RunRef,
  parts: z.array(z.string()),
  part: text,
  status: z.string(),
  detected: z.boolean(),
  reason: z.string(),
  reference: text,
  current: text,
  reference_rows: count,
  current_rows: count,
  thresholds: z.object({
    psi_low: figure,
    psi_high: figure,
    p_value_max: figure,
    drifted_share_max: figure,
  }),
  severities: z.object({ HIGH: count, MODERATE: count, LOW: count, NONE: count }),
  /** Drift of the score itself. */
  score: DriftFeature.nullable(),
  /** The most drifted first. */
  features: z.array(DriftFeature),
  detail: z
    .object({
      feature: DriftFeature,
      bins: z.array(DriftBin),
      history: z.array(
        z.object({
          run_id: z.string(),
          as_of: text,
          statistic: figure,
          p: figure,
          psi: figure,
          severity: z.string(),
          drifted: z.boolean(),
        }),
      ),
    })
    .nullable(),
  /** Over all runs, oldest first. */
  history: z.array(
    z.object({
      run_id: z.string(),
      as_of: text,
      status: z.string(),
      detected: z.boolean(),
      features_drifted: figure,
      features_measured: figure,
      psi_max: figure,
      score_statistic: figure,
      score_p: figure,
      score_psi: figure,
    }),
  ),
});
export type Drift = z.infer<typeof Drift>;

const filter = {
  run: runId.optional(),
  tier: names.optional(),
  /** Churn: Residential, SME, Corporate; segmentation: Domestic, Industrial. */
  segment: names.optional(),
  /** Segmentation: code of the cluster. */
  cluster: names.optional(),
  /** Churn: action of the recommendation. */
  action: names.optional(),
  probability_min: share.optional(),
  probability_max: share.optional(),
};
export const SORTS = ['probability', 'expected_monthly_loss', 'amount', 'id'] as const;
const sorting = {
  sort: z.enum(SORTS).default('probability'),
  order: z.enum(['asc', 'desc']).default('desc'),
};

/** Also of the CSV. */
export const CustomersFilter = z.strictObject({ ...filter, ...sorting });
export type CustomersFilter = z.infer<typeof CustomersFilter>;
export const CustomersQuery = z.strictObject({ ...filter, ...sorting, page, page_size: pageSize });
export type CustomersQuery = z.infer<typeof CustomersQuery>;

/** One scored customer (churn) or contract (segmentation). What the model does not have is null. */
export const CustomerRow = z.object({
  /** What `/customers/:id` takes: the customer (churn) or the contract (segmentation). */
  id: z.string(),
  customer_id: z.string(),
  probability: z.number(),
  tier: z.string(),
  segment: text,
  predicted: z.boolean(),
  expected_monthly_loss: figure,
  /** Churn. */
  action: text,
  /** Segmentation. */
  tarifa: text,
  cluster_code: text,
  cluster_name: text,
  tenure: text,
  estrato: text,
  /** Mean invoice, EUR. */
  amount: figure,
});
export type CustomerRow = z.infer<typeof CustomerRow>;

/** Values that a filter may take are in `choices`; of the whole run, not of the filter. */
export const Customers = answer({
  model: Model,
  run: RunRef,
  total: count,
  page: z.number().int(),
  page_size: z.number().int(),
  rows: z.array(CustomerRow),
  /** Over the filter, not the page. */
  totals: z.object({ tiers: z.array(TierCount), expected_monthly_loss: figure, probability_mean: figure }),
  choices: z.object({
    tier: z.array(z.string()),
    segment: z.array(z.string()),
    cluster: z.array(z.object({ code: z.string(), name: z.string() })),
    action: z.array(z.string()),
  }),
});
export type Customers = z.infer<typeof Customers>;

/** `masked`: the value is personal and your role does not show it; then `value` is `***`. */
export const ProfileField = z.object({
  key: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  masked: z.boolean(),
});
export type ProfileField = z.infer<typeof ProfileField>;

export const Recommendation = z.object({
  decision: z.string(),
  action: z.string(),
  channel: z.string(),
  timing: z.string(),
  offer_eur_month: figure,
  /** Budget: what the offer costs at most, EUR. */
  cost_eur: figure,
  expected_value_eur: figure,
  expected_monthly_loss: figure,
  expected_yearly_loss: figure,
  /** A year's loss - budget, EUR. */
  net_eur: figure,
  /** `net_eur` / budget; null without budget. */
  return_ratio: figure,
});
export type Recommendation = z.infer<typeof Recommendation>;

export const Reason = z.object({ code: z.string(), en: z.string(), es: z.string() });
export type Reason = z.infer<typeof Reason>;

/** In log-odds: `base` + all contributions = `output`; the largest by size first, `rest` adds up those not listed. */
export const Contributions = z.object({
  base: z.number(),
  output: z.number(),
  rest: z.number(),
  rows: z.array(
    z.object({ feature: z.string(), value: z.union([z.string(), z.number()]).nullable(), contribution: z.number() }),
  ),
});
export type Contributions = z.infer<typeof Contributions>;

export const Customer = answer({
  model: Model,
  run: RunRef,
  customer: CustomerRow,
  /** The customer's groups, dates, contacts: by key. */
  profile: z.array(ProfileField),
  /** Months, oldest first; electricity and gas in kWh, money in EUR. Segmentation: `month` is m12 (oldest) to m01. */
  months: z.array(
    z.object({
      month: z.string(),
      electricity_kwh: figure,
      gas_kwh: figure,
      amount_eur: figure,
      margin_eur: figure,
    }),
  ),
  /** Oldest run first. */
  probability_history: z.array(
    z.object({ run_id: z.string(), as_of: text, probability: z.number(), tier: z.string() }),
  ),
  reasons: z.array(Reason),
  contributions: Contributions.nullable(),
  /** Why there are no contributions. */
  contributions_reason: text,
  recommendation: Recommendation.nullable(),
  guardrails: z.array(Reason),
  /** What could not be shown, and why. */
  notices: z.array(Words),
  /** Contracts of the same customer (segmentation). */
  others: z.array(z.object({ id: z.string(), probability: z.number(), tier: z.string() })),
});
export type Customer = z.infer<typeof Customer>;

export const RecommendationsQuery = z.strictObject({
  run: runId.optional(),
  action: names.optional(),
  tier: names.optional(),
  segment: names.optional(),
  decision: names.optional(),
  sort: z.enum(['probability', 'expected_value_eur', 'cost_eur', 'expected_monthly_loss']).default('probability'),
  order: z.enum(['asc', 'desc']).default('desc'),
  page,
  page_size: pageSize,
});
export type RecommendationsQuery = z.infer<typeof RecommendationsQuery>;

export const RecommendationRow = z.object({
  id: z.string(),
  probability: z.number(),
  tier: z.string(),
  segment: text,
  decision: z.string(),
  action: z.string(),
  channel: z.string(),
  timing: z.string(),
  offer_eur_month: figure,
  cost_eur: figure,
  expected_value_eur: figure,
  expected_monthly_loss: figure,
  reasons: z.array(Reason),
  guardrails: z.array(z.string()),
});
export type RecommendationRow = z.infer<typeof RecommendationRow>;

/** Segmentation has none: `available: false`. */
export const Recommendations = answer({
  model: Model,
  run: RunRef,
  /** What each tier is offered in this run, where no guardrail fires. */
  policy: z.array(
    z.object({ tier: z.string(), action: z.string(), offer_eur_month_max: figure, timing: text, customers: count }),
  ),
  totals: z.object({
    customers: count,
    offers: count,
    cost_eur: figure,
    expected_value_eur: figure,
    expected_monthly_loss: figure,
    /** Null: no cap. */
    budget_eur: figure,
  }),
  by_action: z.array(z.object({ action: z.string(), customers: count, cost_eur: figure, expected_value_eur: figure })),
  by_tier: z.array(z.object({ tier: z.string(), customers: count, offers: count })),
  /** `customers` null: the rule could not be checked on this data. */
  guardrails: z.array(z.object({ code: z.string(), en: z.string(), es: z.string(), customers: count.nullable() })),
  choices: z.object({ action: z.array(z.string()), tier: z.array(z.string()), segment: z.array(z.string()) }),
  total: count,
  page: z.number().int(),
  page_size: z.number().int(),
  rows: z.array(RecommendationRow),
});
export type Recommendations = z.infer<typeof Recommendations>;

export const RUN_STATES = ['succeeded', 'failed', 'running', 'interrupted', 'unknown'] as const;
export const StatusQuery = z.strictObject({ status: names.optional(), page, page_size: pageSize });
export type StatusQuery = z.infer<typeof StatusQuery>;

export const StepStatus = z.object({
  name: z.string(),
  kind: z.string(),
  /** succeeded, failed, skipped, not_run, running, waiting, interrupted, unknown */
  status: z.string(),
  started: text,
  ended: text,
  duration_s: figure,
  rss_bytes_max: figure,
  exit_code: z.number().int().nullable(),
  message: text,
});
export type StepStatus = z.infer<typeof StepStatus>;

/** Newest first. `file`: what started the run, where it is known; `place`: the folder or prefix with its results. */
export const Status = answer({
  model: Model,
  counts: z.array(z.object({ status: z.string(), runs: count })),
  total: count,
  page: z.number().int(),
  page_size: z.number().int(),
  runs: z.array(
    z.object({
      ...RunRef.shape,
      pipeline: z.string(),
      ended: text,
      duration_s: figure,
      exit_code: z.number().int().nullable(),
      file: text,
      place: z.string(),
      /** Why it failed, where that is known of the run as a whole. */
      message: text,
      steps: z.array(StepStatus),
    }),
  ),
  /** Where the runs were read from, and what that leaves out. */
  source: Words,
});
export type Status = z.infer<typeof Status>;
