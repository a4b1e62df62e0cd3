import path from 'node:path';
import { addMargins, classifyResidence, classifySegment, cleanChannel, imputePrices } from '@pilotlight/features';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import pl, { type DataFrame } from 'nodejs-polars';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import type { ChurnConfig } from '../config.ts';
import { checkQuality } from '../quality.ts';
import { asOf, stepConfig } from '../stepInputs.ts';
import { checkLayer, readTable, writeTable } from '../tableFiles.ts';
import { readTextScorer } from '../textScorer.ts';

/**
 * Customers with their segment and the name of their sales channel; customer-months with imputed prices and profit and loss.
 *
 * Input `bronze`. Output `silver`: `customer.parquet`, `customer_month.parquet`, `quality.json`.
 */
export const silver: StepFunction = async (context) => {
  const config = stepConfig(context);
  const bronze = requiredInput(context, 'bronze');
  const out = requiredOutput(context, 'silver');
  checkLayer(bronze, 'bronze', asOf(context));
  const raw = readTable(bronze, 'customer.parquet', 'Bronze');
  const customers = raw.withColumns(
    classifySegment(config.corporate_power_kw_min),
    cleanChannel(config.sales_channels),
  );
  const months = readTable(bronze, 'customer_month.parquet', 'Bronze');
  if (customers.height === 0) throw inputError('bronze_empty', 'no customers', bronze, 'run Bronze again');
  const filled = imputeMonths(months, customers);
  writeTable(customers.withColumns(classifyResidence()), path.join(out, 'customer.parquet'));
  writeTable(addMargins(filled), path.join(out, 'customer_month.parquet'));
  await checkQuality({
    layer: 'silver',
    tables: [
      { name: 'customer', path: path.join(out, 'customer.parquet'), key: ['customer_id'] },
      { name: 'customer_month', path: path.join(out, 'customer_month.parquet'), key: ['customer_id', 'month'] },
    ],
    config,
    facts: {
      as_of: asOf(context),
      text: { scorer: readTextScorer(bronze) },
      imputed: countFilled(months, filled),
      channels_unmapped: reportChannels(context, config, customers),
    },
    out: path.join(out, 'quality.json'),
  });
};

function imputeMonths(months: DataFrame, customers: DataFrame): DataFrame {
  if (months.height === 0) return months;
  const kinds = customers.select('customer_id', 'is_industrial');
  const withKind = months.join(kinds, { on: 'customer_id', how: 'left' }).sort(['customer_id', 'month']);
  return imputePrices(withKind).drop('is_industrial');
}

const PRICES = /^(variable_price_|elec_fixed_fee|gas_variable_price|gas_fixed_revenue)/;

/** How many prices were missing (0 included) and how many of them got a value, by column. */
function countFilled(before: DataFrame, after: DataFrame): Record<string, { missing: number; imputed: number }> {
  const names = before.columns.filter((name) => PRICES.test(name));
  const missing = (frame: DataFrame, name: string) =>
    frame.height - frame.filter(pl.col(name).neq(0).fillNull(false)).height;
  return Object.fromEntries(
    names.map((name) => {
      const [was, is] = [missing(before, name), missing(after, name)];
      return [name, { missing: was, imputed: was - is }];
    }),
  );
}

/** Channels that no name is configured for: kept as they are, counted, and said. */
function reportChannels(context: StepContext, config: ChurnConfig, customers: DataFrame): Record<string, number> {
  const names = [...new Set([...Object.values(config.sales_channels), 'Unknown'])];
  const others = customers.filter(pl.col('sales_channel').isIn(names).not());
  const counts: Record<string, number> = {};
  for (const value of others.getColumn('sales_channel').toArray().map(String).sort())
    counts[value] = (counts[value] ?? 0) + 1;
  if (others.height > 0) context.log.warn({ channels: counts }, 'sales channels without a name: kept as they are');
  return counts;
}
