/** One tree: inner nodes by number; a child below 0 is the leaf `~child`. */
export type Tree = {
  feature: number[];
  threshold: number[];
  /** Bit 0: categorical; bit 1: missing goes left; bits 2 and 3: what counts as missing (0 nothing, 1 zero, 2 NaN). */
  decision: number[];
  left: number[];
  right: number[];
  leafValue: number[];
  leafCount: number[];
  innerCount: number[];
  catBoundaries: number[];
  catThreshold: number[];
};

export type Trees = {
  features: string[];
  /** Feature -> its categories; the place of one is its code. */
  categories: Map<string, Map<string, number>>;
  trees: Tree[];
};

/** Reads a LightGBM model of one class in its text form, with the categories that its Python package keeps at the end. */
export function readTrees(text: string): Trees {
  const features = field(text, 'feature_names').split(' ');
  const [, ...blocks] = text.split(/^Tree=\d+$/m);
  const trees = blocks.map((block) => readTree(block.split('\nend of trees')[0] ?? ''));
  const indices = /^\[categorical_feature: ([\d,]*)\]$/m.exec(text)?.[1] ?? '';
  const categorical = indices === '' ? [] : indices.split(',').map((index) => features[Number(index)] ?? '');
  const lists: unknown = JSON.parse(/^pandas_categorical:(.*)$/m.exec(text)?.[1] ?? '[]');
  const categories = new Map<string, Map<string, number>>();
  categorical.forEach((name, i) => {
    const names: unknown = Array.isArray(lists) ? lists[i] : undefined;
    if (Array.isArray(names)) categories.set(name, new Map(names.map((one, code) => [String(one), code])));
  });
  if (trees.length === 0) throw new Error('a model without trees');
  return { features, categories, trees };
}

function readTree(block: string): Tree {
  const numbers = (name: string) => {
    const value = field(block, name);
    return value === '' ? [] : value.split(' ').map(Number);
  };
  return {
    feature: numbers('split_feature'),
    threshold: numbers('threshold'),
    decision: numbers('decision_type'),
    left: numbers('left_child'),
    right: numbers('right_child'),
    leafValue: numbers('leaf_value'),
    leafCount: numbers('leaf_count'),
    innerCount: numbers('internal_count'),
    catBoundaries: numbers('cat_boundaries'),
    catThreshold: numbers('cat_threshold'),
  };
}

function field(block: string, name: string): string {
  const from = block.startsWith(`${name}=`) ? 0 : block.indexOf(`\n${name}=`) + 1;
  if (from === 0 && !block.startsWith(`${name}=`)) return '';
  const start = from + name.length + 1;
  const end = block.indexOf('\n', start);
  return block.slice(start, end < 0 ? undefined : end).trim();
}
