import { availableParallelism } from 'node:os';
import native, { type ProgressEvent } from '@pilotlight/native';
import { runNative, type Watched } from './run.ts';

export type ReadingColumns = {
  /** Text or whole numbers. */
  customer_id: string;
  /** A timestamp of any unit; with a time zone, the stored value (UTC) counts. */
  timestamp: string;
  elec_kwh: string;
  /** Without it all sums of gas are null. */
  gas_m3?: string | undefined;
};

export type AggregateOptions = Watched & {
  /** Parquet files or folders of them, in the order of delivery. */
  paths: readonly string[];
  columns: ReadingColumns;
  /** `YYYY-MM-DD`; readings of later days are left out. */
  lastDay: string;
  /** `MM-DD`; all their hours are off-peak. */
  holidays?: readonly string[] | undefined;
  /** Between two readings of a customer; 60. Another value costs time and memory, never changes what counts as a duplicate. */
  intervalMinutes?: number | undefined;
  /** A reading above it is invalid; 1e6. At most 9e9. */
  readingMax?: number | undefined;
  /** Gets the Parquet file. */
  outPath: string;
  /** One a processor. */
  threads?: number | undefined;
  /** In rows. Where readings came twice, `total` grows by what has to be read again. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
};

export type AggregateReport = {
  readings: number;
  customers: number;
  customer_months: number;
  /** Left out: without customer, without a readable time, after the last day, there twice. */
  without_customer: number;
  without_time: number;
  after_as_of: number;
  duplicates: number;
  /** Negative readings count as 0; those that are no number, infinite or above the maximum as missing. */
  negative_elec: number;
  negative_gas: number;
  invalid_elec: number;
  invalid_gas: number;
};

/**
 * Meter readings, any number of them in any order, to one row a customer and month.
 *
 * Times are naive. Of readings with the same customer and time the last delivered counts; of the hour that the autumn clock change gives
 * twice (02:00 of October's last Sunday), two. The file has `customer_id`, `month` (`YYYY-MM`), `monthly_elec_kwh`, `monthly_gas_m3`,
 * `monthly_gas_kwh` (11 kWh a m3), the same for each tariff period (`elec_kwh_tier_1_peak`, ...), `holiday_hours_in_month`, `readings`,
 * `negative_elec_readings`, `negative_gas_readings`, sorted by customer and month. Sums are null where a month has no valid reading of
 * that fuel.
 * Holds 128 bytes a customer and month, about 230 where its readings have gaps or are not sorted; never the readings.
 *
 * @throws InputError NO_ROWS, NO_TIMES, BAD_OPTION, MISSING_COLUMN, WRONG_TYPE, WRITE and those of reading
 */
export async function aggregateReadings(options: AggregateOptions): Promise<AggregateReport> {
  const { columns, signal, onProgress } = options;
  const aggregation = {
    paths: [...options.paths],
    customerId: columns.customer_id,
    timestamp: columns.timestamp,
    elecKwh: columns.elec_kwh,
    ...(columns.gas_m3 === undefined ? {} : { gasM3: columns.gas_m3 }),
    lastDay: options.lastDay,
    holidays: [...(options.holidays ?? [])],
    intervalMinutes: options.intervalMinutes ?? 60,
    readingMax: options.readingMax ?? 1e6,
    threads: options.threads ?? availableParallelism(),
    outPath: options.outPath,
  };
  let last = { done: 0, total: 0 };
  const listener = (progress: { done: number; total: number }) => {
    // Threads tell of their progress in no order.
    if (progress.done <= last.done) return;
    onProgress?.(progress);
    last = progress;
  };
  const found = await runNative(signal, listener, rowsDone, (token, listen) =>
    native.aggregateReadings(aggregation, token, listen),
  );
  // The last events may still be on their way when the work is done; a bar must reach its end all the same.
  const leftOut = found.withoutCustomer + found.withoutTime + found.afterLastDay + found.duplicates;
  const total = Math.max(last.total, found.readings + leftOut);
  if (last.done < total) onProgress?.({ done: total, total });
  return {
    readings: found.readings,
    customers: found.customers,
    customer_months: found.customerMonths,
    without_customer: found.withoutCustomer,
    without_time: found.withoutTime,
    after_as_of: found.afterLastDay,
    duplicates: found.duplicates,
    negative_elec: found.negativeElec,
    negative_gas: found.negativeGas,
    invalid_elec: found.invalidElec,
    invalid_gas: found.invalidGas,
  };
}

const rowsDone = ({ done, total }: ProgressEvent) => ({ done, total });
