import { PERIODS } from '@pilotlight/tables';
import type { ChurnConfig } from './config.ts';

/** Columns of the layers by what they come from, with the database's types; those of an absent source are there, and null. */
export const ATTRIBUTES = {
  contracted_power_kw: 'DOUBLE',
  is_industrial: 'BOOLEAN',
  is_second_residence: 'BOOLEAN',
  is_high_competition_province: 'BOOLEAN',
  is_urban: 'BOOLEAN',
  province_code: 'BIGINT',
  region: 'VARCHAR',
  sales_channel: 'VARCHAR',
} as const;
export const CONTRACT_DATES = [
  'customer_first_activation_date',
  'contract_start_date',
  'next_renewal_date',
  'last_product_change_date',
] as const;
export const INTERACTION = {
  last_interaction_date: 'DATE',
  interaction_channel: 'VARCHAR',
  interaction_summary: 'VARCHAR',
} as const;
const TEXT_SCORES = ['customer_intent', 'sentiment_label', 'sentiment_neg', 'sentiment_neu', 'sentiment_pos'];
export const PREFERENCES = ['marketing_consent', 'last_contact_date'] as const;
export const PRICES = [
  'variable_price_tier1_eur_kwh',
  'variable_price_tier2_eur_kwh',
  'variable_price_tier3_eur_kwh',
  'elec_fixed_fee_eur_month',
  'elec_fixed_cost_eur_month',
  'gas_variable_price_eur_m3',
  'gas_fixed_revenue_eur_year',
  'gas_fixed_cost_eur_year',
] as const;
export const COSTS = ['elec_var_cost_eur_kwh', 'gas_var_cost_eur_m3', 'peaje_elec_eur_kwh'] as const;
export const SUMS = [
  'monthly_elec_kwh',
  'monthly_gas_m3',
  'monthly_gas_kwh',
  ...PERIODS.map((period) => `elec_kwh_${period}`),
  ...PERIODS.map((period) => `gas_m3_${period}`),
  ...PERIODS.map((period) => `gas_kwh_${period}`),
];
export const COUNTS = [
  'holiday_hours_in_month',
  'readings',
  'negative_elec_readings',
  'negative_gas_readings',
] as const;

/** Columns that are null in every row because the configuration declares no source for them. */
export function undeclaredColumns({ columns, consumption }: ChurnConfig): Set<string> {
  const { sources } = columns;
  const attributes = Object.keys(sources.customer_attributes.columns);
  return new Set<string>([
    ...(sources.churn_label ? [] : ['churn']),
    ...Object.keys(ATTRIBUTES).filter((name) => !attributes.includes(name)),
    ...(attributes.includes('is_second_residence') ? [] : ['residential_type']),
    ...(sources.customer_contracts ? [] : CONTRACT_DATES),
    ...(sources.customer_interactions ? [] : [...Object.keys(INTERACTION), ...TEXT_SCORES]),
    ...PRICES.filter((name) => !(name in (sources.price_history?.columns ?? {}))),
    ...COSTS.filter((name) => !(name in (sources.costs_by_province_month?.columns ?? {}))),
    ...SUMS.filter((name) => !consumption || (name.includes('gas') && !consumption.columns.gas_m3)),
  ]);
}
