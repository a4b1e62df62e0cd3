import { identifier, literal, type StagedTables } from '@pilotlight/tables';
import type { ChurnConfig } from './config.ts';
import { ATTRIBUTES, CONTRACT_DATES, INTERACTION, PREFERENCES } from './layerColumns.ts';

/** How often a rule about dates or customers was broken; the value becomes null, or the row goes. */
export type CustomerCheck = {
  source: string;
  column: string;
  check: 'future' | 'reversed' | 'orphan' | 'duplicate';
  outcome: 'value_null' | 'row_dropped';
  count: number;
};

/**
 * Makes the tables `known` (the customers: those of the label file, else of the attributes) and `customers`: one row a customer, with
 * what was known on the as-of date. A date in the future is missing but for the renewal; so is a renewal before a contract's start that
 * was known.
 * Of a customer's interactions the latest counts (configured), one without a date only where there is no other.
 */
export async function makeCustomers(tables: StagedTables, config: ChurnConfig, asOf: string): Promise<CustomerCheck[]> {
  const { session, relations } = tables;
  const base = relations.churn_label ?? relations.customer_attributes;
  await session.run(`CREATE TABLE known AS SELECT customer_id FROM ${base}`);
  const checks = await countOrphans(tables);
  checks.push(...(await countDates(tables, asOf)), ...(await countSuperseded(tables, asOf)));
  await session.run(`
    CREATE TABLE customers AS SELECT k.customer_id, ${relations.churn_label ? 'l.churn' : 'NULL::BIGINT AS churn'},
      ${[...attributeColumns(config), ...contractColumns(relations, asOf), ...textColumns(relations), ...preferenceColumns(relations, asOf)].join(', ')}
    FROM known k
      ${join(relations.churn_label, 'l')} ${join(relations.customer_attributes, 'a')} ${join(relations.customer_contracts, 'c')}
      ${join(relations.customer_interactions && latestSql(relations.customer_interactions, config, asOf), 'i')}
      ${join(relations.contact_preferences, 'p')}
    ORDER BY k.customer_id`);
  return checks;
}

const join = (relation: string | undefined, alias: string): string =>
  relation === undefined ? '' : `LEFT JOIN ${relation} ${alias} ON ${alias}.customer_id = k.customer_id`;

/** The known attributes, and whatever else the configuration declares there. */
function attributeColumns(config: ChurnConfig): string[] {
  const declared = Object.keys(config.columns.sources.customer_attributes.columns);
  const known = Object.entries(ATTRIBUTES).map(([name, type]) =>
    declared.includes(name) ? `a.${name}` : `NULL::${type} AS ${name}`,
  );
  const further = declared.filter((name) => name !== 'customer_id' && !(name in ATTRIBUTES));
  return [...known, ...further.map((name) => `a.${identifier(name)}`)];
}

function contractColumns(relations: StagedTables['relations'], asOf: string): string[] {
  if (!relations.customer_contracts) return CONTRACT_DATES.map((name) => `NULL::DATE AS ${name}`);
  return CONTRACT_DATES.map((name) =>
    name === 'next_renewal_date'
      ? `CASE WHEN ${reversedSql('c', asOf)} THEN NULL ELSE c.${name} END AS ${name}`
      : pastSql(`c.${name}`, asOf, name),
  );
}

function textColumns(relations: StagedTables['relations']): string[] {
  if (!relations.customer_interactions)
    return Object.entries(INTERACTION).map(([name, type]) => `NULL::${type} AS ${name}`);
  return ['i.interaction_date AS last_interaction_date', 'i.interaction_channel', 'i.interaction_summary'];
}

function preferenceColumns(relations: StagedTables['relations'], asOf: string): string[] {
  if (!relations.contact_preferences) return [];
  return PREFERENCES.map((name) => (name === 'last_contact_date' ? pastSql(`p.${name}`, asOf, name) : `p.${name}`));
}

/** A start that lies in the future was not known, and says nothing of the renewal. */
const reversedSql = (alias: string, asOf: string): string =>
  `(${alias}.next_renewal_date < ${alias}.contract_start_date AND ${alias}.contract_start_date <= DATE ${literal(asOf)})`;

const pastSql = (column: string, asOf: string, name: string): string =>
  `CASE WHEN ${column} <= DATE ${literal(asOf)} THEN ${column} END AS ${name}`;

function latestSql(relation: string, config: ChurnConfig, asOf: string): string {
  const [dates, rows] = config.text.keep === 'latest' ? ['DESC', 'DESC'] : ['ASC', 'ASC'];
  return `(SELECT * FROM ${relation}
    WHERE (interaction_date IS NULL OR interaction_date <= DATE ${literal(asOf)})
      AND (interaction_date IS NOT NULL OR interaction_summary IS NOT NULL)
    QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY interaction_date ${dates} NULLS LAST, __row ${rows}) = 1)`;
}

async function countOrphans({ session, relations }: StagedTables): Promise<CustomerCheck[]> {
  const checks: CustomerCheck[] = [];
  for (const [source, relation] of Object.entries(relations)) {
    if (source === 'costs_by_province_month' || source === 'churn_label') continue;
    const [row = {}] = await session.rows(
      `SELECT count(*) AS rows FROM ${relation} r WHERE NOT EXISTS (FROM known k WHERE k.customer_id = r.customer_id)`,
    );
    checks.push({ source, column: 'customer_id', check: 'orphan', outcome: 'row_dropped', count: Number(row.rows) });
  }
  return checks;
}

async function countDates({ session, relations }: StagedTables, asOf: string): Promise<CustomerCheck[]> {
  const rules: [keyof StagedTables['relations'] & string, string, 'future' | 'reversed', string][] = [
    ...CONTRACT_DATES.filter((name) => name !== 'next_renewal_date').map(
      (name) =>
        ['customer_contracts', name, 'future', `${name} > DATE ${literal(asOf)}`] as [string, string, 'future', string],
    ),
    ['customer_contracts', 'next_renewal_date', 'reversed', reversedSql('r', asOf)],
    ['customer_interactions', 'interaction_date', 'future', `interaction_date > DATE ${literal(asOf)}`],
  ];
  const checks: CustomerCheck[] = [];
  for (const [source, column, check, broken] of rules) {
    const relation = relations[source];
    if (!relation) continue;
    const [row = {}] = await session.rows(`SELECT count(*) AS rows FROM ${relation} r WHERE ${broken}`);
    const outcome = source === 'customer_interactions' ? 'row_dropped' : 'value_null';
    checks.push({ source, column, check, outcome, count: Number(row.rows) });
  }
  return checks;
}

/** Rows of sources that may deliver several a customer or month, beyond the one that counts. */
async function countSuperseded({ session, relations }: StagedTables, asOf: string): Promise<CustomerCheck[]> {
  const month = "date_trunc('month', pricing_date)";
  const rules: [string, string, string, string][] = [
    ['customer_interactions', 'customer_id', 'customer_id', 'interaction_date'],
    ['price_history', 'pricing_date', `customer_id, ${month}`, month],
  ];
  const checks: CustomerCheck[] = [];
  for (const [source, column, key, date] of rules) {
    const relation = relations[source];
    if (!relation) continue;
    const [row = {}] = await session.rows(`
      SELECT count(*) - count(DISTINCT (${key})) AS rows FROM ${relation}
      WHERE ${date} <= DATE ${literal(asOf)} OR ${date} IS NULL`);
    checks.push({ source, column, check: 'duplicate', outcome: 'row_dropped', count: Number(row.rows) });
  }
  return checks;
}
