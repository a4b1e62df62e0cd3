import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export type Row = Record<string, string | number | null>;

/** The seven raw files, by name without ending. */
export type RawTables = {
  churn_label: Row[];
  customer_attributes: Row[];
  customer_contracts: Row[];
  customer_interactions: Row[];
  price_history: Row[];
  costs_by_province_month: Row[];
  consumption_hourly_2024: Row[];
};

export const FILES: Readonly<Record<keyof RawTables, string>> = {
  churn_label: 'churn_label.csv',
  customer_attributes: 'customer_attributes.csv',
  customer_contracts: 'customer_contracts.csv',
  customer_interactions: 'customer_interactions.json',
  price_history: 'price_history.csv',
  costs_by_province_month: 'costs_by_province_month.csv',
  consumption_hourly_2024: 'consumption_hourly_2024.csv',
};

export const MONTHS = Array.from({ length: 12 }, (_, i) => `2024-${String(i + 1).padStart(2, '0')}`);
/** Noon of the third day: a peak hour, but for 3 February, March, August and November 2024, which are weekends. */
const READ_AT = '03 12:00:00';
const PROVINCES = [8, 28, 41, 46];
const CUSTOMERS = 40;

/**
 * Forty customers without any dirt, plain enough to be computed by hand: 10 kWh and, of every fourth, 5 m3 on one hour of each month; a
 * price of 0.2 EUR; every second has a text; every fifth has left.
 */
export function rawTables(): RawTables {
  const tables: RawTables = {
    churn_label: [],
    customer_attributes: [],
    customer_contracts: [],
    customer_interactions: [],
    price_history: [],
    costs_by_province_month: PROVINCES.flatMap((province) =>
      MONTHS.map((month) => ({
        ...{ province, month, elec_var_cost_eur_kwh: 0.08, gas_var_cost_eur_m3: 0.7, peaje_elec_eur_kwh: 0.04 },
      })),
    ),
    consumption_hourly_2024: [],
  };
  for (let i = 1; i <= CUSTOMERS; i += 1) addCustomer(tables, i);
  return tables;
}

export const idOf = (i: number): string => `C${String(i).padStart(2, '0')}`;

function addCustomer(tables: RawTables, i: number): void {
  const customer_id = idOf(i);
  const hasGas = i % 4 === 0;
  tables.churn_label.push({ customer_id, churn: Number(i % 5 === 0) });
  tables.customer_attributes.push({
    customer_id,
    contracted_power_kw: i % 10 === 0 ? 20 : 4.6,
    is_industrial: Number(i % 10 === 0),
    is_second_residence: 0,
    is_high_competition_province: Number(i % 3 === 0),
    is_urban: 1,
    province_code: PROVINCES[i % PROVINCES.length] as number,
    region: 'Madrid',
    sales_channel: i % 2 === 0 ? 'comparador' : 'oficina',
  });
  tables.customer_contracts.push({
    customer_id,
    customer_first_activation_date: '2020-01-15',
    contract_start_date: '2024-01-15',
    next_renewal_date: '2025-06-30',
    last_product_change_date: '2024-03-01',
  });
  if (i % 2 === 0) {
    const interaction_summary =
      i % 4 === 0 ? 'Cust inquired about renewal. Happy.' : 'Complaint about the bill. Upset.';
    tables.customer_interactions.push({ customer_id, date: '2024-06-10', channel: 'Phone', interaction_summary });
  }
  for (const month of MONTHS) {
    tables.price_history.push(priceOf(customer_id, `${month}-01`, hasGas));
    tables.consumption_hourly_2024.push({
      customer_id,
      timestamp: `${month}-${READ_AT}`,
      consumption_elec_kwh: 10,
      consumption_gas_m3: hasGas ? 5 : 0,
    });
  }
}

export function priceOf(customer_id: string, pricing_date: string, hasGas = false): Row {
  return {
    customer_id,
    pricing_date,
    variable_price_tier1_eur_kwh: 0.2,
    variable_price_tier2_eur_kwh: 0.2,
    variable_price_tier3_eur_kwh: 0.2,
    elec_fixed_fee_eur_month: 6,
    elec_fixed_cost_eur_month: 4,
    gas_variable_price_eur_m3: hasGas ? 0.9 : 0,
    gas_fixed_revenue_eur_year: hasGas ? 60 : 0,
    gas_fixed_cost_eur_year: hasGas ? 48 : 0,
  };
}

/** Files beside or instead of the tables' own; null: the file is not there. */
export type OtherFiles = Record<string, string | Uint8Array | null>;

/** Writes the seven files, changed as asked, to a new folder. */
export function writeRaw(
  folder: string,
  change: (tables: RawTables) => void = () => {},
  others: OtherFiles = {},
): string {
  const tables = rawTables();
  change(tables);
  mkdirSync(folder, { recursive: true });
  for (const [table, rows] of Object.entries(tables)) {
    const name = FILES[table as keyof RawTables];
    if (name in others) continue;
    writeFileSync(path.join(folder, name), name.endsWith('.json') ? JSON.stringify(rows) : csv(rows));
  }
  for (const [name, content] of Object.entries(others)) {
    if (content !== null) writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** Columns of the first row; null is empty. */
export function csv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => quoted(row[name] ?? '')).join(','));
  return `${[names.join(','), ...lines].join('\n')}\n`;
}

const quoted = (value: string | number): string =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);

/** The row of a customer; of several the first. */
export function rowOf(rows: readonly Row[], customer: string): Row {
  const found = rows.find((row) => row.customer_id === customer);
  if (!found) throw new Error(`no row of ${customer}`);
  return found;
}

/** SHA-256 of every file of a folder, by name: tells whether somebody wrote there. */
export function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [path.relative(folder, file), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );
}
