import { InputError } from '@pilotlight/errors';
import type { Definition, Parameter } from './definition.ts';

const FORMS = {
  String: /^[^\0\n\r]*$/,
  Integer: /^[+-]?\d{1,15}$/,
  Float: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
  Boolean: /^(true|false)$/,
};

/**
 * The value of every parameter of a pipeline, as text: the given one, else its default. Unknown names, missing values
 * without a default and values that do not fit are an {@link InputError} that names the parameter.
 */
export function resolveParameters(
  definition: Definition,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = Object.keys(definition.parameters);
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw refusal(definition, name, 'unknown parameter', `use one of ${names.join(', ')}`);
  }
  const resolved: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(definition.parameters)) {
    const value = given[name] ?? parameter.default;
    if (value === undefined) throw refusal(definition, name, 'missing parameter', parameter.description);
    resolved[name] = checkValue(definition, name, parameter, String(value));
  }
  return resolved;
}

export function checkValue(definition: Definition, name: string, parameter: Parameter, value: string): string {
  const { type, values } = parameter;
  if (!FORMS[type].test(value)) throw refusal(definition, name, `${JSON.stringify(value)} is no ${type}`, 'correct it');
  if (values && !values.includes(value)) {
    throw refusal(definition, name, `${JSON.stringify(value)} is not allowed`, `use one of ${values.join(', ')}`);
  }
  return value;
}

function refusal(definition: Definition, name: string, what: string, todo: string): InputError {
  return new InputError({ code: 'bad_parameter', what, where: `${definition.name} parameter ${name}`, todo });
}
