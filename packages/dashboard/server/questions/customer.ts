import type { Customer, CustomerRow, Model, ProfileField, Recommendation, Words } from '../../api.ts';
import { identifier, parquet, type Row } from '../database.ts';
import { NotAvailable } from '../notAvailable.ts';
import { isPersonal, MASK } from '../personal.ts';
import { openAll } from '../readResult.ts';
import type { Run } from '../results/run.ts';
import { type Context, chooseRun, NotFound, SCORED } from './context.ts';
import { contributionsOf } from './contributions.ts';
import { findCustomer } from './customers.ts';
import { guardrailWords, reasonsOf } from './words.ts';

type Available = Extract<Customer, { available: true }>;
const RUNS_MAX = 24;
/** Columns of contracts that are no profile: windows and months of invoices. */
const WINDOWED = /(_m\d\d|_last\d+)$/;

/** All that is known of one customer (churn) or contract (segmentation). `seesPersonalData` false: what is personal is masked. */
export async function readCustomer(
  context: Context,
  model: Model,
  asked: { id: string; run?: string | undefined; seesPersonalData: boolean },
): Promise<Customer> {
  const run = await chooseRun(context, model, asked.run, SCORED[model], 'scored customers');
  const customer = await findCustomer(context, run, asked.id);
  if (customer === null)
    throw new NotFound(`no ${model === 'churn' ? 'customer' : 'contract'} of this number in run ${run.ref.run_id}`);
  const notices: Words[] = [];
  const part = async <T>(name: Words, none: T, read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
      notices.push({ en: `${name.en}: ${error.reason}`, es: `${name.es}: ${error.reason}` });
      return none;
    }
  };
  const details = await part({ en: 'Profile and history', es: 'Perfil e historial' }, NOTHING, () =>
    model === 'churn' ? churnDetails(context, run, customer) : contractDetails(context, run, customer),
  );
  const advice = await part({ en: 'Recommendation', es: 'Recomendación' }, NO_ADVICE, () =>
    adviceOf(context, run, customer),
  );
  const contributed = await contributionsOf(context, {
    run,
    customer,
    seesPersonalData: asked.seesPersonalData,
  });
  return {
    available: true,
    model,
    run: run.ref,
    customer,
    profile: details.profile.map((field) => masked(field, asked.seesPersonalData)),
    months: details.months,
    probability_history: await probabilities(context, model, asked.id),
    ...advice,
    contributions: contributed.contributions,
    contributions_reason: contributed.reason,
    notices,
    others: model === 'churn' ? [] : await othersOf(context, run, customer),
  };
}

const NOTHING: { profile: [string, ProfileField['value']][]; months: Available['months'] } = {
  profile: [],
  months: [],
};

function masked([key, value]: [string, ProfileField['value']], seesPersonalData: boolean): ProfileField {
  const hide = !seesPersonalData && value !== null && isPersonal(key);
  return { key, value: hide ? MASK : value, masked: hide };
}

/** One row as fields; lists and structs are no facts of a profile. */
function fieldsOf(row: Row, left: RegExp | null = null): [string, ProfileField['value']][] {
  return Object.entries(row).flatMap(([key, value]) => {
    if (left?.test(key)) return [];
    if (value !== null && typeof value === 'object') return [];
    return [[key, value] as [string, ProfileField['value']]];
  });
}

async function oneRow(
  { database }: Context,
  files: readonly string[],
  column: string,
  id: string,
): Promise<Row | null> {
  if (files.length === 0) return null;
  const table = parquet(files, ', union_by_name = true');
  const [row] = await database.rows(`SELECT * FROM ${table} WHERE ${identifier(column)} = $1 LIMIT 1`, [id]);
  return row ?? null;
}

async function churnDetails(context: Context, run: Run, { id }: CustomerRow): Promise<typeof NOTHING> {
  const silver = await oneRow(context, await openAll(run, /^silver\/customer\.parquet$/), 'customer_id', id);
  const gold = await oneRow(context, await openAll(run, /^gold\/gold_master\.parquet$/), 'customer_id', id);
  const files = await openAll(run, /^silver\/customer_month\.parquet$/);
  const months =
    files.length === 0
      ? []
      : await context.database.rows(
          `SELECT month, monthly_elec_kwh, monthly_gas_kwh, total_revenue, total_margin FROM ${parquet(files)}
           WHERE customer_id = $1 ORDER BY month LIMIT 120`,
          [id],
        );
  return {
    profile: fieldsOf({ ...gold, ...silver }, /^(customer_id$|raw_)/),
    months: months.map((row) => ({
      month: String(row.month),
      electricity_kwh: number(row, 'monthly_elec_kwh'),
      gas_kwh: number(row, 'monthly_gas_kwh'),
      amount_eur: number(row, 'total_revenue'),
      margin_eur: number(row, 'total_margin'),
    })),
  };
}

async function contractDetails(context: Context, run: Run, { id, segment }: CustomerRow): Promise<typeof NOTHING> {
  const clusters = await openAll(run, SCORED.segmentation);
  const scored = await oneRow(context, clusters, 'policy_id', id);
  const splits = await openAll(
    run,
    new RegExp(`^splits/${segment === 'Industrial' ? 'Industrial' : 'Domestic'}/.*\\.parquet$`),
  );
  const row = await oneRow(context, splits, 'policy_id', id);
  const months = row === null ? [] : Object.keys(row).flatMap((name) => /^amount_(m\d\d)$/.exec(name)?.[1] ?? []);
  return {
    profile: fieldsOf({ ...scored, ...row }, WINDOWED),
    // m01 is the last month.
    months: months
      .sort()
      .reverse()
      .map((month) => ({
        month,
        electricity_kwh: null,
        gas_kwh: number(row ?? {}, `consumption_${month}`),
        amount_eur: number(row ?? {}, `amount_${month}`),
        margin_eur: null,
      })),
  };
}

type Advice = Pick<Available, 'reasons' | 'recommendation' | 'guardrails'>;
const NO_ADVICE: Advice = { reasons: [], recommendation: null, guardrails: [] };

async function adviceOf(context: Context, run: Run, { id }: CustomerRow): Promise<Advice> {
  if (run.model !== 'churn') return NO_ADVICE;
  const score = await oneRow(context, await openAll(run, SCORED.churn), 'customer_id', id);
  const files = await openAll(run, /^recommendations\/recommendations\.parquet$/);
  const row = await oneRow(context, files, 'customer_id', id);
  const guardrails = Array.isArray(row?.guardrails) ? row.guardrails.map(String) : [];
  return {
    reasons: reasonsOf(row ?? score ?? {}),
    recommendation: row === null ? null : recommendationOf(row),
    guardrails: guardrails.map(guardrailWords),
  };
}

function recommendationOf(row: Row): Recommendation {
  const [cost, loss] = [number(row, 'offer_cost_eur'), number(row, 'expected_margin_impact')];
  const year = loss === null ? null : 12 * loss;
  const net = year === null ? null : year - (cost ?? 0);
  return {
    decision: String(row.decision),
    action: String(row.action),
    channel: String(row.channel),
    timing: String(row.timing_window),
    offer_eur_month: number(row, 'offer_eur_month'),
    cost_eur: cost,
    expected_value_eur: number(row, 'expected_value_eur'),
    expected_monthly_loss: loss,
    expected_yearly_loss: year,
    net_eur: net,
    return_ratio: net === null || !cost ? null : net / cost,
  };
}

/** A run whose scores cannot be read is left out. */
async function probabilities(context: Context, model: Model, id: string): Promise<Available['probability_history']> {
  const runs = (await context.results.runs(model)).slice(0, RUNS_MAX);
  const points: Available['probability_history'] = [];
  for (const run of runs) {
    const files = await openAll(run, SCORED[model]);
    if (files.length === 0) continue;
    const [key, score, tier] =
      model === 'churn' ? ['customer_id', 'churn_proba', 'risk_tier'] : ['policy_id', 'probability', 'risk_category'];
    try {
      const [row] = await context.database.rows(
        `SELECT ${score} AS probability, ${tier} AS tier FROM ${parquet(files)} WHERE ${key} = $1 LIMIT 1`,
        [id],
      );
      const { run_id, as_of } = run.ref;
      if (row) points.push({ run_id, as_of, probability: Number(row.probability), tier: String(row.tier) });
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
    }
  }
  return points.reverse();
}

async function othersOf(context: Context, run: Run, { id, customer_id }: CustomerRow): Promise<Available['others']> {
  const { relation } = await context.customers.open(run);
  const rows = await context.database.rows(
    `SELECT id, probability, tier FROM ${relation} WHERE customer_id = $1 AND id <> $2 ORDER BY probability DESC, id LIMIT 50`,
    [customer_id, id],
  );
  return rows.map((row) => ({ id: String(row.id), probability: Number(row.probability), tier: String(row.tier) }));
}

const number = (row: Row, name: string) => (typeof row[name] === 'number' ? row[name] : null);
