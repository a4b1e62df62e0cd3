import { identifier, literal } from '@pilotlight/tables';
import { inputError } from '../stepInputs.ts';
import type { ChurnConfig } from './config.ts';
import { type ChurnMetadata, RAW_SCORE, SCORE } from './modelFolder.ts';
import { reasonsSql } from './reasons.ts';
import { expectedLossSql, predictionSql, roundedSql, tierSql } from './scoring.ts';
import { columnSql, columnsOf, parquet } from './scoringGold.ts';
import type { Session } from './scoringSession.ts';

export const SCORES_FILE = 'scores.parquet';
export const LIST_SEPARATOR = ';';

export type ScoreTable = {
  gold: string;
  /** customer_id, raw_probability, churn_proba. */
  probabilities: string;
  /** customer_id and a column a feature, in log-odds. */
  contributions: string;
  config: ChurnConfig;
  model: ChurnMetadata;
  version: number;
};

/** Writes `scores.parquet`, one row a customer, by customer_id. @throws InputError `scores_invalid` */
export async function writeScores(session: Session, file: string, given: ScoreTable): Promise<void> {
  await session.writeParquet(await scoresSql(session, given), file);
  await checkScores(session, file);
}

/** Writes the rows of a Parquet file as CSV, lists joined by `;`. */
export async function writeFlatCsv(session: Session, table: string, file: string): Promise<void> {
  await session.writeCsv(`SELECT ${await flatColumns(session, table)} FROM ${parquet(table)}`, file);
}

async function flatColumns(session: Session, file: string): Promise<string> {
  const described = await session.rows(`DESCRIBE SELECT * FROM ${parquet(file)}`);
  const names = described.map(({ column_name: name, column_type: type }) => {
    const column = identifier(String(name));
    const joined = `array_to_string(${column}, ${literal(LIST_SEPARATOR)}) AS ${column}`;
    return String(type).endsWith('[]') ? joined : column;
  });
  return names.join(', ');
}

async function scoresSql(session: Session, given: ScoreTable): Promise<string> {
  const { config, model } = given;
  const columns = await columnsOf(session, given.gold);
  const carried = [columnSql(columns, 'avg_monthly_margin', 'DOUBLE'), columnSql(columns, 'segment', 'VARCHAR')];
  const features = model.features.map(({ name }) => identifier(name));
  const reasons = reasonsSql({
    features: model.features,
    fills: config.features.fills,
    max: config.scoring.reasons_max,
    values: 'f',
    contributions: 'c',
  });
  return `
    WITH carried AS (SELECT customer_id, ${carried.join(', ')} FROM ${parquet(given.gold)}),
    f AS (SELECT ${['customer_id', ...features].join(', ')} FROM ${parquet(given.gold)}),
    scored AS (
      SELECT p.customer_id, p.${SCORE} AS exact, ${roundedSql(`p.${SCORE}`)} AS rounded, p.${RAW_SCORE}, carried.avg_monthly_margin,
        carried.segment, ${reasons} AS reasons
      FROM ${parquet(given.probabilities)} p
      JOIN carried USING (customer_id) JOIN f USING (customer_id) JOIN ${parquet(given.contributions)} c USING (customer_id)
    )
    SELECT customer_id, rounded AS ${SCORE}, ${tierSql('rounded', config.scoring.tiers)} AS risk_tier,
      ${predictionSql('exact', model.threshold)} AS prediction,
      ${expectedLossSql('rounded', 'avg_monthly_margin')} AS expected_monthly_loss, segment,
      list_transform(reasons, lambda one: one.code) AS reason_codes,
      list_transform(reasons, lambda one: one.en) AS reason_texts,
      list_transform(reasons, lambda one: one.es) AS reason_texts_es,
      CAST(${given.version} AS INTEGER) AS model_version, ${RAW_SCORE}
    FROM scored ORDER BY customer_id`;
}

async function checkScores(session: Session, file: string): Promise<void> {
  const bad = `${SCORE} IS NULL OR isnan(${SCORE}) OR ${SCORE} < 0 OR ${SCORE} > 1 OR len(reason_codes) IS DISTINCT FROM len(reason_texts) OR coalesce(len(reason_codes), 0) = 0`;
  const [found] = await session.rows(
    `SELECT count(*) AS rows, min(customer_id) AS first FROM ${parquet(file)} WHERE ${bad}`,
  );
  const { rows, first } = found as { rows: number; first: string };
  if (rows === 0) return;
  const what = `${rows} customers without a probability from 0 to 1 or without a reason (${first})`;
  throw inputError('scores_invalid', what, file, 'check the model and its calibration');
}
