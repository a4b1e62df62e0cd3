export type Tree = { [key: string]: unknown };
export type Layer = { origin: string; tree: Tree };

/** Later layers win: maps key by key, everything else as a whole; null takes the key away. */
export function mergeLayers(layers: readonly Layer[]): { tree: Tree; origins: Record<string, string> } {
  const origins: Record<string, string> = {};
  let tree: Tree = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(flatten(layer.tree))) {
      for (const old of Object.keys(origins)) {
        if (old === key || old.startsWith(`${key}.`) || key.startsWith(`${old}.`)) delete origins[old];
      }
      if (value !== null) origins[key] = layer.origin;
    }
    tree = merge(tree, layer.tree);
  }
  return { tree, origins };
}

/** Leaves by their dotted path; an empty map and a list are leaves. */
export function flatten(tree: Tree, prefix = ''): Record<string, unknown> {
  const leaves: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(tree)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (isTree(value) && Object.keys(value).length > 0) Object.assign(leaves, flatten(value, path));
    else leaves[path] = value;
  }
  return leaves;
}

/** A copy of the tree with the value at the path. */
export function setPath(tree: Tree, path: readonly string[], value: unknown): Tree {
  const [head, ...rest] = path;
  if (head === undefined) return tree;
  const below = tree[head];
  return { ...tree, [head]: rest.length === 0 ? value : setPath(isTree(below) ? below : {}, rest, value) };
}

function merge(under: Tree, over: Tree): Tree {
  const merged: Tree = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
