import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeFile, writeJson } from '@pilotlight/artifacts';
import { requireParameter, type StepContext, type StepFunction } from '@pilotlight/pipeline';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { findAlerts } from '../alerts.ts';
import type { ChurnConfig } from '../config.ts';
import { readGold } from '../goldTable.ts';
import { type DriftMeasures, measureDrift } from '../monitoring.ts';
import { renderMonitoringHtml, renderMonitoringText } from '../monitoringPage.ts';
import { buildMonitoringReport, summarizeMonitoring } from '../monitoringReport.ts';
import { readRegistration } from '../registration.ts';
import { checkCustomers, checkModelFeatures, checkSameCustomers } from '../scoringGold.ts';
import { openVersion } from '../scoringModel.ts';
import { withSession } from '../scoringSession.ts';
import { readScoresSummary, type ScoresSummary } from '../scoringSummary.ts';
import { SCORES_FILE } from '../scoringTable.ts';
import { asOf, stepConfig } from '../stepInputs.ts';

/**
 * Drift of the features and of the score against the training rows of the model that scored, and alerts.
 *
 * Inputs `gold`, `scored` and, in a run that trains, `registration`: a model of this very run has just saved its reference, and
 * nothing is compared. Output `monitoring`: `drift_report.json`, `drift_summary.json`, `drift.html`, `drift.txt`, `alerts.json`.
 */
export const driftCheck: StepFunction = async (context) => {
  const config = stepConfig(context).drift;
  const date = asOf(context);
  const out = requiredOutput(context, 'monitoring');
  const scored = readScoresSummary(requiredInput(context, 'scored'), date);
  const group = requireParameter(context, 'ModelGroup');
  const registration = readRegistration(context.inputs.registration);
  const isNew = registration?.version === scored.model_version;
  const measures = isNew ? null : await measure(context, { config, date, group, scored });
  const facts = { asOf: date, group, modelVersion: scored.model_version, config, measures };
  const report = buildMonitoringReport(facts);
  const summary = summarizeMonitoring(report, facts);
  const alerts = findAlerts(report, measures?.emptied ?? []);
  const page = { report, summary, alerts, config };
  await writeFile(path.join(out, 'drift.txt'), renderMonitoringText(page));
  await writeFile(path.join(out, 'drift.html'), await renderMonitoringHtml(page));
  await writeJson(path.join(out, 'drift_report.json'), report);
  await writeJson(path.join(out, 'alerts.json'), alerts);
  await writeJson(path.join(out, 'drift_summary.json'), summary);
  const { log } = context;
  for (const { severity, cause, message, metric } of alerts) log.warn({ cause, severity, metric }, message);
  const { status, features_drifted, score_p } = summary;
  log.info({ status, features_drifted, score_p, model_version: scored.model_version }, 'drift checked');
};

type Check = { config: ChurnConfig['drift']; date: string; group: string; scored: ScoresSummary };

async function measure(context: StepContext, { config, date, group, scored }: Check): Promise<DriftMeasures> {
  const gold = readGold(requiredInput(context, 'gold'), date);
  const scores = path.join(requiredInput(context, 'scored'), SCORES_FILE);
  if (!existsSync(scores)) {
    throw inputError('scores_missing', 'no such file', scores, 'give the folder that Score wrote');
  }
  const version = scored.model_version;
  const model = await openVersion({ registry: requireParameter(context, 'RegistryUri'), group, version });
  checkModelFeatures(model.metadata, version, gold);
  const work = mkdtempSync(path.join(requiredOutput(context, 'monitoring'), '.work-'));
  try {
    return await withSession(work, context.signal, async (session) => {
      await checkCustomers(session, gold.table);
      await checkSameCustomers(session, scores, gold.table);
      const onProgress = (done: number, total: number, column: string) => context.progress.update(done, total, column);
      const { signal } = context;
      return measureDrift(session, { model, gold: gold.table, scores, config, work, signal, onProgress });
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
