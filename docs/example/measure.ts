/**
 * How good predictions are whose outcome is known: ROC-AUC of `prediction` against `class`.
 *
 *     node docs/example/measure.ts predictions.parquet ...
 */
import { rankScores, readScores, rocAuc } from '@pilotlight/evaluation';

for (const file of process.argv.slice(2)) {
  const scores = readScores(file, { score: 'probability', label: 'class' });
  process.stdout.write(`${file}: ROC-AUC ${rocAuc(rankScores(scores)).value?.toFixed(3)}\n`);
}
