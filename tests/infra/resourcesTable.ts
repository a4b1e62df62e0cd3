import { type CapturedResource, nameOf, STACKS, type Stack } from './mocks.ts';
import { PRICES_FROM, priceOf } from './prices.ts';

type Stacks = ReadonlyMap<Stack, readonly CapturedResource[]>;

const usd = (value: number): string => (value === 0 ? '' : value.toFixed(value < 10 ? 2 : 0));
const byName = (left: string, right: string) => (left < right ? -1 : 1);

/** What each stack makes, and about what it costs a month when nothing runs. */
export function resourcesTable(stacks: Stacks): string {
  return [
    '# What each stack makes',
    '',
    'Written by `tests/infra/stacks.test.ts` from the resources of the program (`UPDATE_SNAPSHOTS=1` writes it anew); not to be edited.',
    '',
    '## A month without work',
    '',
    `In USD: ${PRICES_FROM}. Use comes on top; look prices up before you decide by them.`,
    '',
    ...costTable(stacks),
    '',
    '## Resources by component',
    '',
    ...countTable(stacks),
    '',
  ].join('\n');
}

function costTable(stacks: Stacks): string[] {
  const costs = [...stacks].map(([stack, all]) => [stack, costsByType(all)] as const);
  const types = [...new Set(costs.flatMap(([, byType]) => [...byType.keys()]))].sort(byName);
  const rows = types.map((type) => {
    const cells = costs.map(([, byType]) => {
      const { count = 0, total = 0 } = byType.get(type) ?? {};
      return count === 0 ? '' : `${usd(total) || '0'} (${count})`;
    });
    const use = costs.map(([, byType]) => byType.get(type)?.withUse).find(Boolean) ?? '';
    return `| ${shortType(type)} | ${cells.join(' | ')} | ${use} |`;
  });
  const totals = costs.map(
    ([, byType]) => `**${[...byType.values()].reduce((sum, { total }) => sum + total, 0).toFixed(0)}**`,
  );
  return [
    `| what (how many) | ${STACKS.join(' | ')} | with use |`,
    '|---|---:|---:|---:|---|',
    ...rows,
    `| **all** | ${totals.join(' | ')} | |`,
  ];
}

function costsByType(all: readonly CapturedResource[]) {
  const costs = new Map<string, { count: number; total: number; withUse?: string | undefined }>();
  for (const resource of all) {
    const { usd: cost, withUse } = priceOf(resource, all);
    if (cost === 0 && withUse === undefined) continue;
    const { count, total } = costs.get(resource.type) ?? { count: 0, total: 0 };
    costs.set(resource.type, { count: count + 1, total: total + cost, withUse });
  }
  return costs;
}

function countTable(stacks: Stacks): string[] {
  const counts = [...stacks.values()].map(countsByComponent);
  const keys = [...new Set(counts.flatMap((count) => [...count.keys()]))].sort(byName);
  const rows = keys.map((key) => `| ${key} | ${counts.map((count) => count.get(key) ?? '').join(' | ')} |`);
  const totals = [...stacks.values()].map((all) => all.filter(({ custom }) => custom).length);
  return [
    `| component | resource | ${STACKS.join(' | ')} |`,
    '|---|---|---:|---:|---:|',
    ...rows,
    `| **all** | | ${totals.join(' | ')} |`,
  ];
}

/** `component | type` -> how many. */
function countsByComponent(all: readonly CapturedResource[]): Map<string, number> {
  const byUrn = new Map(all.map((resource) => [resource.urn, resource]));
  const counts = new Map<string, number>();
  for (const resource of all.filter(({ custom }) => custom)) {
    const key = `${componentOf(resource, byUrn)} | ${shortType(resource.type)}${resource.adopted ? ' (adopted)' : ''}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The outermost component that a resource is a part of. */
function componentOf({ parent }: CapturedResource, byUrn: ReadonlyMap<string, CapturedResource>): string {
  const above = parent === null ? undefined : byUrn.get(parent);
  if (above === undefined || above.parent === null) return 'program';
  const grand = byUrn.get(above.parent);
  return grand === undefined || grand.parent === null ? above.name : componentOf(above, byUrn);
}

/** `aws:s3/bucket:Bucket` -> `s3.Bucket`. */
const shortType = (type: string): string =>
  type.replace(/^aws:(\w+)\/\w+:(\w+)$/, '$1.$2').replace(/^pulumi:providers:aws$/, 'Provider');

/** Names, types, parents and dependencies, as people read them: a rename shows in review. */
export function outline(all: readonly CapturedResource[]): string {
  const children = Map.groupBy(all, ({ parent }) => parent ?? '');
  const needed = directlyNeeded(all);
  const lines = (parent: string, depth: number): string[] =>
    (children.get(parent) ?? [])
      .toSorted((left, right) => byName(`${left.name} ${left.type}`, `${right.name} ${right.type}`))
      .flatMap((resource) => [line(resource, needed(resource), depth), ...lines(resource.urn, depth + 1)]);
  return `${lines('', 0).join('\n')}\n`;
}

function line(resource: CapturedResource, after: readonly string[], depth: number): string {
  const { name, type, inputs, protect, adopted } = resource;
  const physical = inputs.name ?? inputs.bucket;
  const marks = [
    ...(typeof physical === 'string' && physical !== name ? [`= ${physical}`] : []),
    ...(protect ? ['protected'] : []),
    ...(adopted ? ['adopted'] : []),
    ...(after.length > 0 ? [`after ${listed(after)}`] : []),
  ];
  return `${'  '.repeat(depth)}${name}  ${shortType(type)}${marks.length > 0 ? `  (${marks.join('; ')})` : ''}`;
}

/** By name; of many of one kind, how many. */
function listed(urns: readonly string[]): string {
  const kinds = Map.groupBy(urns, kindOf);
  const isMany = urns.length > 8;
  const parts = [...kinds].flatMap(([kind, of]) =>
    isMany && of.length > 2 ? [`${of.length} ${kind}`] : of.map((urn) => `${nameOf(urn)}:${kind}`),
  );
  return [...new Set(parts)].sort(byName).join(', ');
}

/** Names are unique within a kind alone. */
const kindOf = (urn: string): string => urn.split('::')[2]?.split(':').at(-1) ?? '';

/** What a resource waits for, without what those wait for anyhow. */
function directlyNeeded(all: readonly CapturedResource[]): (resource: CapturedResource) => string[] {
  const dependencies = new Map(all.map((resource) => [resource.urn, resource.dependencies]));
  const reached = new Map<string, Set<string>>();
  const reach = (urn: string): Set<string> => {
    const known = reached.get(urn);
    if (known !== undefined) return known;
    const direct = dependencies.get(urn) ?? [];
    const found = new Set(direct.flatMap((other) => [other, ...reach(other)]));
    reached.set(urn, found);
    return found;
  };
  return ({ dependencies: direct }) => direct.filter((urn) => !direct.some((other) => reach(other).has(urn)));
}
