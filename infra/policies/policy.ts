import type { Policies, PolicyResource, ReportViolation, ResourceValidationArgs } from '@pulumi/policy';
import type { Settings } from '../settings.ts';

export type Policy = Policies[number];

/** Stands for what a preview cannot know yet: it passes as given, and is looked at again when the update knows it. */
export const UNKNOWN = '(known after the update)';

// biome-ignore lint/suspicious/noExplicitAny: inputs of some 60 resource types, read by the names that AWS gives them
export type Props = Record<string, any>;

/** What a policy sees of a resource. */
export type Seen = { type: string; name: string; urn: string; props: Props; protect: boolean };

/** What policies need to know of the stack besides its resources. */
export type Facts = {
  stack: string;
  /** The stack's configuration lets anybody knock at the dashboard. */
  openToTheWorld: boolean;
  /** Instance types that jobs may use; none: any. */
  instanceTypes?: readonly string[];
  /** Buckets that are looked up and not made: their owner answers for them. */
  adoptedBuckets: readonly string[];
};

export const factsOf = ({ stack, dashboard, instanceTypes, storage }: Settings): Facts => ({
  stack,
  openToTheWorld: dashboard?.openToTheWorld ?? false,
  ...(instanceTypes && { instanceTypes }),
  adoptedBuckets: 'existing' in storage.dataBucket ? [storage.dataBucket.existing.name] : [],
});

type Described = {
  name: string;
  /** The line of the security baseline that it keeps. */
  line: number;
  description: string;
};

/**
 * A policy on single resources.
 *
 * @param faults what is wrong with a resource of these types, each with how to mend it
 */
export function onResources(about: Described & { types: readonly string[]; faults: (seen: Seen) => string[] }): Policy {
  return {
    ...described(about),
    validateResource: (args: ResourceValidationArgs, report: ReportViolation) => {
      if (!about.types.includes(args.type)) return;
      for (const fault of about.faults(see(args))) report(fault, args.urn);
    },
  };
}

/** A policy on resources that must stand together. */
export function onStack(about: Described & { faults: (stack: Stack) => Fault[] }): Policy {
  return {
    ...described(about),
    validateStack: ({ resources }, report) => {
      for (const { fault, at } of about.faults(new Stack(resources))) report(fault, at?.urn);
    },
  };
}

export type Fault = { fault: string; at?: Seen };

type Linked = { seen: Seen; refersTo: (property: string) => string[] };

/** All resources of a stack, and which of them speak of which. */
export class Stack {
  readonly #all: readonly Linked[];

  constructor(resources: readonly PolicyResource[]) {
    this.#all = resources.map((resource) => ({
      seen: see(resource),
      refersTo: (property) => (resource.propertyDependencies[property] ?? []).map(({ urn }) => urn),
    }));
  }

  of(...types: string[]): Seen[] {
    return this.#all.map(({ seen }) => seen).filter(({ type }) => types.includes(type));
  }

  /** Resources of a type whose property names the other: by reference, or by value where a reference was not needed. */
  beside(type: string, property: string, other: Seen, value: unknown): Seen[] {
    const isValue = (found: unknown) => found !== UNKNOWN && isGiven(found) && found === value;
    const speaks = ({ seen, refersTo }: Linked) =>
      isValue(seen.props[property]) || refersTo(property).includes(other.urn);
    return this.#all.filter((one) => one.seen.type === type && speaks(one)).map(({ seen }) => seen);
  }
}

/** `problem`, unless `fine`. */
export const unless = (fine: unknown, problem: string): string[] => (fine ? [] : [problem]);

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

/** Equal, or not known yet. */
export const is = (value: unknown, ...wanted: unknown[]): boolean => value === UNKNOWN || wanted.includes(value);

export const listOf = <T>(value: T | readonly T[] | undefined | null): T[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? [...value] : [value as T];

/** A JSON text or an object; null when it is not known yet. */
export function jsonOf(value: unknown): Props | null {
  if (typeof value !== 'string') return (value ?? {}) as Props;
  if (value.includes(UNKNOWN)) return null;
  return JSON.parse(value);
}

const described = ({ name, line, description }: Described) => ({
  name,
  description: `${description} (security baseline, line ${line})`,
  enforcementLevel: 'mandatory' as const,
});

const see = ({ type, name, urn, props, opts }: ResourceValidationArgs | PolicyResource): Seen => ({
  type,
  name,
  urn,
  props: plain(props) as Props,
  protect: opts.protect,
});

/** A copy without the traps that Pulumi sets on unknown values: reading one throws, and would turn a mandatory policy into advice. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((_, index) => plain(attempt(() => value[index])));
  if (value === null || typeof value !== 'object') return isUnknownText(value) ? UNKNOWN : value;
  const record = value as Props;
  return Object.fromEntries(Object.keys(record).map((key) => [key, plain(attempt(() => record[key]))]));
}

/** What Pulumi sends in the place of a value that is not known yet, should it come without a trap. */
const isUnknownText = (value: unknown): boolean => value === '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return UNKNOWN;
  }
}
