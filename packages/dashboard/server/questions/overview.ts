import { z } from 'zod';
import { type Kpi, type Model, type Overview, type ScoreBin, TIERS, type TierCount, type Words } from '../../api.ts';
import { parquet, type Row } from '../database.ts';
import { openAll, readIfThere } from '../readResult.ts';
import type { Run } from '../results/run.ts';
import { type Context, chooseRun, SCORED } from './context.ts';
import { readDriftSummary } from './driftFiles.ts';

const BINS = 20;
const figure = z.number().nullable();
const Evaluation = z.looseObject({ pr_auc: figure, roc_auc: figure });
const PartEvaluation = z.looseObject({
  metrics: z.record(z.string(), z.looseObject({ roc_auc: figure, average_precision: figure })),
});
const Scored = z.looseObject({
  model_version: z.number().int().nullish(),
  text_scorer: z.string().nullish(),
  held_out: z.looseObject({ tiers: z.record(z.string(), z.looseObject({ churn_rate: figure.optional() })) }).nullish(),
});
const Recommended = z.looseObject({
  decisions: z.looseObject({ offer: z.number() }),
  offers_cost_eur: figure,
  expected_value_eur: figure,
});
const Registration = z.looseObject({ champion_version: z.number().int().nullish() });

/** The run at a glance. */
export async function readOverview(context: Context, model: Model, wanted: string | undefined): Promise<Overview> {
  const run = await chooseRun(context, model, wanted, SCORED[model], 'scored customers');
  const { relation } = await context.customers.open(run);
  const byTier = await context.database.rows(
    `SELECT tier, count(*) AS customers, avg(probability) AS probability_mean, sum(expected_monthly_loss) AS loss
     FROM ${relation} GROUP BY 1`,
  );
  const bins = await context.database.rows(
    `SELECT least(floor(probability * ${BINS}), ${BINS - 1}) AS bin, tier, count(*) AS customers FROM ${relation} GROUP BY 1, 2`,
  );
  const scored = model === 'churn' ? await readIfThere(run, 'scored/summary.json', Scored) : null;
  const observed = await observedRates(context, run, scored);
  const registration = await readIfThere(run, 'registration/registration.json', Registration);
  const runs = await context.results.runs(model);
  const completed = runs.filter(({ ref }) => ref.status === 'succeeded').length;
  const drift = await readDriftSummary(run);
  return {
    available: true,
    model,
    run: run.ref,
    kpis: [
      ...(await customerKpis(context, model, relation, byTier)),
      ...(await modelKpis(run)),
      kpi('runs_completed', completed, 'count'),
      ...(drift ? [kpi('features_drifted', drift.features_drifted, 'count')] : []),
    ],
    tiers: tierCounts(model, byTier, observed),
    scores: scoreBins(bins),
    drift,
    model_version: scored?.model_version ?? null,
    champion_version: registration?.champion_version ?? scored?.model_version ?? null,
    text_scorer: scored?.text_scorer ?? null,
    notices: noticesOf(run, runs[0], drift !== null),
  };
}

const kpi = (key: Kpi['key'], value: number | null, unit: Kpi['unit'], part: string | null = null): Kpi => ({
  key,
  part,
  value,
  unit,
});

async function customerKpis(
  { database }: Context,
  model: Model,
  relation: string,
  byTier: readonly Row[],
): Promise<Kpi[]> {
  const of = (...tiers: string[]) =>
    sum(
      byTier.filter((row) => tiers.includes(String(row.tier))),
      'customers',
    );
  const scored = sum(byTier, 'customers');
  const share = (count: number) => (scored === 0 ? null : count / scored);
  const mean =
    scored === 0
      ? null
      : byTier.reduce((all, row) => all + Number(row.probability_mean) * Number(row.customers), 0) / scored;
  if (model === 'churn') {
    const [critical, high] = [of('Critical'), of('High')];
    return [
      kpi('scored', scored, 'count'),
      kpi('critical', critical, 'count'),
      kpi('high', high, 'count'),
      kpi('at_risk_share', share(critical + high), 'share'),
      kpi('expected_monthly_loss_eur', sum(byTier, 'loss'), 'eur'),
      kpi('probability_mean', mean, 'share'),
    ];
  }
  const [clusters] = await database.rows(`SELECT count(DISTINCT cluster_code) AS clusters FROM ${relation}`);
  const [critical, high] = [of('MUY ALTO'), of('ALTO')];
  return [
    kpi('scored', scored, 'count'),
    kpi('critical', critical, 'count'),
    kpi('high', high, 'count'),
    kpi('at_risk_share', share(critical + high), 'share'),
    kpi('not_up_to_date', of('INCORRIENTE'), 'count'),
    kpi('clusters', Number(clusters?.clusters ?? 0), 'count'),
    kpi('probability_mean', mean, 'share'),
  ];
}

async function modelKpis(run: Run): Promise<Kpi[]> {
  if (run.model === 'churn') {
    const evaluation = await readIfThere(run, 'evaluation/evaluation.json', Evaluation);
    const recommended = await readIfThere(run, 'recommendations/summary.json', Recommended);
    return [
      ...(evaluation ? [kpi('pr_auc', evaluation.pr_auc, 'score'), kpi('roc_auc', evaluation.roc_auc, 'score')] : []),
      ...(recommended
        ? [
            kpi('offers', recommended.decisions.offer, 'count'),
            kpi('offers_cost_eur', recommended.offers_cost_eur, 'eur'),
            kpi('expected_value_eur', recommended.expected_value_eur, 'eur'),
          ]
        : []),
    ];
  }
  const found: Kpi[] = [];
  for (const part of ['Domestic', 'Industrial']) {
    const evaluation = await readIfThere(run, `models/${part}/evaluation.json`, PartEvaluation);
    const unseen = evaluation?.metrics.inference ?? evaluation?.metrics.test;
    if (unseen === undefined) continue;
    found.push(kpi('pr_auc', unseen.average_precision, 'score', part), kpi('roc_auc', unseen.roc_auc, 'score', part));
  }
  return found;
}

/** Known outcomes by tier, of customers that training has not seen. */
async function observedRates(
  { database }: Context,
  run: Run,
  scored: z.infer<typeof Scored> | null,
): Promise<Record<string, number | null>> {
  if (run.model === 'churn') {
    const tiers = scored?.held_out?.tiers ?? {};
    return Object.fromEntries(Object.entries(tiers).map(([tier, { churn_rate }]) => [tier, churn_rate ?? null]));
  }
  const files = await openAll(run, SCORED.segmentation);
  const rows = await database.rows(
    `SELECT risk_category AS tier, avg(target) AS rate FROM ${parquet(files, ', hive_partitioning = true')} WHERE split <> 'train' GROUP BY 1`,
  );
  return Object.fromEntries(rows.map(({ tier, rate }) => [String(tier), rate as number | null]));
}

function tierCounts(model: Model, rows: readonly Row[], observed: Record<string, number | null>): TierCount[] {
  const total = sum(rows, 'customers');
  const known: readonly string[] = TIERS[model];
  const others = rows.map(({ tier }) => String(tier)).filter((tier) => !known.includes(tier));
  return [...known, ...others].map((tier) => {
    const row = rows.find((one) => one.tier === tier);
    const customers = Number(row?.customers ?? 0);
    return {
      tier,
      customers,
      share: total === 0 ? null : customers / total,
      probability_mean: (row?.probability_mean as number | null | undefined) ?? null,
      observed_rate: observed[tier] ?? null,
    };
  });
}

function scoreBins(rows: readonly Row[]): ScoreBin[] {
  return Array.from({ length: BINS }, (_, bin) => {
    const here = rows.filter((row) => row.bin === bin);
    return {
      lower: bin / BINS,
      upper: (bin + 1) / BINS,
      customers: sum(here, 'customers'),
      tiers: Object.fromEntries(here.map(({ tier, customers }) => [String(tier), Number(customers)])),
    };
  });
}

function noticesOf(run: Run, newest: Run | undefined, hasDrift: boolean): Words[] {
  const notices: Words[] = [];
  if (newest !== undefined && newest.ref.run_id !== run.ref.run_id) {
    notices.push({
      en: `This is not the newest run: ${newest.ref.run_id} of ${newest.ref.as_of ?? '-'} (${newest.ref.status}) is.`,
      es: `No es la última ejecución: la última es ${newest.ref.run_id} de ${newest.ref.as_of ?? '-'} (${newest.ref.status}).`,
    });
  }
  if (run.ref.status !== 'succeeded') {
    notices.push({
      en: `The run did not end well (${run.ref.status}): figures may be of an earlier run, or missing.`,
      es: `La ejecución no terminó bien (${run.ref.status}): las cifras pueden ser de otra anterior, o faltar.`,
    });
  }
  if (!hasDrift) {
    notices.push({ en: 'Drift of this run is not known.', es: 'No se conoce la deriva de esta ejecución.' });
  }
  return notices;
}

const sum = (rows: readonly Row[], name: string) => rows.reduce((all, row) => all + Number(row[name] ?? 0), 0);
