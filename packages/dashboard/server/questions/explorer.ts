import type { Explorer, Model, Panel, Words } from '../../api.ts';
import { TIERS } from '../../api.ts';
import { identifier, parquet, type Row } from '../database.ts';
import { NotAvailable } from '../notAvailable.ts';
import { openAll } from '../readResult.ts';
import { type Context, chooseRun, SCORED } from './context.ts';

const GROUPS_MAX = 30;

/** What a panel asks of a table. `outcome`: 0, 1 or null; `probability`: null where the table has none. */
type Table = { relation: string; outcome: string; probability: string | null };
type Ask =
  | { key: string; kind: 'groups'; column: string; order?: readonly string[] }
  | { key: string; kind: 'box'; column: string; value: string; unit: string }
  | { key: string; kind: 'map'; column: string; y: string; xOrder: readonly string[]; yOrder: readonly string[] };

const RENEWAL = ['0-3m', '3-6m', '6-12m', '>12m', 'expired'];
const TENURE = ['Cliente Nuevo', 'Joven', 'Consolidado', 'Fiel', 'Desconocido'];
const ESTRATO = ['BAJO', 'MEDIO', 'ALTO', 'DESCONOCIDO'];

const CHURN: readonly Ask[] = [
  { key: 'segments', kind: 'groups', column: 'segment' },
  { key: 'renewal_bucket', kind: 'groups', column: 'renewal_bucket', order: RENEWAL },
  { key: 'sentiment', kind: 'groups', column: 'sentiment_label' },
  { key: 'dual_fuel', kind: 'groups', column: 'is_dual_fuel' },
  { key: 'interaction', kind: 'groups', column: 'has_interaction' },
  { key: 'intent', kind: 'groups', column: 'customer_intent' },
  { key: 'tenure', kind: 'groups', column: 'tenure_bucket', order: ['0-6m', '6-12m', '1-2y', '2-5y', '5y+'] },
  { key: 'sales_channel', kind: 'groups', column: 'sales_channel' },
  { key: 'region', kind: 'groups', column: 'region' },
  { key: 'margin_by_segment', kind: 'box', column: 'segment', value: 'avg_monthly_margin', unit: 'eur_month' },
  {
    ...{ key: 'segment_by_renewal', kind: 'map', column: 'renewal_bucket', y: 'segment' },
    ...{ xOrder: RENEWAL, yOrder: ['Residential', 'SME', 'Corporate'] },
  },
];
const SEGMENTATION: readonly Ask[] = [
  { key: 'risk', kind: 'groups', column: 'risk_category', order: TIERS.segmentation },
  { key: 'tenure', kind: 'groups', column: 'cat_and', order: TENURE },
  { key: 'estrato', kind: 'groups', column: 'estrato_class', order: ESTRATO },
  { key: 'tarifa', kind: 'groups', column: 'tarifa' },
  { key: 'split', kind: 'groups', column: 'split', order: ['train', 'test', 'inference'] },
  { key: 'incorriente_reason', kind: 'groups', column: 'incorriente_reason' },
  { key: 'clusters', kind: 'groups', column: 'cluster_code' },
  { key: 'amount_by_risk', kind: 'box', column: 'risk_category', value: 'amount_mean', unit: 'eur_invoice' },
  {
    ...{ key: 'risk_by_tenure', kind: 'map', column: 'cat_and', y: 'risk_category' },
    ...{ xOrder: TENURE, yOrder: TIERS.segmentation },
  },
  {
    ...{ key: 'risk_by_estrato', kind: 'map', column: 'estrato_class', y: 'risk_category' },
    ...{ xOrder: ESTRATO, yOrder: TIERS.segmentation },
  },
];

/** The data behind the scores, by group. What cannot be answered stands in `missing`, and the rest is shown. */
export async function readExplorer(context: Context, model: Model, wanted: string | undefined): Promise<Explorer> {
  const pattern = model === 'churn' ? /^gold\/gold_master\.parquet$/ : SCORED.segmentation;
  const run = await chooseRun(context, model, wanted, pattern, model === 'churn' ? 'a gold layer' : 'scored contracts');
  const files = await openAll(run, pattern);
  const missing: { key: string; reason: string }[] = [];
  const panels: Panel[] = [];
  const ask = async (table: Table, asked: Ask) => {
    try {
      panels.push(await readPanel(context, table, asked));
    } catch (error) {
      if (!(error instanceof NotAvailable)) throw error;
      missing.push({ key: asked.key, reason: error.reason });
    }
  };
  const main: Table =
    model === 'churn'
      ? { relation: parquet(files), outcome: 'churn', probability: null }
      : { relation: parquet(files, ', hive_partitioning = true'), outcome: 'target', probability: 'probability' };
  const [count] = await context.database.rows(`SELECT count(*) AS rows FROM ${main.relation}`);
  for (const asked of model === 'churn' ? CHURN : SEGMENTATION) await ask(main, asked);
  if (model === 'segmentation') {
    const splits = await openAll(run, /^splits\/.*\.parquet$/);
    const table = { relation: parquet(splits, ', union_by_name = true'), outcome: 'target', probability: null };
    if (splits.length > 0) await ask(table, { key: 'region', kind: 'groups', column: 'region' });
    else missing.push({ key: 'region', reason: 'this run has no splits' });
  }
  return {
    available: true,
    model,
    run: run.ref,
    rows: Number(count?.rows ?? 0),
    panels,
    missing,
    assumptions: ASSUMPTIONS[model],
  };
}

async function readPanel(context: Context, table: Table, asked: Ask): Promise<Panel> {
  if (asked.kind === 'box') return readBox(context, table, asked);
  if (asked.kind === 'map') return readMap(context, table, asked);
  const column = identifier(asked.column);
  const rows = await context.database.rows(
    `SELECT CAST(${column} AS VARCHAR) AS name, ${figures(table)}, sum(count(*)) OVER () AS total
     FROM ${table.relation} GROUP BY 1 ORDER BY customers DESC, name LIMIT ${GROUPS_MAX}`,
  );
  const order = asked.order ?? [];
  return {
    key: asked.key,
    kind: 'groups',
    column: asked.column,
    rows: rows
      .map((row) => ({
        name: textOf(row, 'name'),
        customers: Number(row.customers),
        share: Number(row.customers) / Number(row.total),
        observed_rate: numberOf(row, 'observed_rate'),
        probability_mean: numberOf(row, 'probability_mean'),
      }))
      .sort((a, b) => place(order, a.name) - place(order, b.name)),
  };
}

async function readBox(context: Context, table: Table, asked: Extract<Ask, { kind: 'box' }>): Promise<Panel> {
  const value = identifier(asked.value);
  const rows = await context.database.rows(
    `SELECT CAST(${identifier(asked.column)} AS VARCHAR) AS name, count(*) AS customers, avg(${value}) AS mean,
       quantile_cont(${value}, [0.05, 0.25, 0.5, 0.75, 0.95]) AS cuts
     FROM ${table.relation} WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY customers DESC, name LIMIT ${GROUPS_MAX}`,
  );
  return {
    key: asked.key,
    kind: 'box',
    column: asked.column,
    unit: asked.unit,
    rows: rows.map((row) => {
      const cuts = Array.isArray(row.cuts) ? row.cuts.map((cut) => (typeof cut === 'number' ? cut : null)) : [];
      const [p05 = null, q1 = null, median = null, q3 = null, p95 = null] = cuts;
      const [name, mean] = [textOf(row, 'name'), numberOf(row, 'mean')];
      return { name, customers: Number(row.customers), p05, q1, median, q3, p95, mean };
    }),
  };
}

async function readMap(context: Context, table: Table, asked: Extract<Ask, { kind: 'map' }>): Promise<Panel> {
  const rows = await context.database.rows(
    `SELECT CAST(${identifier(asked.column)} AS VARCHAR) AS x, CAST(${identifier(asked.y)} AS VARCHAR) AS y, ${figures(table)}
     FROM ${table.relation} WHERE x IS NOT NULL AND y IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 2000`,
  );
  const axis = (name: 'x' | 'y', order: readonly string[]) => {
    const found = [...new Set(rows.map((row) => String(row[name])))];
    return [...order.filter((one) => found.includes(one)), ...found.filter((one) => !order.includes(one))];
  };
  return {
    key: asked.key,
    kind: 'map',
    column: asked.column,
    y_column: asked.y,
    x_order: axis('x', asked.xOrder),
    y_order: axis('y', asked.yOrder),
    rows: rows.map((row) => ({
      x: String(row.x),
      y: String(row.y),
      customers: Number(row.customers),
      observed_rate: numberOf(row, 'observed_rate'),
      probability_mean: numberOf(row, 'probability_mean'),
    })),
  };
}

const figures = ({ outcome, probability }: Table) =>
  `count(*) AS customers, avg(${identifier(outcome)}) AS observed_rate, ${probability === null ? 'CAST(NULL AS DOUBLE)' : `avg(${probability})`} AS probability_mean`;

/** Names of the order first; the others stay as they are. */
function place(order: readonly string[], name: string | null): number {
  const at = order.indexOf(name ?? '');
  return at < 0 ? order.length : at;
}

const textOf = (row: Row, name: string) => (typeof row[name] === 'string' ? row[name] : null);
const numberOf = (row: Row, name: string) => (typeof row[name] === 'number' ? row[name] : null);

const ASSUMPTIONS: Record<Model, Words[]> = {
  churn: [
    {
      en: 'Residential: not industrial. SME: industrial, up to 10 kW. Corporate: industrial, above 10 kW.',
      es: 'Residencial: no industrial. Pyme: industrial, hasta 10 kW. Empresa: industrial, más de 10 kW.',
    },
    { en: '1 m3 of gas counts as 11 kWh.', es: '1 m3 de gas cuenta como 11 kWh.' },
    {
      en: 'A customer without a recorded contact has no sentiment and no intent.',
      es: 'Un cliente sin contacto registrado no tiene sentimiento ni motivo.',
    },
    {
      en: 'Margin is the mean of the months of the year; it is not a feature of the model.',
      es: 'El margen es la media de los meses del año; no es una variable del modelo.',
    },
  ],
  segmentation: [
    {
      en: 'Risk categories are fifths of the predicted probability within Domestic and Industrial; contracts that are not up to date stand apart as INCORRIENTE.',
      es: 'Las categorías de riesgo son quintos de la probabilidad prevista dentro de Domestic e Industrial; los contratos que no están al corriente van aparte como INCORRIENTE.',
    },
    {
      en: 'A cluster is model type, risk, estrato and tenure together.',
      es: 'Un clúster es tipo de modelo, riesgo, estrato y antigüedad juntos.',
    },
    {
      en: 'Observed rates include the rows that the model was trained on.',
      es: 'Las tasas observadas incluyen las filas con las que se entrenó el modelo.',
    },
  ],
};
