import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { unpackTarGz } from '@pilotlight/artifacts';
import type { Contributions, CustomerRow } from '../../api.ts';
import { parquet, type Row } from '../database.ts';
import { LruMap } from '../lruMap.ts';
import { NotAvailable } from '../notAvailable.ts';
import { isPersonal, MASK } from '../personal.ts';
import { openAll } from '../readResult.ts';
import type { Run } from '../results/run.ts';
import { explainRow } from '../trees/explainRow.ts';
import { readTrees, type Trees } from '../trees/readTrees.ts';
import { type Context, SCORED } from './context.ts';

const LISTED_MAX = 12;
/** Between the score that the trees give here and the one in the results. */
const TOLERANCE = 1e-6;
const models = new LruMap<string, Trees>(4);

type Asked = { run: Run; customer: CustomerRow; seesPersonalData: boolean };

/** What each feature adds to one customer's score, worked out from the model itself; else the reason why it cannot be. */
export async function contributionsOf(
  context: Context,
  asked: Asked,
): Promise<{ contributions: Contributions | null; reason: string | null }> {
  try {
    return { contributions: await explain(context, asked), reason: null };
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    return { contributions: null, reason: error.reason };
  }
}

async function explain(context: Context, { run, customer, seesPersonalData }: Asked): Promise<Contributions> {
  const { row, probability } = await scoredRow(context, run, customer);
  const model = await openModel(context, run, customer.segment);
  const { base, contributions } = explainRow(model, row as Parameters<typeof explainRow>[1]);
  const output = contributions.reduce((sum, one) => sum + one, base);
  if (!(Math.abs(1 / (1 + Math.exp(-output)) - probability) <= TOLERANCE)) {
    throw new NotAvailable('the model that is here gives this customer another score', 'run the pipeline again');
  }
  const ranked = model.features
    .map((feature, i) => ({ feature, value: row[feature], contribution: contributions[i] ?? 0 }))
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || (a.feature < b.feature ? -1 : 1));
  const shown = ranked.slice(0, LISTED_MAX);
  return {
    base,
    output,
    rest: ranked.slice(LISTED_MAX).reduce((sum, { contribution }) => sum + contribution, 0),
    rows: shown.map(({ feature, value, contribution }) => ({
      feature,
      value: isPersonal(feature) && !seesPersonalData ? MASK : plainValue(value),
      contribution,
    })),
  };
}

function plainValue(value: Row[string] | undefined): string | number | null {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** The features as the model saw them, and the trees' own probability. */
async function scoredRow(
  { database }: Context,
  run: Run,
  { id, segment, probability }: CustomerRow,
): Promise<{ row: Row; probability: number }> {
  const isChurn = run.model === 'churn';
  const pattern = isChurn ? /^gold\/gold_master\.parquet$/ : new RegExp(`^splits/${segment ?? ''}/.*\\.parquet$`);
  const files = await openAll(run, pattern);
  if (files.length === 0)
    throw new NotAvailable('the features of this run are not with its results', 'look at another run');
  const key = isChurn ? 'customer_id' : 'policy_id';
  const [row] = await database.rows(`SELECT * FROM ${parquet(files)} WHERE ${key} = $1 LIMIT 1`, [id]);
  if (row === undefined) throw new NotAvailable('the features of this customer are not there', 'look at another run');
  if (!isChurn) return { row, probability };
  const scores = await openAll(run, SCORED.churn);
  const [score] = await database.rows(`SELECT raw_probability FROM ${parquet(scores)} WHERE customer_id = $1 LIMIT 1`, [
    id,
  ]);
  return { row, probability: Number(score?.raw_probability ?? Number.NaN) };
}

async function openModel(context: Context, run: Run, part: string | null): Promise<Trees> {
  const name = modelFile(run, part);
  const key = `${run.place} ${run.version} ${name}`;
  const known = models.get(key);
  if (known) return known;
  const file = await run.open(name);
  try {
    const model = readTrees(name.endsWith('.tar.gz') ? await unpacked(context, file) : await readFile(file, 'utf8'));
    models.set(key, model);
    return model;
  } catch (error) {
    throw new NotAvailable(`${name} cannot be read`, 'run the pipeline again', { cause: error });
  }
}

/** Of the run itself; where it only scored, the version in its registry that it scored with. */
function modelFile(run: Run, part: string | null): string {
  const names =
    run.model === 'churn'
      ? ['models/model.txt']
      : [`models/${part ?? ''}/model.txt`, `models/${part ?? ''}/model.tar.gz`];
  const found = names.find((name) => run.files.includes(name));
  const kept = run.files.filter((name) => /^registry\/[^/]+\/versions\/\d+\/artifacts\/model\.txt$/.test(name)).at(-1);
  const name = found ?? kept;
  if (name === undefined)
    throw new NotAvailable('the model of this run is not with its results', 'look at another run');
  return name;
}

async function unpacked({ scratch }: Context, archive: string): Promise<string> {
  const folder = path.join(scratch, `model-${process.hrtime.bigint()}`);
  try {
    await unpackTarGz(archive, folder);
    return await readFile(path.join(folder, 'model.txt'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
