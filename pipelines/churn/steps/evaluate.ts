import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeFile, writeJson } from '@pilotlight/artifacts';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import type { ImportanceRow } from '@pilotlight/reporting';
import { literal } from '@pilotlight/tables';
import pl from 'nodejs-polars';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { judge, measureChampion } from '../championCheck.ts';
import type { Comparison } from '../comparison.ts';
import type { ChurnConfig } from '../config.ts';
import { assembleEvaluation, listTiers, measureTest, type TierFigures } from '../evaluation.ts';
import { renderEvaluationText } from '../evaluationText.ts';
import { type Gold, readGold } from '../goldTable.ts';
import type { LeakageWarning } from '../leakage.ts';
import { type ChurnModel, IMPORTANCE_FILE, openModel, SCORE, SPLIT_FILE, scoreRows } from '../modelFolder.ts';
import { goldFingerprint, writeRows } from '../modelRows.ts';
import { writeReport } from '../reportPage.ts';
import { roundedSql, tierSql } from '../scoring.ts';
import { withSession } from '../scoringSession.ts';
import type { SplitCustomer } from '../splitCustomers.ts';
import { asOf, stepConfig } from '../stepInputs.ts';

/**
 * Measures the saved model, opened from its folder as anyone would, on the test rows that nothing of it has seen; the champion on the same
 * rows; and decides whether it may take the champion's place.
 *
 * Inputs `gold` and `model` (of Train on that gold). Output `evaluation`: `evaluation.json`, `evaluation.txt`, `report.html` and its
 * pictures (SVG), `test.parquet` (customer_id, churn, subgroups, raw_probability, churn_proba).
 */
export const evaluate: StepFunction = async (context) => {
  const config = stepConfig(context);
  const gold = readGold(requiredInput(context, 'gold'), asOf(context));
  const model = openModel(requiredInput(context, 'model'));
  const out = requiredOutput(context, 'evaluation');
  await checkGold(gold, model);
  const work = path.join(out, '.work');
  mkdirSync(work, { recursive: true });
  try {
    const rows = path.join(work, 'test_rows.parquet');
    await writeRows(gold.table, testCustomers(model), rows);
    const scored = await scoreTest(context, { config, model, rows, out });
    const measured = measureTest({ file: scored, subgroups: config.modeling.subgroups }, model.metadata.threshold);
    const { RegistryUri: named = 'none', ModelGroup: group = 'churn' } = context.parameters;
    const registry = named === 'none' ? undefined : named;
    const champion = await measureChampion({
      candidate: model.folder,
      registry,
      group,
      rows,
      work,
      signal: context.signal,
    });
    const evaluation = assembleEvaluation(model.metadata, {
      measured,
      tiers: await countTiers(context, { config, scored, work }),
      comparison: readFact<Comparison>(model, 'comparison.json'),
      leakage: readFact<{ warnings: LeakageWarning[] }>(model, 'leakage.json').warnings,
      champion,
      gate: judge(measured.figures.pr_auc, champion, config.modeling.promotion),
    });
    context.log.info({ pr_auc: evaluation.pr_auc, roc_auc: evaluation.roc_auc, gate: evaluation.gate }, 'evaluated');
    await writeJson(path.join(out, 'evaluation.json'), evaluation);
    await writeFile(path.join(out, 'evaluation.txt'), renderEvaluationText(evaluation));
    const { features: importance } = readFact<{ features: ImportanceRow[] }>(model, IMPORTANCE_FILE);
    await writeReport(out, { evaluation, importance, pictures: measured.pictures, dataset: config.dataset });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Test rows of another gold would be other customers, or other values: figures of nothing. */
async function checkGold(gold: Gold, { folder, metadata }: ChurnModel): Promise<void> {
  if ((await goldFingerprint(gold)) === metadata.data_fingerprint) return;
  const todo = 'give the gold that it was trained on, or train again';
  throw inputError('gold_mismatch', 'the model was trained on another gold table', `${gold.table}, ${folder}`, todo);
}

function testCustomers({ folder }: ChurnModel): SplitCustomer[] {
  const file = path.join(folder, SPLIT_FILE);
  if (!existsSync(file)) throw inputError('model_invalid', 'no such file', file, 'give the folder that Train wrote');
  const test = pl.readParquet(file).filter(pl.col('split').eq(pl.lit('test')));
  return test.toRecords() as SplitCustomer[];
}

async function scoreTest(
  context: StepContext,
  to: { config: ChurnConfig; model: ChurnModel; rows: string; out: string },
): Promise<string> {
  const { subgroups } = to.config.modeling;
  const present = pl.readParquet(to.rows, { nRows: 1 }).columns;
  const absent = subgroups.filter((name) => !present.includes(name));
  if (absent.length > 0) {
    const what = `gold has no column ${absent.join(', ')}`;
    throw inputError('subgroup_missing', what, 'modeling.subgroups', 'name columns of gold, or none');
  }
  const file = path.join(to.out, 'test.parquet');
  await scoreRows(to.model, to.rows, file, context.signal, [...new Set(['customer_id', 'churn', ...subgroups])]);
  return file;
}

/** By the same rule as scores: held-out customers, so that the rates are what a campaign will meet. */
async function countTiers(
  context: StepContext,
  { config, scored, work }: { config: ChurnConfig; scored: string; work: string },
): Promise<TierFigures[]> {
  const tier = tierSql(roundedSql(SCORE), config.scoring.tiers);
  const query = `SELECT ${tier} AS tier, count(*) AS rows, CAST(sum(churn) AS BIGINT) AS churners
    FROM ${literal(scored)} GROUP BY tier`;
  const counted = await withSession(work, context.signal, (session) => session.rows(query));
  return listTiers(counted as { tier: string; rows: number; churners: number }[]);
}

function readFact<T>({ folder }: ChurnModel, name: string): T {
  const file = path.join(folder, name);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (cause) {
    throw inputError('model_invalid', 'cannot be read', file, 'give the folder that Train wrote', cause);
  }
}
