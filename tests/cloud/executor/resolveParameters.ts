import { type JsonObject, type Parameters, Refused } from './types.ts';

const READERS: Record<string, (text: string) => string | number | boolean | undefined> = {
  String: (text) => text,
  Integer: (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined),
  Float: (text) => (/^-?\d+(\.\d+)?([eE]-?\d+)?$/.test(text) ? Number(text) : undefined),
  Boolean: (text) => ({ true: true, false: false })[text],
};

/**
 * The values of a run, as StartPipelineExecution makes them: those given, as text, over the defaults.
 *
 * @throws Refused for a name that is not there, a value that is missing, empty, of another type or not among those allowed
 */
export function resolveParameters(
  declared: readonly JsonObject[],
  given: Readonly<Record<string, string>>,
): Parameters {
  const names = new Set(declared.map(({ Name }) => String(Name)));
  const unknown = Object.keys(given).filter((name) => !names.has(name));
  if (unknown.length > 0) throw new Refused(`Assignment requested on nonexistent parameters [${unknown.join(', ')}]`);
  return new Map(declared.map((parameter) => [String(parameter.Name), readValue(parameter, given)]));
}

function readValue(
  { Name, Type, DefaultValue, EnumValues }: JsonObject,
  given: Readonly<Record<string, string>>,
): string | number | boolean {
  const name = String(Name);
  const text = given[name];
  const read = READERS[String(Type)];
  if (!read) throw new Refused(`parameter ${name}: unknown type ${Type}`);
  const value = text === undefined ? DefaultValue : read(text);
  if (text === undefined && value === undefined)
    throw new Refused(`Parameters [${name}] do not have default values and are missing assignments`);
  if (value === '') throw new Refused(`parameter ${name}: an empty value`);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new Refused(`parameter ${name}: ${JSON.stringify(text ?? DefaultValue)} is no ${Type}`);
  if (Array.isArray(EnumValues) && !EnumValues.includes(value))
    throw new Refused(`parameter ${name}: ${value} is none of ${EnumValues.join(', ')}`);
  return value;
}
