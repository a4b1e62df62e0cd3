import type { Logger } from '@pilotlight/logging';
import { type Database, parquet } from '../database.ts';
import { LruMap } from '../lruMap.ts';
import { openAll } from '../readResult.ts';
import type { Run } from '../results/run.ts';

/** Customers of a run as a SQL relation with the columns of `CustomerRow`. `sorted`: by probability, the highest first, then by id. */
export type CustomerTable = { relation: string; sorted: boolean };

export type CustomerTables = {
  /** The index, or the files where it is still being made. */
  open(run: Run): Promise<CustomerTable>;
  /** Waits for the index. */
  prepare(run: Run): Promise<void>;
};

/** An index of fewer rows is waited for. */
const WAIT_ROWS_MAX = 500_000;
const TABLES_MAX = 4;
/** More are no few values: the text itself is kept. */
const VALUES_MAX = 5000;

type Entry = { files: string; index: Promise<string>; done: string | null; wait: boolean };

/**
 * Makes, once a run, a table of what lists show, sorted by probability: pages of a filter are then read off in order, wherever they
 * are. Texts of few values are numbers in it (ENUM), which makes sorting ten million rows a matter of seconds.
 */
export function openCustomerTables(database: Database, log: Logger): CustomerTables {
  const drop = ({ index }: Entry) => {
    // Questions that still read it hold it; DuckDB waits for them.
    index.then((table) => database.rows(`DROP TABLE IF EXISTS ${table}`)).catch(() => {});
  };
  const entries = new LruMap<string, Promise<Entry>>(TABLES_MAX, (entry) => void entry.then(drop, () => {}));
  let made = 0;
  const entryOf = (run: Run): Promise<Entry> => {
    const key = `${run.place} ${run.version}`;
    const known = entries.get(key);
    if (known) return known;
    made += 1;
    const entry = startEntry(database, run, `customers_${made}`, log);
    entries.set(key, entry);
    entry.catch(() => entries.delete(key));
    return entry;
  };
  return {
    async open(run) {
      const entry = await entryOf(run);
      if (entry.wait || entry.done !== null) return { relation: await entry.index, sorted: true };
      return { relation: entry.files, sorted: false };
    },
    async prepare(run) {
      await (await entryOf(run)).index;
    },
  };
}

async function startEntry(database: Database, run: Run, table: string, log: Logger): Promise<Entry> {
  const sql = await sourceSql(run);
  const [count] = await database.rows(`SELECT count(*) AS rows FROM ${sql}`);
  const rows = Number(count?.rows ?? 0);
  const begun = performance.now();
  const index = makeIndex(database, sql, table);
  const entry: Entry = { files: sql, index, done: null, wait: rows <= WAIT_ROWS_MAX };
  index.then(
    () => {
      entry.done = table;
      const duration_s = Math.round(performance.now() - begun) / 1000;
      log.info({ rows, duration_s, run_id: run.ref.run_id }, 'index of customers made');
    },
    (error: Error) =>
      log.warn({ reason: error.message, run_id: run.ref.run_id }, 'no index of customers: lists are slower'),
  );
  return entry;
}

async function sourceSql(run: Run): Promise<string> {
  const none = (name: string, type: string) => `CAST(NULL AS ${type}) AS ${name}`;
  if (run.model === 'segmentation') {
    const files = await openAll(run, /^clusters\/.*\.parquet$/);
    return `(SELECT policy_id AS id, customer_id, probability, risk_category AS tier, model_type AS segment, predicted,
      ${none('expected_monthly_loss', 'DOUBLE')}, ${none('action', 'VARCHAR')}, tarifa, cluster_code, cluster_name,
      cat_and AS tenure, estrato_class AS estrato, amount_mean AS amount
      FROM ${parquet(files, ', hive_partitioning = true')})`;
  }
  const scores = await openAll(run, /^scored\/scores\.parquet$/);
  const recommended = await openAll(run, /^recommendations\/recommendations\.parquet$/);
  const nothing = ['tarifa', 'cluster_code', 'cluster_name', 'tenure', 'estrato'].map((name) => none(name, 'VARCHAR'));
  const action = recommended.length > 0 ? 'r.action' : none('action', 'VARCHAR');
  const join =
    recommended.length > 0
      ? `LEFT JOIN (SELECT customer_id, max(action) AS action FROM ${parquet(recommended)} GROUP BY 1) r USING (customer_id)`
      : '';
  return `(SELECT s.customer_id AS id, s.customer_id, s.churn_proba AS probability, s.risk_tier AS tier, s.segment,
    s.prediction = 1 AS predicted, s.expected_monthly_loss, ${action}, ${nothing.join(', ')}, ${none('amount', 'DOUBLE')}
    FROM ${parquet(scores)} s ${join})`;
}

const ENUMS = ['tier', 'segment', 'action', 'tarifa', 'cluster_code', 'cluster_name', 'tenure', 'estrato'];

async function makeIndex(database: Database, source: string, table: string): Promise<string> {
  const types: Record<string, string> = {};
  for (const name of ENUMS) {
    const found = await database.rows(
      `SELECT DISTINCT CAST(${name} AS VARCHAR) AS value FROM ${source} WHERE ${name} IS NOT NULL ORDER BY 1 LIMIT ${VALUES_MAX + 1}`,
      [],
      { patient: true },
    );
    types[name] = enumType(found.map(({ value }) => String(value)));
  }
  const columns = [
    ...['id', 'customer_id', 'probability', 'predicted', 'expected_monthly_loss', 'amount'],
    ...ENUMS.map((name) => `CAST(${name} AS ${types[name]}) AS ${name}`),
  ];
  await database.rows(
    `CREATE TABLE ${table} AS SELECT ${columns.join(', ')} FROM ${source} ORDER BY probability DESC, id`,
    [],
    { patient: true },
  );
  return table;
}

function enumType(names: readonly string[]): string {
  if (names.length === 0 || names.length > VALUES_MAX) return 'VARCHAR';
  return `ENUM (${names.map((one) => `'${one.replaceAll("'", "''")}'`).join(', ')})`;
}
