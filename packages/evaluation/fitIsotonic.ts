import { forEachGroup } from './forEachGroup.ts';
import { rankScores } from './rankScores.ts';
import { checkScores, type Scores } from './scores.ts';

/** Points of a rising broken line: `x` rises strictly, `y` never falls. */
export type Isotonic = { x: number[]; y: number[] };

/**
 * The rising function of the score that is nearest to the labels in squared distance, by pooling adjacent violators; rows of
 * equal score count as one (scikit-learn's `IsotonicRegression`, whose `X_thresholds_` and `y_thresholds_` these are: of each
 * flat piece its two ends). Between points it is a straight line, beyond the ends it is flat.
 *
 * @throws InputError as {@link checkScores}, and `scores_length` without rows
 */
export function fitIsotonic(scores: Pick<Scores, 'score' | 'label'>): Isotonic {
  checkScores(scores, 1);
  const blocks = poolViolators(risingGroups(scores));
  const fitted: Isotonic = { x: [], y: [] };
  for (const { lower, upper, positives, rows } of blocks) {
    for (const end of lower === upper ? [lower] : [lower, upper]) {
      fitted.x.push(end);
      fitted.y.push(positives / rows);
    }
  }
  return fitted;
}

/** The scores between whose points there is no rise, with the rows and positives among them. */
type Block = { lower: number; upper: number; positives: number; rows: number };

function risingGroups(scores: Pick<Scores, 'score' | 'label'>): Block[] {
  const groups: Block[] = [];
  forEachGroup(rankScores({ score: scores.score, label: scores.label }), (score, positives, negatives) => {
    groups.push({ lower: score, upper: score, positives, rows: positives + negatives });
  });
  return groups.reverse();
}

function poolViolators(groups: readonly Block[]): Block[] {
  const blocks: Block[] = [];
  for (const group of groups) {
    let block = group;
    for (let last = blocks.at(-1); last && !rises(last, block); last = blocks.at(-1)) {
      blocks.pop();
      block = {
        lower: last.lower,
        upper: block.upper,
        positives: last.positives + block.positives,
        rows: last.rows + block.rows,
      };
    }
    blocks.push(block);
  }
  return blocks;
}

/** In whole numbers, so that equal rates are equal. */
const rises = (low: Block, high: Block) => low.positives * high.rows < high.positives * low.rows;
