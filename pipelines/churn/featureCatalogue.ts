import type { ChurnConfig } from './config.ts';

export type SourceName = keyof ChurnConfig['columns']['sources'] | 'consumption';
export type FeatureKind = 'numeric' | 'categorical';
/** A flag is 0 or 1, and 0 where it is not known. `attributes`: columns of the customers that it cannot do without. */
type Entry = { kind: FeatureKind; isFlag?: true; needs: readonly SourceName[]; attributes?: readonly string[] };

const numeric = (...needs: SourceName[]): Entry => ({ kind: 'numeric', needs });
const flag = (...needs: SourceName[]): Entry => ({ kind: 'numeric', isFlag: true, needs });
const categorical = (...needs: SourceName[]): Entry => ({ kind: 'categorical', needs });

const of = (entry: Entry, ...attributes: string[]): Entry => ({ ...entry, attributes });

const texts = 'customer_interactions';
const renewal = 'customer_contracts';
const prices = 'price_history';
const costs = 'costs_by_province_month';
const meter = 'consumption';

/** Every feature that the code makes, whatever a configuration asks for, with the raw sources that it cannot do without. */
export const FEATURES: Readonly<Record<string, Entry>> = {
  months_to_renewal: numeric(renewal),
  renewal_bucket: categorical(renewal),
  is_within_3m_of_renewal: flag(renewal),
  tenure_months: numeric(renewal),
  tenure_bucket: categorical(renewal),
  is_expired_contract: flag(renewal),
  segment: of(categorical(), 'is_industrial', 'contracted_power_kw'),
  sales_channel: of(categorical(), 'sales_channel'),
  is_high_competition_province: of(flag(), 'is_high_competition_province'),
  is_second_residence: of(flag(), 'is_second_residence'),
  is_dual_fuel: flag(meter),
  portfolio_type: of(categorical(meter), 'is_industrial', 'contracted_power_kw'),
  is_digital_channel: of(flag(), 'sales_channel'),
  is_comparison_channel: of(flag(), 'sales_channel'),
  is_own_website_channel: of(flag(), 'sales_channel'),

  avg_monthly_elec_kwh: numeric(meter),
  total_elec_kwh_2024: numeric(meter),
  avg_monthly_gas_m3: numeric(meter),
  total_gas_m3_2024: numeric(meter),
  gas_share_of_revenue: numeric(meter, prices),
  price_update_count: numeric(prices),
  province_avg_elec_cost_2024: of(numeric(costs), 'province_code'),
  province_avg_gas_cost_2024: of(numeric(costs), 'province_code'),

  std_monthly_elec_kwh: numeric(meter),
  std_monthly_gas_m3: numeric(meter),
  std_margin: numeric(meter, prices, costs),
  elec_price_volatility_12m: numeric(prices),
  active_months_count: numeric(meter),
  min_monthly_margin: numeric(meter, prices, costs),
  max_negative_margin: numeric(meter, prices, costs),
  elec_price_trend_12m: numeric(prices),
  gas_price_trend_12m: numeric(prices),
  province_elec_cost_trend: of(numeric(costs), 'province_code'),
  elec_price_vs_province_cost_spread: of(numeric(prices, costs), 'province_code'),
  is_price_increase: flag(prices),
  rolling_margin_trend: numeric(meter, prices, costs),

  has_interaction: flag(texts),
  customer_intent: categorical(texts),
  is_cancellation_intent: flag(texts),
  is_complaint_intent: flag(texts),
  recent_complaint_flag: flag(texts),
  intent_severity_score: numeric(texts),
  last_interaction_days_ago: numeric(texts),
  months_since_last_change: numeric(renewal),
  interaction_within_3m_of_renewal: flag(texts, renewal),
  is_interaction_within_30d_of_renewal: flag(texts, renewal),
  complaint_near_renewal: flag(texts, renewal),

  sentiment_label: categorical(texts),
  is_negative_sentiment: flag(texts),
  complaint_x_negative_sentiment: flag(texts),

  is_price_sensitive: flag(texts),
  is_high_risk_lifecycle: flag(renewal),
  is_competition_x_renewal: of(flag(renewal), 'is_high_competition_province'),
  dual_fuel_x_renewal: flag(meter, renewal),
  dual_fuel_x_competition: of(flag(meter), 'is_high_competition_province'),
  dual_fuel_x_intent: flag(meter, texts),

  intent_x_renewal_bucket: categorical(texts, renewal),
  intent_x_tenure_bucket: categorical(texts, renewal),
  sentiment_x_renewal_bucket: categorical(texts, renewal),
  intent_x_sentiment: categorical(texts),
  tenure_x_renewal_bucket: categorical(renewal),
  sales_channel_x_renewal_bucket: categorical(renewal),
  has_interaction_x_renewal_bucket: categorical(texts, renewal),
  competition_x_intent: of(categorical(texts), 'is_high_competition_province'),
};

/** Features that cannot be made because a source, or a column of the customers, is absent from the configuration. */
export function absentFeatures(config: ChurnConfig): string[] {
  const has = (source: SourceName) =>
    source === 'consumption' ? config.consumption !== undefined : config.columns.sources[source] !== undefined;
  const declared = Object.keys(config.columns.sources.customer_attributes.columns);
  return Object.entries(FEATURES)
    .filter(
      ([, { needs, attributes = [] }]) => !needs.every(has) || attributes.some((name) => !declared.includes(name)),
    )
    .map(([name]) => name);
}
