import type { z } from 'zod';
import {
  type CustomerRow,
  type Customers,
  type CustomersFilter,
  type CustomersQuery,
  type Model,
  TIERS,
  type TierCount,
} from '../../api.ts';
import type { Cell, Row } from '../database.ts';
import { LruMap } from '../lruMap.ts';
import type { Run } from '../results/run.ts';
import { type Context, chooseRun, SCORED } from './context.ts';
import type { CustomerTable } from './customerTables.ts';
import { type Where, whereOf } from './filter.ts';

type Available<T> = Extract<T, { available: true }>;
type Filter = z.infer<typeof CustomersFilter>;
type Totals = Available<Customers>['totals'];

const COLUMNS = [
  ...['id', 'customer_id', 'probability', 'tier', 'segment', 'predicted', 'expected_monthly_loss', 'action'],
  ...['tarifa', 'cluster_code', 'cluster_name', 'tenure', 'estrato', 'amount'],
] as const;
const SELECTED = COLUMNS.join(', ');

/** A page of the customers that a filter leaves, with the totals of them all. */
export async function listCustomers(context: Context, model: Model, query: CustomersQuery): Promise<Customers> {
  const run = await chooseRun(context, model, query.run, SCORED[model], 'scored customers');
  const table = await context.customers.open(run);
  const where = whereOfCustomers(query);
  const totals = await totalsOf(context, model, table, where);
  const total = totals.tiers.reduce((sum, { customers }) => sum + customers, 0);
  const { page, page_size } = query;
  const rows = await pageOf(context, table, where, query, total);
  return {
    available: true,
    model,
    run: run.ref,
    total,
    page,
    page_size,
    rows: rows.map(customerRow),
    totals,
    choices: await choicesOf(context, model, run, table),
  };
}

/** All customers of the filter, in its order, a chunk at a time. */
export async function streamCustomers(
  context: Context,
  model: Model,
  query: Filter,
): Promise<{ run: Run; columns: readonly string[]; chunks: AsyncGenerator<Cell[][]> }> {
  const run = await chooseRun(context, model, query.run, SCORED[model], 'scored customers');
  const table = await context.customers.open(run);
  const where = whereOfCustomers(query);
  const sql = `SELECT ${SELECTED} FROM ${table.relation} ${where.sql} ${orderSql(query, table)}`;
  const rows = context.database.stream(sql, where.parameters);
  async function* chunks(): AsyncGenerator<Cell[][]> {
    for await (const some of rows) yield some.map((row) => COLUMNS.map((name) => row[name] ?? null));
  }
  return { run, columns: COLUMNS, chunks: chunks() };
}

/** Rows of the same customer or contract; none: not in this run. */
export async function findCustomer(context: Context, run: Run, id: string): Promise<CustomerRow | null> {
  const { relation } = await context.customers.open(run);
  const [row] = await context.database.rows(`SELECT ${SELECTED} FROM ${relation} WHERE id = $1 LIMIT 1`, [id]);
  return row === undefined ? null : customerRow(row);
}

const whereOfCustomers = (query: Filter): Where =>
  whereOf({
    probability_min: query.probability_min,
    probability_max: query.probability_max,
    anyOf: { tier: query.tier, segment: query.segment, cluster_code: query.cluster, action: query.action },
  });

/**
 * The index stands in the order that lists begin with: its pages are read off without sorting, from the other end where the lowest
 * come first.
 */
async function pageOf(
  { database }: Context,
  table: CustomerTable,
  where: Where,
  query: CustomersQuery,
  total: number,
): Promise<Row[]> {
  const { page, page_size, sort, order } = query;
  const skipped = (page - 1) * page_size;
  if (skipped >= total) return [];
  const from = `SELECT ${SELECTED} FROM ${table.relation} ${where.sql}`;
  if (table.sorted && sort === 'probability') {
    const size = Math.min(page_size, total - skipped);
    const offset = order === 'desc' ? skipped : total - skipped - size;
    const rows = await database.rows(`${from} LIMIT ${size} OFFSET ${offset}`, where.parameters);
    return order === 'desc' ? rows : rows.reverse();
  }
  return database.rows(`${from} ${orderSql(query, table)} LIMIT ${page_size} OFFSET ${skipped}`, where.parameters);
}

/** Of equal ones the lowest id first; the other way round where the order is. */
function orderSql({ sort, order }: Pick<Filter, 'sort' | 'order'>, table: CustomerTable): string {
  if (sort === 'probability' && order === 'desc' && table.sorted) return '';
  if (sort === 'id') return `ORDER BY id ${order.toUpperCase()}`;
  const tie = order === 'desc' ? 'ASC' : 'DESC';
  return `ORDER BY ${sort} ${order.toUpperCase()} NULLS LAST, id ${sort === 'probability' ? tie : 'ASC'}`;
}

async function totalsOf({ database }: Context, model: Model, table: CustomerTable, where: Where): Promise<Totals> {
  const rows = await database.rows(
    `SELECT tier, count(*) AS customers, sum(probability) AS probability, sum(expected_monthly_loss) AS loss
     FROM ${table.relation} ${where.sql} GROUP BY 1`,
    where.parameters,
  );
  const total = rows.reduce((sum, row) => sum + Number(row.customers), 0);
  const add = (name: string) => rows.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
  return {
    tiers: inTierOrder(model, rows).map((row) => tierCount(row, total)),
    expected_monthly_loss: model === 'churn' ? add('loss') : null,
    probability_mean: total === 0 ? null : add('probability') / total,
  };
}

function tierCount(row: Row, total: number): TierCount {
  const customers = Number(row.customers);
  return {
    tier: String(row.tier),
    customers,
    share: total === 0 ? null : customers / total,
    probability_mean: customers === 0 ? null : Number(row.probability ?? 0) / customers,
    observed_rate: null,
  };
}

/** Known tiers from low to high, each present even with nobody in it; then what the model does not know. */
function inTierOrder(model: Model, rows: readonly Row[]): Row[] {
  const known: readonly string[] = TIERS[model];
  const of = (tier: string): Row => rows.find((row) => row.tier === tier) ?? { tier, customers: 0, probability: null };
  return [...known.map(of), ...rows.filter((row) => !known.includes(String(row.tier)))];
}

async function choicesOf(
  { database }: Context,
  model: Model,
  run: Run,
  table: CustomerTable,
): Promise<Available<Customers>['choices']> {
  const known = choices.get(`${run.place} ${run.version}`);
  if (known) return known;
  const list = (name: string) => `list_sort(list_distinct(list(CAST(${name} AS VARCHAR)))) AS ${name}`;
  const [row] = await database.rows(
    `SELECT ${['tier', 'segment', 'action'].map(list).join(', ')} FROM (SELECT DISTINCT tier, segment, action FROM ${table.relation})`,
  );
  const clusters =
    model === 'churn'
      ? []
      : await database.rows(
          `SELECT DISTINCT CAST(cluster_code AS VARCHAR) AS code, CAST(cluster_name AS VARCHAR) AS name FROM ${table.relation} ORDER BY 1`,
        );
  const texts = (cell: Cell | undefined) => (Array.isArray(cell) ? cell.map(String) : []);
  const tiers = texts(row?.tier);
  const order: readonly string[] = TIERS[model];
  const found = {
    tier: [...order.filter((tier) => tiers.includes(tier)), ...tiers.filter((tier) => !order.includes(tier))],
    segment: texts(row?.segment),
    cluster: clusters.map(({ code, name }) => ({ code: String(code), name: String(name) })),
    action: texts(row?.action),
  };
  choices.set(`${run.place} ${run.version}`, found);
  return found;
}

const choices = new LruMap<string, Available<Customers>['choices']>(8);

function customerRow(row: Row): CustomerRow {
  const text = (name: string) => (row[name] === null || row[name] === undefined ? null : String(row[name]));
  const number = (name: string) => (typeof row[name] === 'number' ? row[name] : null);
  return {
    id: String(row.id),
    customer_id: String(row.customer_id),
    probability: Number(row.probability),
    tier: String(row.tier),
    segment: text('segment'),
    predicted: row.predicted === true,
    expected_monthly_loss: number('expected_monthly_loss'),
    action: text('action'),
    tarifa: text('tarifa'),
    cluster_code: text('cluster_code'),
    cluster_name: text('cluster_name'),
    tenure: text('tenure'),
    estrato: text('estrato'),
    amount: number('amount'),
  };
}
