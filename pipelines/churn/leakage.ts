import pl from 'nodejs-polars';
import type { ChurnConfig } from './config.ts';
import type { ExperimentFeatures } from './experiments.ts';
import { isFromText } from './textFeatures.ts';

/** A level of a feature whose customers nearly all left, or nearly all stayed. `level` null: the value is missing. */
export type LeakageWarning = {
  feature: string;
  level: string | number | null;
  rows: number;
  churners: number;
  churn_rate: number;
  rule: 'high' | 'low';
  /** Whether the feature is made from the texts of interactions. */
  from_text: boolean;
};

/**
 * Levels of categories and of 0/1 flags that nearly are the outcome, by the configured bounds on rows and churn rate. A feature may rank
 * worse than a bound on its AUC would notice and still have such a level.
 *
 * @param rows Parquet with `churn` and the features: training rows
 * @returns by feature in the order given, then by level
 */
export function findLeakage(
  rows: string,
  features: ExperimentFeatures['features'],
  rules: ChurnConfig['features']['leakage'],
): LeakageWarning[] {
  const frame = pl.readParquet(rows, { columns: ['churn', ...features.map(({ name }) => name)] });
  const levelled = features.filter(({ name, kind }) => kind === 'categorical' || isFlag(frame.getColumn(name)));
  return levelled.flatMap(({ name }) => {
    return countLevels(frame, name).flatMap((level): LeakageWarning[] => {
      const rule = ruleOf(level, rules);
      return rule ? [{ feature: name, ...level, rule, from_text: isFromText(name) }] : [];
    });
  });
}

type Level = Pick<LeakageWarning, 'level' | 'rows' | 'churners' | 'churn_rate'>;

function ruleOf({ rows, churn_rate: rate }: Level, { high, low }: ChurnConfig['features']['leakage']) {
  if (rows >= high.rows_min && rate >= high.rate_min) return 'high';
  return rows >= low.rows_min && rate <= low.rate_max ? 'low' : null;
}

function countLevels(frame: pl.DataFrame, name: string): Level[] {
  const counted = frame
    .groupBy(name)
    .agg(pl.len().cast(pl.Float64).alias('rows'), pl.col('churn').cast(pl.Float64).sum().alias('churners'))
    .sort(name);
  return counted.toRecords().map((record) => {
    const { rows, churners } = record as { rows: number; churners: number };
    return { level: record[name] as string | number | null, rows, churners, churn_rate: churners / rows };
  });
}

const isFlag = (column: pl.Series) =>
  column
    .dropNulls()
    .unique()
    .toArray()
    .every((value) => value === 0 || value === 1);
