/** Every rate of dirt and missing values in the generated raw files, as shares of what the name says. */
export const DIRT = {
  /** Price rows that have lost their customer, on top of the customers' own: 252 at 20,099 customers. */
  price_rows_without_customer_per_customer: 252 / 20_099,
  /** Customers that lack the price of one to five months. With `PRICE_MONTHS_MISSING_MOST` gives about 203 at 20,099. */
  customers_with_price_months_missing: 0.0034,
  /** Zeros that mean missing, of a customer's month. */
  zero_price_tier1: 0.006,
  zero_price_tier2: 0.015,
  zero_price_tier3: 0.015,
  zero_elec_fixed_fee: 0.004,
  zero_gas_price: 0.01,
  zero_gas_fixed_revenue: 0.01,
  /** Customers whose January price is wrong by `FIRST_PRICE_FACTOR`: their price trend is absurd. */
  first_price_wrong: 0.0002,
  /** Meters that write negative electricity now and then, and the share of their readings that are negative: .259 % of all. */
  faulty_meters: 0.25,
  negative_elec_of_faulty_meters: 0.010_61,
  /** Of readings of gas in use: .011 % of all. */
  negative_gas: 0.000_818,
  /** Customers with gas and no electricity, of all. */
  gas_only: 30 / 20_099,
  /** Customers whose electricity starts within the year: nothing before. */
  elec_starts_late: 0.043,
  no_last_product_change: 6095 / 20_099,
  /** Sales channels written in capitals, or with blanks around them. */
  channel_odd_spelling: 0.03,
  /** Of customers whose channel is unknown: a null instead of a code. */
  channel_null_of_unknown: 0.01,
  /** A code that no mapping knows. */
  channel_unmapped: 0.0002,
} as const;

export const PRICE_MONTHS_MISSING_MOST = 5;
export const FIRST_PRICE_FACTOR = 0.004;
/** Mean of the exponential sizes, and what gas never falls below. */
export const NEGATIVE_ELEC_MEAN_KWH = 0.9;
export const NEGATIVE_GAS_MEAN_M3 = 0.0147;
export const NEGATIVE_GAS_MOST_M3 = 0.23;
export const UNMAPPED_CHANNEL = 'feria_local';
