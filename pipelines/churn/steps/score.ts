import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import { predict } from '@pilotlight/modeling';
import { requireParameter, type StepContext, type StepFunction } from '@pilotlight/pipeline';
import { requiredInput, requiredOutput } from '../../stepInputs.ts';
import { type Gold, readGold } from '../goldTable.ts';
import { scoreRows } from '../modelFolder.ts';
import { checkCustomers, checkModelFeatures } from '../scoringGold.ts';
import { findModel, type ScoringModel } from '../scoringModel.ts';
import { withSession } from '../scoringSession.ts';
import { SCORES_SUMMARY, summarizeScores } from '../scoringSummary.ts';
import { SCORES_FILE, writeFlatCsv, writeScores } from '../scoringTable.ts';
import { asOf, stepConfig } from '../stepInputs.ts';

/**
 * Scores every customer of gold with the champion, or with the version that is asked for.
 *
 * Inputs `gold` and, in a run that trains, `registration`: it orders the step after Register. Output `scored`: `scores.parquet`,
 * `scores.csv`, `summary.json`.
 */
export const score: StepFunction = async (context) => {
  const config = stepConfig(context);
  const scored = requiredOutput(context, 'scored');
  const gold = readGold(requiredInput(context, 'gold'), asOf(context));
  const group = requireParameter(context, 'ModelGroup');
  const scoring = await findModel({
    registry: requireParameter(context, 'RegistryUri'),
    group,
    wanted: context.parameters.ModelVersion ?? 'champion',
  });
  const { version, model } = scoring;
  checkModelFeatures(model.metadata, version, gold);
  const work = mkdtempSync(path.join(scored, '.work-'));
  const scores = path.join(scored, SCORES_FILE);
  try {
    await withSession(work, context.signal, async (session) => {
      await checkCustomers(session, gold.table);
      const predictions = await predictAll(context, scoring, gold, work);
      const { probabilities, contributions, unseenCategories } = predictions;
      const table = { gold: gold.table, probabilities, contributions, config, model: model.metadata, version };
      await writeScores(session, scores, table);
      await writeFlatCsv(session, scores, path.join(scored, 'scores.csv'));
      const summary = await summarizeScores(session, { scores, gold, group, scoring, unseenCategories });
      warn(context, summary);
      await writeJson(path.join(scored, SCORES_SUMMARY), summary);
      context.log.info({ model_version: version, rows: summary.rows, tiers: summary.tiers }, 'scored');
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Probabilities and contributions of every customer, as Parquet in the work folder. */
async function predictAll(context: StepContext, { model }: ScoringModel, gold: Gold, work: string) {
  const probabilities = path.join(work, 'probabilities.parquet');
  const contributions = path.join(work, 'contributions.parquet');
  const { unseenCategories } = await scoreRows(model, gold.table, probabilities, context.signal);
  await predict({
    modelPath: model.modelPath,
    dataPaths: [gold.table],
    outPath: contributions,
    keepColumns: ['customer_id'],
    kind: 'contributions',
    signal: context.signal,
    onProgress: ({ done, total }) => context.progress.update(done, total, 'reasons'),
  });
  return { probabilities, contributions, unseenCategories };
}

function warn({ log }: StepContext, summary: Awaited<ReturnType<typeof summarizeScores>>): void {
  const { text_scorer, model_text_scorer, unseen_categories, margin_missing } = summary;
  if (text_scorer !== model_text_scorer) {
    log.warn(
      { text_scorer, model_text_scorer },
      'texts were scored otherwise than those that the model was trained on',
    );
  }
  for (const [feature, { rows, examples }] of Object.entries(unseen_categories)) {
    log.warn({ feature, rows, examples }, 'categories that the model has never seen count as missing');
  }
  if (margin_missing > 0) log.warn({ rows: margin_missing }, 'customers without a margin have no expected loss');
}
