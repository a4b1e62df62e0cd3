import { asObject, isObject, type Json, type Parameters } from './types.ts';

/** What expressions are filled in from. */
export type Scope = {
  parameters: Parameters;
  /** `Execution.*`, by the name behind the dot. */
  execution: Readonly<Record<string, string>>;
  /** A property of a step that has ended well, as `ModelArtifacts.S3ModelArtifacts`. */
  property(step: string, property: string): Json;
  /** A property file of such a step, parsed. */
  propertyFile(step: string, name: string): Promise<unknown>;
};

/** A value with its expressions filled in: `Get`, `Std:Join`, `Std:JsonGet`. Throws where one has no value. */
export async function evaluate(value: Json, scope: Scope): Promise<Json> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => evaluate(one, scope)));
  if (!isObject(value)) return value;
  const [only, ...others] = Object.keys(value);
  if (others.length === 0) {
    if (only === 'Get') return getValue(String(value.Get), scope);
    if (only === 'Std:Join') return join(asObject(value['Std:Join']), scope);
    if (only === 'Std:JsonGet') return jsonGet(asObject(value['Std:JsonGet']), scope);
  }
  const entries = Object.entries(value).map(async ([key, inside]) => [key, await evaluate(inside, scope)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function getValue(path: string, scope: Scope): Json {
  const [, area, name = '', property] = /^(Parameters|Execution|Steps)\.([^.]+)(?:\.(.+))?$/.exec(path) ?? [];
  if (area === 'Steps' && property !== undefined) return scope.property(name, property);
  const found = area === 'Parameters' ? scope.parameters.get(name) : scope.execution[name];
  if (found === undefined) throw new Error(`nothing at ${path}`);
  return found;
}

async function join({ On, Values }: { [key: string]: Json }, scope: Scope): Promise<string> {
  if (typeof On !== 'string' || !Array.isArray(Values)) throw new Error('Std:Join wants On and Values');
  const parts = await Promise.all(Values.map((one) => evaluate(one, scope)));
  const odd = parts.find((part) => typeof part === 'object');
  if (odd !== undefined) throw new Error(`Std:Join of ${JSON.stringify(odd)}`);
  return parts.map(String).join(On);
}

async function jsonGet({ PropertyFile, Path }: { [key: string]: Json }, scope: Scope): Promise<Json> {
  const [, step, name] = /^Steps\.([^.]+)\.PropertyFiles\.(.+)$/.exec(String(asObject(PropertyFile).Get)) ?? [];
  if (step === undefined || name === undefined) throw new Error('Std:JsonGet of no property file');
  const path = String(await evaluate(Path ?? null, scope));
  const file = await scope.propertyFile(step, name);
  const found = path
    .split(/[.[\]]/)
    .filter((key) => key !== '')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as { [key: string]: Json })[key] : undefined),
      file,
    );
  if (found === undefined) throw new Error(`property file ${step}.${name} has nothing at ${path}`);
  return found as Json;
}
