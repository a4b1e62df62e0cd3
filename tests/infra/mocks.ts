import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import type { Context } from '../../infra/context.ts';
import { namesOf } from '../../infra/names.ts';
import { parseSettings, type Stack } from '../../infra/settings.ts';
import { answerCall, type Inputs, isUnknown, type Place, stateOf, unwrap } from './mockedCloud.ts';

export type { Stack } from '../../infra/settings.ts';
export type { Inputs } from './mockedCloud.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
const PROJECT = 'pilotlight';
const PROVIDER = 'pulumi:providers:aws';

export const STACKS = ['dev', 'staging', 'prod'] as const satisfies readonly Stack[];

/** A resource as Pulumi's engine would be told of it, with its inputs resolved. */
export type CapturedResource = {
  name: string;
  type: string;
  urn: string;
  /** Of what is looked up: its state. */
  inputs: Inputs;
  /** Of the parent; none for the stack itself. */
  parent: string | null;
  /** URNs of all that must be there before, `dependsOn` and inputs both. */
  dependencies: string[];
  /** URNs of what an input was made from, by the input's name. */
  propertyDependencies: Record<string, string[]>;
  protect: boolean;
  /** A resource of a provider; else a component. */
  custom: boolean;
  /** Looked up (`X.get`), not made. */
  adopted: boolean;
  /** Of the provider that makes it: its URN and id, '' for a default provider (there must be none). */
  provider: string;
  /** Inputs that refer to what nothing gives: `path` of each. */
  unresolved: string[];
  /** Inputs that Pulumi keeps encrypted: `path` of each. */
  secrets: string[];
  retainOnDelete: boolean;
  ignoreChanges: string[];
};

export type Call = { token: string; provider: string };

export type Captured = {
  resources: CapturedResource[];
  outputs: Record<string, unknown>;
  /** Names of the outputs that Pulumi keeps encrypted. */
  secretOutputs: string[];
  /** What was asked of AWS, and by which provider: '' for a default one (there must be none). */
  calls: Call[];
};

/**
 * All that the program makes for a stack, without a cloud.
 *
 * @param overrides replace keys of `Pulumi.<stack>.yaml` whole (`pilotlight:` left out); `undefined` removes one
 */
export async function capture(stack: Stack, overrides: Inputs = {}): Promise<CapturedResource[]> {
  return (await captureStack(stack, overrides)).resources;
}

/** As {@link capture}, with the stack's outputs. */
export function captureStack(stack: Stack, overrides: Inputs = {}): Promise<Captured> {
  const values = valuesOf(stack, overrides);
  return inTurn(() => run(stack, values, loadProgram));
}

/** What one component makes: `captureComponent(() => new Keys('keys', { context: contextOf('dev') }))`. */
export async function captureComponent(make: () => void, stack: Stack = 'dev'): Promise<CapturedResource[]> {
  const captured = await inTurn(() => run(stack, valuesOf(stack), async () => void make()));
  return captured.resources;
}

/** Settings and names of a stack as its file has them. */
export function contextOf(stack: Stack, overrides: Inputs = {}): Context {
  const settings = parseSettings({ ...valuesOf(stack, overrides), stack });
  return { settings, names: namesOf(settings) };
}

/** Sets up Pulumi's mocks, and writes down whatever is asked of them. */
export async function listen(
  stack: Stack,
  values: Inputs,
  resources: CapturedResource[],
  calls: Call[] = [],
): Promise<Monitor> {
  const place: Place = { accountId: String(values.accountId), region: String(values.region) };
  // As in a preview: what nothing gives stays unknown instead of becoming `undefined` and vanishing.
  await pulumi.runtime.setMocks(mocksOf(place, calls), PROJECT, stack, true);
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  for (const kind of ['registerResource', 'readResource'] as const) record(monitor, kind, resources);
  return monitor;
}

/** Keys of `Pulumi.<stack>.yaml` without their prefix. */
export function valuesOf(stack: Stack, overrides: Inputs = {}): Inputs {
  const { config } = parse(readFileSync(path.join(ROOT, `Pulumi.${stack}.yaml`), 'utf8')) as { config: Inputs };
  const prefix = `${PROJECT}:`;
  const own = Object.entries(config).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
  );
  const merged = { ...Object.fromEntries(own), ...overrides };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** All of a type. */
export const of = (resources: readonly CapturedResource[], type: string): CapturedResource[] =>
  resources.filter((resource) => resource.type === type);

/** The one of a type, and of a logical name where there are several. */
export function one(resources: readonly CapturedResource[], type: string, name?: string): CapturedResource {
  const found = of(resources, type).filter((resource) => name === undefined || resource.name === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const there = of(resources, type).map((resource) => resource.name);
  throw new Error(`${found.length} of ${type}${name === undefined ? '' : ` ${name}`}; there are: ${there.join(', ')}`);
}

/** Logical name of what a URN names. */
export const nameOf = (urn: string): string => urn.split('::').at(-1) ?? urn;

let captures = 0;

/** A program anew; of what it exports, what Pulumi takes as outputs. */
async function loadProgram(): Promise<unknown> {
  const exported = await import(`../../infra/index.ts?capture=${++captures}`);
  return 'default' in exported ? exported.default : exported;
}

let last: Promise<unknown> = Promise.resolve();

/** Pulumi's settings are the process's: one capture after the other. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work);
  last = next.catch(() => undefined);
  return next;
}

async function run(stack: Stack, values: Inputs, program: () => Promise<unknown>): Promise<Captured> {
  const resources: CapturedResource[] = [];
  const bag = Object.entries(values).map(([key, value]) => [
    `${PROJECT}:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(bag));
  const calls: Call[] = [];
  await listen(stack, values, resources, calls);
  const outputs = await failingTogether(async () => {
    const given = await pulumi.runtime.runInPulumiStack(program);
    await pulumi.runtime.disconnect();
    return (given ?? {}) as Inputs;
  });
  const known = await Promise.all(Object.entries(outputs).map(([name, value]) => settle(name, value)));
  return {
    resources,
    outputs: Object.fromEntries(known.map(({ name, value }) => [name, value])),
    secretOutputs: known.filter(({ secret }) => secret).map(({ name }) => name),
    calls,
  };
}

/** A resource that fails outside of the program's own promise would end the process without a word of which test it was. */
async function failingTogether<T>(work: () => Promise<T>): Promise<T> {
  const errors: unknown[] = [];
  const listen = (error: unknown) => void errors.push(error);
  process.on('unhandledRejection', listen);
  try {
    const result = await work();
    await new Promise((resolve) => setImmediate(resolve));
    if (errors.length > 0) throw errors[0];
    return result;
  } finally {
    process.off('unhandledRejection', listen);
  }
}

async function settle(name: string, value: unknown) {
  const output = pulumi.output(value);
  const [settled, secret] = await Promise.all([
    new Promise((resolve) => pulumi.unsecret(output).apply(resolve)),
    pulumi.isSecret(output),
  ]);
  return { name, value: settled, secret };
}

const mocksOf = (place: Place, calls: Call[]): pulumi.runtime.Mocks => ({
  newResource: ({ type, name, inputs, id, custom }) =>
    custom ? stateOf({ type, name, inputs: unwrap(inputs).plain, id: id ?? '' }, place) : { id: '', state: inputs },
  call: ({ token, inputs, provider }) => {
    calls.push({ token, provider: provider ?? '' });
    return answerCall(token, inputs, place);
  },
});

// biome-ignore lint/suspicious/noExplicitAny: messages are generated JavaScript
type Request = Record<string, (...values: any[]) => any>;
type Answer = (error: unknown, response?: Request) => void;
type Asked = 'registerResource' | 'readResource' | 'invoke' | 'getDeploymentInfo' | 'registerPackage';
/** Pulumi's own stand-in for its engine. */
export type Monitor = Record<Asked, (request: Request, answer: Answer) => unknown>;

/** Pulumi's mocks tell neither parent, dependencies nor protection: they stand in the request. */
function record(monitor: Monitor, kind: 'registerResource' | 'readResource', resources: CapturedResource[]): void {
  const original = monitor[kind].bind(monitor);
  monitor[kind] = (request, answer) =>
    original(request, (error, response) => {
      if (response !== undefined) resources.push(captured(request, response, kind === 'readResource'));
      answer(error, response);
    });
}

function captured(request: Request, response: Request, adopted: boolean): CapturedResource {
  // What is looked up has no inputs; what AWS says of it stands in their place.
  const given = adopted ? response.getProperties?.() : request.getObject?.();
  const { plain, secrets } = unwrap(given?.toJavaScript() ?? {});
  const provider: string = request.getProvider?.();
  return {
    name: request.getName?.(),
    type: request.getType?.(),
    urn: response.getUrn?.(),
    inputs: plain,
    parent: request.getParent?.() || null,
    dependencies: [...(request.getDependenciesList?.() ?? [])].sort(),
    propertyDependencies: linksOf(request),
    protect: request.getProtect?.() ?? false,
    custom: adopted || (request.getCustom?.() ?? false),
    adopted,
    provider: provider.startsWith('urn:') ? provider : '',
    unresolved: pathsOf(plain)
      .filter(({ value }) => isUnknown(value))
      .map(({ at }) => at),
    secrets,
    retainOnDelete: request.getRetainondelete?.() ?? false,
    ignoreChanges: request.getIgnorechangesList?.() ?? [],
  };
}

function linksOf(request: Request): CapturedResource['propertyDependencies'] {
  const entries: Iterable<[string, Request]> = request.getPropertydependenciesMap?.().entries() ?? [];
  return Object.fromEntries([...entries].map(([property, urns]) => [property, urns.getUrnsList?.()]));
}

/** Every leaf of a value with where it is. */
export function pathsOf(value: unknown, at = ''): { at: string; value: unknown }[] {
  if (value === null || typeof value !== 'object') return [{ at, value }];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, at === '' ? key : `${at}.${key}`));
}

/** The provider that everything is made by. */
export const providerOf = (resources: readonly CapturedResource[]): CapturedResource => one(resources, PROVIDER);
