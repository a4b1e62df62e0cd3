import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import type { StepFunction } from '@pilotlight/pipeline';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { readGold } from '../goldTable.ts';
import { summarizeRecommendations } from '../recommendationSummary.ts';
import { RECOMMENDATIONS_FILE, writeRecommendations } from '../recommendationTable.ts';
import { checkCustomers, checkSameCustomers } from '../scoringGold.ts';
import { withSession } from '../scoringSession.ts';
import { readScoresSummary } from '../scoringSummary.ts';
import { SCORES_FILE, writeFlatCsv } from '../scoringTable.ts';
import { asOf, stepConfig } from '../stepInputs.ts';

/**
 * Action, offer, channel and timing of every scored customer, within the guardrails.
 *
 * Inputs `gold` and `scored`. Output `recommendations`: `recommendations.parquet`, `recommendations.csv`, `summary.json`.
 */
export const recommend: StepFunction = async (context) => {
  const { recommending } = stepConfig(context);
  const date = asOf(context);
  const out = requiredOutput(context, 'recommendations');
  const gold = readGold(requiredInput(context, 'gold'), date).table;
  const scored = requiredInput(context, 'scored');
  const { model_version: modelVersion } = readScoresSummary(scored, date);
  const scores = path.join(scored, SCORES_FILE);
  if (!existsSync(scores)) {
    throw inputError('scores_missing', 'no such file', scores, 'give the folder that Score wrote');
  }
  const work = mkdtempSync(path.join(out, '.work-'));
  const file = path.join(out, RECOMMENDATIONS_FILE);
  try {
    await withSession(work, context.signal, async (session) => {
      await checkCustomers(session, gold);
      await checkSameCustomers(session, scores, gold);
      const rules = await writeRecommendations(session, file, { scores, gold, recommending, asOf: date });
      await writeFlatCsv(session, file, path.join(out, 'recommendations.csv'));
      const summary = await summarizeRecommendations(session, file, { asOf: date, modelVersion, rules });
      await writeJson(path.join(out, 'summary.json'), summary);
      const { decisions, guardrails, expected_value_eur } = summary;
      context.log.info({ decisions, guardrails, expected_value_eur }, 'recommended');
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
