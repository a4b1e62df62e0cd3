import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { summarizeMonths } from '@pilotlight/features';
import type { StepFunction } from '@pilotlight/pipeline';
import pl, { type DataFrame } from 'nodejs-polars';
import { requiredInput, requiredOutput } from '../../stepInputs.ts';
import type { ChurnConfig } from '../config.ts';
import { checkFeatures, declaredAbsent } from '../experiments.ts';
import { absentFeatures, FEATURES, type FeatureKind } from '../featureCatalogue.ts';
import { addBehaviour, addCompound, addCrossed, addLifecycle } from '../features.ts';
import { GOLD_FEATURES, GOLD_TABLE, type GoldFeatures } from '../goldTable.ts';
import { PREFERENCES } from '../layerColumns.ts';
import { checkQuality } from '../quality.ts';
import { asOf, stepConfig } from '../stepInputs.ts';
import { checkLayer, readTable, writeTable } from '../tableFiles.ts';
import { readTextScorer } from '../textScorer.ts';

/** Never trained on; kept for the expected loss, guardrails, reports and the dashboard. */
const CARRIED = [
  'avg_monthly_margin',
  'total_margin_2024',
  'province_code',
  'region',
  'contracted_power_kw',
  'is_urban',
  'sentiment_neg',
  'sentiment_neu',
  'sentiment_pos',
  'next_renewal_date',
  'last_interaction_date',
] as const;

/**
 * One row a customer: every feature, the label, and what is carried along. The same fills for training and scoring.
 *
 * Input `silver`. Output `gold`: `gold_master.parquet`, `features.json`, `quality.json`.
 */
export const gold: StepFunction = async (context) => {
  const config = stepConfig(context);
  checkFeatures(config);
  const silver = requiredInput(context, 'silver');
  const out = requiredOutput(context, 'gold');
  const date = asOf(context);
  checkLayer(silver, 'silver', date);
  const customers = joinMonths(
    readTable(silver, 'customer.parquet', 'Silver'),
    readTable(silver, 'customer_month.parquet', 'Silver'),
  );
  const made = addCrossed(addCompound(addBehaviour(addLifecycle(customers, date), date)));
  const listed = listFeatures(config, made, { date, scorer: readTextScorer(silver) });
  const columns = ['customer_id', 'churn', ...listed.features.map(({ name }) => name), ...listed.carried];
  const table = fill(made, config, listed).select(...columns);
  writeTable(table.sort('customer_id'), path.join(out, GOLD_TABLE));
  await writeJson(path.join(out, GOLD_FEATURES), listed);
  await checkQuality({
    layer: 'gold',
    tables: [{ name: 'gold_master', path: path.join(out, GOLD_TABLE), key: ['customer_id'] }],
    config,
    facts: { as_of: date },
    out: path.join(out, 'quality.json'),
  });
};

/** A margin that a source gives itself (where there are no readings) wins over the one of its months, which is then empty. */
function joinMonths(customers: DataFrame, months: DataFrame): DataFrame {
  const summary = summarizeMonths(months);
  const own = summary.columns.filter((name) => name !== 'customer_id' && customers.columns.includes(name));
  const joined = customers.join(own.length === 0 ? summary : summary.drop(own), { on: 'customer_id', how: 'left' });
  return joined.withColumns(pl.col('gas_share_of_revenue').fillNull(0));
}

function listFeatures(
  config: ChurnConfig,
  made: DataFrame,
  { date, scorer }: { date: string; scorer: string | null },
): GoldFeatures {
  const absent = new Set([...absentFeatures(config), ...declaredAbsent(config)]);
  const { tiers } = config.features;
  const features = Object.entries(tiers).flatMap(([tier, names]) =>
    names.filter((name) => !absent.has(name)).map((name) => ({ name, kind: kindOf(name, made), tier })),
  );
  const names = new Set(features.map(({ name }) => name));
  const carried = [...CARRIED, ...PREFERENCES].filter((name) => made.columns.includes(name) && !names.has(name));
  return {
    schema_version: 1,
    as_of: date,
    text_scorer: scorer,
    features: features.filter(({ name }, i) => features.findIndex((one) => one.name === name) === i),
    carried,
    absent_tiers: config.features.absent.tiers.slice(),
    absent_features: [...absent].sort(),
  };
}

/** A column that a source adds counts as a category when it is text. */
function kindOf(name: string, made: DataFrame): FeatureKind {
  return FEATURES[name]?.kind ?? (made.getColumn(name).dtype.equals(pl.String) ? 'categorical' : 'numeric');
}

function fill(made: DataFrame, config: ChurnConfig, { features }: GoldFeatures): DataFrame {
  const names = new Set(features.map(({ name }) => name));
  const fills = Object.entries(config.features.fills).filter(([name]) => names.has(name));
  const flags = [...names].filter((name) => FEATURES[name]?.isFlag);
  const booleans = made.columns.filter((name) => names.has(name) && made.getColumn(name).dtype.equals(pl.Bool));
  return made
    .withColumns(...booleans.map((name) => pl.col(name).cast(pl.Int32)), pl.col('churn').cast(pl.Int32))
    .withColumns(
      ...fills.map(([name, value]) => pl.col(name).fillNull(pl.lit(value))),
      ...flags.map((name) => pl.col(name).fillNull(0).cast(pl.Int32)),
    );
}
