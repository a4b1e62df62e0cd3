import type { Tree, Trees } from './readTrees.ts';

type Value = string | number | boolean | null | undefined;
/** A feature on the way to a leaf: the share of ways with the feature unknown and known, and the weight of its place. */
type PathPart = { feature: number; zero: number; one: number; weight: number };

const ZERO = 1e-35;
const [CATEGORICAL, DEFAULT_LEFT, MISSING_ZERO, MISSING_NAN] = [1, 2, 1, 2];

/**
 * What each feature adds to the model's raw score of one row (SHAP values as LightGBM's own `pred_contrib`, by the numbers of training
 * rows in the nodes): `base` + all of them = the raw score.
 */
export function explainRow(
  model: Trees,
  row: Readonly<Record<string, Value>>,
): { base: number; contributions: number[] } {
  const values = model.features.map((name) => numberOf(model, name, row[name]));
  const contributions = model.features.map(() => 0);
  let base = 0;
  for (const tree of model.trees) {
    base += meanOf(tree);
    if (tree.feature.length > 0) walk(tree, values, contributions, 0, [], { feature: -1, zero: 1, one: 1 });
  }
  return { base, contributions };
}

/** NaN: missing, or a category that training did not see. */
function numberOf({ categories }: Trees, name: string, value: Value): number {
  if (value === null || value === undefined) return Number.NaN;
  const codes = categories.get(name);
  if (codes) return codes.get(String(value)) ?? Number.NaN;
  return Number(value);
}

function meanOf({ leafValue, leafCount }: Tree): number {
  if (leafValue.length === 1) return leafValue[0] ?? 0;
  const rows = leafCount.reduce((sum, count) => sum + count, 0);
  return leafValue.reduce((sum, value, i) => sum + value * ((leafCount[i] ?? 0) / rows), 0);
}

type Step = { feature: number; zero: number; one: number };

function walk(
  tree: Tree,
  values: number[],
  added: number[],
  node: number,
  before: readonly PathPart[],
  step: Step,
): void {
  const path = extend(before, step);
  if (node < 0) {
    const leaf = tree.leafValue[~node] ?? 0;
    for (let i = 1; i < path.length; i++) {
      const part = path[i] as PathPart;
      added[part.feature] = (added[part.feature] ?? 0) + unwoundSum(path, i) * (part.one - part.zero) * leaf;
    }
    return;
  }
  const feature = tree.feature[node] ?? 0;
  const [left, right] = [tree.left[node] ?? 0, tree.right[node] ?? 0];
  const goesLeft = decide(tree, node, values[feature] ?? Number.NaN);
  const [hot, cold] = goesLeft ? [left, right] : [right, left];
  const rows = countOf(tree, node);
  const known = path.findIndex((part, i) => i > 0 && part.feature === feature);
  const earlier = known > 0 ? (path[known] as PathPart) : { zero: 1, one: 1 };
  const rest = known > 0 ? unwind(path, known) : path;
  walk(tree, values, added, hot, rest, { feature, zero: (earlier.zero * countOf(tree, hot)) / rows, one: earlier.one });
  walk(tree, values, added, cold, rest, { feature, zero: (earlier.zero * countOf(tree, cold)) / rows, one: 0 });
}

const countOf = (tree: Tree, node: number) => (node < 0 ? tree.leafCount[~node] : tree.innerCount[node]) ?? 0;

function decide(tree: Tree, node: number, given: number): boolean {
  const [decision, threshold] = [tree.decision[node] ?? 0, tree.threshold[node] ?? 0];
  if (decision & CATEGORICAL) {
    const code = Math.trunc(given);
    if (!(code >= 0)) return false;
    const [from, to] = [tree.catBoundaries[threshold] ?? 0, tree.catBoundaries[threshold + 1] ?? 0];
    const word = code >> 5;
    return word < to - from && (((tree.catThreshold[from + word] ?? 0) >>> (code & 31)) & 1) === 1;
  }
  const missing = (decision >> 2) & 3;
  const value = Number.isNaN(given) && missing !== MISSING_NAN ? 0 : given;
  const isMissing = missing === MISSING_NAN ? Number.isNaN(value) : missing === MISSING_ZERO && Math.abs(value) <= ZERO;
  return isMissing ? (decision & DEFAULT_LEFT) !== 0 : value <= threshold;
}

function extend(before: readonly PathPart[], { feature, zero, one }: Step): PathPart[] {
  const depth = before.length;
  const path = [...before.map((part) => ({ ...part })), { feature, zero, one, weight: depth === 0 ? 1 : 0 }];
  for (let i = depth - 1; i >= 0; i--) {
    const [here, next] = [path[i] as PathPart, path[i + 1] as PathPart];
    next.weight += (one * here.weight * (i + 1)) / (depth + 1);
    here.weight = (zero * here.weight * (depth - i)) / (depth + 1);
  }
  return path;
}

/** The path as it would be without the part at `index`. */
function unwind(given: readonly PathPart[], index: number): PathPart[] {
  const path = given.map((part) => ({ ...part }));
  const depth = path.length - 1;
  const { one, zero } = path[index] as PathPart;
  let next = (path[depth] as PathPart).weight;
  for (let i = depth - 1; i >= 0; i--) {
    const part = path[i] as PathPart;
    if (one !== 0) {
      const weight = part.weight;
      part.weight = (next * (depth + 1)) / ((i + 1) * one);
      next = weight - (part.weight * zero * (depth - i)) / (depth + 1);
    } else {
      part.weight = (part.weight * (depth + 1)) / (zero * (depth - i));
    }
  }
  for (let i = index; i < depth; i++) {
    const { feature, zero: z, one: o } = path[i + 1] as PathPart;
    Object.assign(path[i] as PathPart, { feature, zero: z, one: o });
  }
  return path.slice(0, depth);
}

function unwoundSum(path: readonly PathPart[], index: number): number {
  return unwind(path, index).reduce((sum, { weight }) => sum + weight, 0);
}
