import {
  crossLevels,
  DAYS_A_MONTH,
  daysFrom,
  monthsSince,
  monthsToRenewal,
  renewalBucket,
  tenureBucket,
  tenureMonths,
} from '@pilotlight/features';
import { INTENTS, intentSeverity } from '@pilotlight/text';
import pl, { type DataFrame, type Expr } from 'nodejs-polars';

const DIGITAL = { comparison: 'Comparison Website', own: 'Own Website' } as const;
const [CANCELLATION, COMPLAINT] = ['Cancellation / Switch', 'Complaint / Escalation'] as const;
const PRICING = 'Pricing Offers';

const flag = (condition: Expr, name: string): Expr => condition.fillNull(false).cast(pl.Int32).alias(name);
const is = (column: string, value: string): Expr => pl.col(column).eq(pl.lit(value));
const isOne = (column: string): Expr => pl.col(column).eq(1).fillNull(false);
const both = (left: string, right: string): Expr => isOne(left).and(isOne(right));

/** Tier 1a: when the contract renews, how long the customer has been one, what kind of customer, by which channel. */
export function addLifecycle(customers: DataFrame, asOf: string): DataFrame {
  const channel = pl.col('sales_channel');
  return customers
    .withColumns(monthsToRenewal(asOf), tenureMonths(asOf))
    .withColumns(renewalBucket(), tenureBucket())
    .withColumns(
      flag(pl.col('months_to_renewal').ltEq(3), 'is_within_3m_of_renewal'),
      flag(is('renewal_bucket', 'expired'), 'is_expired_contract'),
      flag(pl.col('is_high_competition_province'), 'is_high_competition_province'),
      flag(pl.col('is_second_residence'), 'is_second_residence'),
      flag(pl.col('total_elec_kwh_2024').gt(0).and(pl.col('total_gas_m3_2024').gt(0)), 'is_dual_fuel'),
      flag(channel.isIn(Object.values(DIGITAL)), 'is_digital_channel'),
      flag(is('sales_channel', DIGITAL.comparison), 'is_comparison_channel'),
      flag(is('sales_channel', DIGITAL.own), 'is_own_website_channel'),
    )
    .withColumns(portfolioType());
}

function portfolioType(): Expr {
  const fuels = pl.when(isOne('is_dual_fuel')).then(pl.lit('_DualFuel')).otherwise(pl.lit('_SingleFuel'));
  return pl
    .when(pl.col('segment').isNotNull())
    .then(pl.concatString([pl.col('segment').fillNull(pl.lit('')), fuels], ''))
    .otherwise(pl.lit(null).cast(pl.Utf8))
    .alias('portfolio_type');
}

/** Tier 2a and 2b: the latest contact, what it was about, how it sounded, and how near the renewal it was. */
export function addBehaviour(customers: DataFrame, asOf: string): DataFrame {
  const lead = daysFrom('last_interaction_date', asOf)
    .sub(daysFrom('next_renewal_date', asOf))
    .cast(pl.Float64)
    .div(DAYS_A_MONTH);
  const within = (months: number) => lead.gtEq(0).and(lead.ltEq(months));
  return customers
    .withColumns(
      flag(is('customer_intent', CANCELLATION), 'is_cancellation_intent'),
      flag(is('customer_intent', COMPLAINT), 'is_complaint_intent'),
      flag(is('customer_intent', CANCELLATION).or(is('customer_intent', COMPLAINT)), 'recent_complaint_flag'),
      severity().alias('intent_severity_score'),
      daysFrom('last_interaction_date', asOf).alias('last_interaction_days_ago'),
      monthsSince('last_product_change_date', asOf).alias('months_since_last_change'),
      flag(within(3), 'interaction_within_3m_of_renewal'),
      flag(within(1), 'is_interaction_within_30d_of_renewal'),
      flag(is('sentiment_label', 'negative'), 'is_negative_sentiment'),
    )
    .withColumns(
      flag(both('recent_complaint_flag', 'interaction_within_3m_of_renewal'), 'complaint_near_renewal'),
      flag(both('recent_complaint_flag', 'is_negative_sentiment'), 'complaint_x_negative_sentiment'),
    );
}

function severity(): Expr {
  const scored = INTENTS.map((intent) => [intent, intentSeverity(intent)] as const).filter(([, score]) => score > 0);
  return scored
    .reduce(
      (rest, [intent, score]) => pl.when(is('customer_intent', intent)).then(pl.lit(score)).otherwise(rest),
      pl.lit(0) as Expr,
    )
    .cast(pl.Int32);
}

/** Tier 3: two signals at once. */
export function addCompound(customers: DataFrame): DataFrame {
  const young = pl.col('tenure_bucket').isIn(['0-6m', '6-12m']);
  return customers.withColumns(
    flag(is('customer_intent', PRICING), 'is_price_sensitive'),
    flag(pl.col('renewal_bucket').isIn(['expired', '0-3m']).and(young), 'is_high_risk_lifecycle'),
    flag(both('is_high_competition_province', 'is_within_3m_of_renewal'), 'is_competition_x_renewal'),
    flag(both('is_dual_fuel', 'is_within_3m_of_renewal'), 'dual_fuel_x_renewal'),
    flag(both('is_dual_fuel', 'is_high_competition_province'), 'dual_fuel_x_competition'),
    flag(both('is_dual_fuel', 'recent_complaint_flag'), 'dual_fuel_x_intent'),
  );
}

const CROSSED = {
  intent_x_renewal_bucket: ['customer_intent', 'renewal_bucket'],
  intent_x_tenure_bucket: ['customer_intent', 'tenure_bucket'],
  sentiment_x_renewal_bucket: ['sentiment_label', 'renewal_bucket'],
  intent_x_sentiment: ['customer_intent', 'sentiment_label'],
  tenure_x_renewal_bucket: ['tenure_bucket', 'renewal_bucket'],
  sales_channel_x_renewal_bucket: ['sales_channel', 'renewal_bucket'],
  has_interaction_x_renewal_bucket: ['has_interaction', 'renewal_bucket'],
  competition_x_intent: ['is_high_competition_province', 'customer_intent'],
} as const;

/** Tier 1b: pairs of levels as text, made before any fill. */
export function addCrossed(customers: DataFrame): DataFrame {
  return customers.withColumns(
    ...Object.entries(CROSSED).map(([name, [left, right]]) => crossLevels(left, right).alias(name)),
  );
}
