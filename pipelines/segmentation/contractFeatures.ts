import {
  addInvoiceColumns,
  dayOf,
  handleIncorrientes,
  measureLateness,
  normalizeDatesRelativeToInvoice,
  pivotInvoices,
} from '@pilotlight/features';

import pl, { type DataFrame, type Expr } from 'nodejs-polars';
import { inputError } from '../stepInputs.ts';
import type { AppConfig } from './config.ts';
import type { Feature } from './featureSet.ts';

/** What a contract's row carries besides features. */
const NOT_FEATURES = [
  'policy_id',
  'customer_id',
  'tarifa',
  'model_type',
  'split',
  'fold',
  'target',
  'incorriente_reason',
];

/** Parquet files of the door: contracts, and their newest invoices sorted by contract, newest first. */
type Partition = { contracts: string; invoices: string };

/**
 * What makes one partition's contracts with all their features, see {@link addInvoiceColumns} for why it is made once.
 *
 * @returns of a partition: one row a contract, sorted by `policy_id`: the contract's columns and the features of docs/segmentation.md
 */
export function contractFeatures(asOf: string, config: AppConfig): (partition: Partition) => Promise<DataFrame> {
  const { invoices: rules, fills, date_strategy } = config.modeling;
  const { incorrientes } = config.clustering;
  const pivot = pivotInvoices({
    measures: rules.measures,
    last: rules.last,
    latenessLast: incorrientes.last_invoices,
  });
  const addColumns = addInvoiceColumns(rules);
  return async ({ contracts, invoices }) => {
    const scanned = pl.scanParquet(invoices);
    checkMeasures(scanned.columns, Object.keys(rules.measures));
    const positioned = await scanned
      .withColumns(
        ...measureLateness(scanned.columns, asOf),
        pl.intRange(0, pl.len()).over('policy_id').alias('position'),
      )
      .collect();
    const contractFrame = pl.scanParquet(contracts);
    const dates = dateColumns(await contractFrame.limit(0).collect());
    const joined = contractFrame
      .join(pivot(positioned.lazy()), { on: 'policy_id', how: 'left', maintainOrder: 'left' })
      .withColumns(
        pl.col('invoice_count').fillNull(0),
        pl.col('overdue_days').fillNull(0),
        pl.col('open_invoices').fillNull(0),
        daysSinceLastInvoice(asOf),
      );
    const described = addColumns(joined, positioned.lazy()).withColumns(
      ...normalizeDatesRelativeToInvoice(dates, asOf, date_strategy),
      handleIncorrientes(incorrientes),
    );
    const frame = await described.collect();
    return frame.withColumns(...fillColumns(frame, fills)).drop('last_invoice_date');
  };
}

/** The features among a frame's columns, in the frame's order. */
export function featureKinds(frame: DataFrame, config: AppConfig): Feature[] {
  const { features_include: included, features_exclude: excluded } = config.modeling;
  checkNamed(included, frame.columns);
  const isExcluded = matcher(excluded, frame.columns);
  const features: Feature[] = [];
  for (const [name, dtype] of Object.entries(frame.schema)) {
    const kind = kindOf(String(dtype));
    if (kind === undefined || isExcluded(name)) continue;
    if (NOT_FEATURES.includes(name) && !included.includes(name)) continue;
    features.push({ name, kind });
  }
  return features;
}

/** The invoice means that BENCHMARK shows. */
export function benchmarkColumns(config: AppConfig): string[] {
  const { windows, measures, statistics } = config.modeling.invoices;
  if (!statistics.includes('mean')) return [];
  const used = Object.values(measures).filter((measure) => measure === 'amount' || measure === 'consumption');
  return used.map((measure) => `${measure}_mean_last${Math.max(...windows)}`);
}

function kindOf(dtype: string): Feature['kind'] | undefined {
  if (/Date/.test(dtype)) return undefined;
  if (/Bool/.test(dtype)) return 'boolean';
  return /Utf8|String|Categorical/.test(dtype) ? 'categorical' : 'numeric';
}

function daysSinceLastInvoice(asOf: string): Expr {
  return pl
    .lit(dayOf(asOf))
    .minus(pl.col('last_invoice_date').cast(pl.Int32))
    .cast(pl.Int32)
    .alias('last_invoice_days');
}

function dateColumns(frame: DataFrame): string[] {
  return Object.entries(frame.schema)
    .filter(([, dtype]) => /Date/.test(String(dtype)))
    .map(([name]) => name);
}

function fillColumns(frame: DataFrame, fills: AppConfig['modeling']['fills']): Expr[] {
  checkNamed(Object.keys(fills), frame.columns);
  return Object.entries(fills).map(([name, value]) => pl.col(name).fillNull(pl.lit(value)));
}

function checkMeasures(columns: string[], measures: string[]): void {
  const absent = measures.filter((measure) => !columns.includes(measure));
  if (absent.length > 0) {
    throw inputError(
      'measure_unknown',
      `no invoice column ${absent.map((name) => `"${name}"`).join(', ')}`,
      'modeling.invoices.measures',
      `use declared columns of columns.sources.hfac: ${columns.join(', ')}`,
    );
  }
}

/** `*` stands for any characters, `?` for one. A pattern that fits no column is refused: it would exclude nothing unseen. */
function matcher(patterns: readonly string[], columns: readonly string[]): (name: string) => boolean {
  const forms = patterns.map((pattern) => {
    const escaped = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    const form = new RegExp(`^${escaped}$`);
    if (!columns.some((name) => form.test(name))) checkNamed([pattern], columns);
    return form;
  });
  return (name) => forms.some((form) => form.test(name));
}

function checkNamed(names: readonly string[], columns: readonly string[]): void {
  const absent = names.filter((name) => !columns.includes(name));
  if (absent.length > 0) {
    throw inputError(
      'feature_unknown',
      'no such column',
      absent.join(', '),
      'correct modeling.features_include, features_exclude, fills',
    );
  }
}
