import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { averagePrecision, promote, rankScores, readScores, rocAuc } from '@pilotlight/evaluation';
import { type FetchedVersion, openRegistry } from '@pilotlight/registry';
import pl from 'nodejs-polars';
import type { ChurnConfig } from './config.ts';
import type { ChampionFigures, Gate } from './evaluation.ts';
import { METADATA_FILE, MODEL_FILE, openModel, SCORE, SPLIT_FILE, scoreRows } from './modelFolder.ts';

/**
 * The group's champion on the test rows; null where the registry has none.
 *
 * A champion that cannot be scored on them (its features are not made any more) has null figures and the reason. One that is the
 * very model that is evaluated has nothing to beat: its rival is the one that it had when it was registered, so that the same
 * training done again has the same evaluation, and is the same version.
 */
export async function measureChampion(request: {
  /** Folder of the model that may take its place. */
  candidate: string;
  registry: string | undefined;
  group: string;
  /** Parquet of the test rows with all that gold has. */
  rows: string;
  work: string;
  signal: AbortSignal;
}): Promise<ChampionFigures | null> {
  const { candidate, registry, group, rows, work, signal } = request;
  const champion = registry === undefined ? null : await openRegistry(registry).champion(group);
  if (!champion) return null;
  const before = readBefore(champion, candidate);
  if (before !== undefined) return before;
  const outPath = path.join(work, 'champion.parquet');
  try {
    const model = openModel(champion.folder);
    await scoreRows(model, rows, outPath, signal, ['customer_id', 'churn']);
    const ranking = rankScores(readScores(outPath, { score: SCORE, label: 'churn' }));
    return {
      version: champion.version,
      experiment: model.metadata.experiment,
      pr_auc: averagePrecision(ranking).value,
      roc_auc: rocAuc(ranking).value,
      test_rows_trained_on: countTrainedOn(champion, rows),
      reason: null,
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const unknown = { experiment: null, pr_auc: null, roc_auc: null, test_rows_trained_on: 0 };
    return { version: champion.version, ...unknown, reason: error.message };
  }
}

/** Whether the model may be registered as the champion. One that cannot be compared with the champion may not. */
export function judge(
  prAuc: number | null,
  champion: ChampionFigures | null,
  promotion: ChurnConfig['modeling']['promotion'],
): Gate {
  const { pr_auc_min, tolerance } = promotion;
  const verdict = promote({
    metric: 'pr_auc',
    candidate: prAuc,
    champion: champion?.pr_auc ?? null,
    minimum: pr_auc_min,
    tolerance,
  });
  const incomparable = champion !== null && champion.pr_auc === null;
  const reasons = incomparable
    ? [`champion version ${champion.version} cannot be compared: ${champion.reason ?? 'a class is missing'}`]
    : [verdict.reason];
  const seen = champion?.test_rows_trained_on ?? 0;
  if (seen > 0) reasons.push(`the champion was trained on ${seen} of the test customers: its figure is too good`);
  return { passed: verdict.decision === 'promote' && !incomparable, metric: 'pr_auc', pr_auc_min, tolerance, reasons };
}

/** Undefined where the champion is another model, or was registered without an evaluation. */
function readBefore({ folder }: FetchedVersion, candidate: string): ChampionFigures | null | undefined {
  const isSame = [MODEL_FILE, METADATA_FILE].every((name) => {
    const [one, other] = [path.join(folder, name), path.join(candidate, name)];
    return existsSync(one) && existsSync(other) && readFileSync(one).equals(readFileSync(other));
  });
  const evaluation = path.join(folder, 'evaluation', 'evaluation.json');
  if (!isSame || !existsSync(evaluation)) return undefined;
  return (JSON.parse(readFileSync(evaluation, 'utf8')) as { champion?: ChampionFigures | null }).champion;
}

function countTrainedOn({ folder }: FetchedVersion, rows: string): number {
  const split = path.join(folder, SPLIT_FILE);
  if (!existsSync(split)) return 0;
  const trained = pl
    .readParquet(split)
    .filter(pl.col('split').eq(pl.lit('train')))
    .select('customer_id');
  return pl.readParquet(rows, { columns: ['customer_id'] }).join(trained, { on: 'customer_id', how: 'inner' }).height;
}
