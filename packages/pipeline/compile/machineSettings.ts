import type { Definition } from '../definition.ts';
import type { Path } from './intrinsics.ts';
import { type MachineOptions, OWN, type States, snakeCase } from './machineTypes.ts';
import { dateParameter, defaultsOf, refuse, type Value } from './options.ts';

/** Where the value of a parameter comes from: it is fixed, or the run's settings have it. */
export type Setting = { fixed: Value | number | boolean } | { path: Path };

export type Settings = Readonly<Record<string, Setting>>;

/**
 * What each parameter of the definition is in an execution.
 *
 * @throws PipelineError where one has no value: no default, and no execution's input may set it
 */
export function settingsOf(definition: Definition, options: MachineOptions): Settings {
  const defaults = defaultsOf(definition, options);
  const settable = settableParameters(definition, options);
  const lacking = Object.keys(definition.parameters).filter((name) => !settable.includes(name) && !(name in defaults));
  if (lacking.length > 0)
    throw refuse(definition, [`no value for ${lacking.join(', ')}: give a default, or let inputs set it`]);
  const entries = Object.keys(definition.parameters).map((name): [string, Setting] => {
    if (settable.includes(name)) return [name, { path: `$.settings.${snakeCase(name)}` }];
    return [name, { fixed: defaults[name] as Value }];
  });
  return Object.fromEntries(entries);
}

/**
 * The states that come first. An execution's input is `{run_id, file_key}` and what it may set; the rest has its defaults, and the
 * run's date is the day on which the execution started (UTC). Input that names no run or no file ends the execution before
 * anything is written; a value that a parameter does not allow is a failure of the run, and recorded as such.
 */
export function settingsStates(definition: Definition, options: MachineOptions): States {
  const named = ['run_id', 'file_key'].flatMap((name) => isText(`$.settings.${name}`));
  const cause = describeInput(definition, options);
  return {
    [OWN.defaults]: {
      Type: 'Pass',
      Comment: 'What the input may leave out',
      Parameters: defaultFields(definition, options),
      ResultPath: '$.defaults',
      Next: OWN.settings,
    },
    [OWN.settings]: {
      Type: 'Pass',
      Comment: 'The input before the defaults; all else reads $.settings',
      Parameters: { 'settings.$': 'States.JsonMerge($.defaults, $$.Execution.Input, false)' },
      Next: OWN.check,
    },
    [OWN.check]: {
      Type: 'Choice',
      Choices: [
        { And: [...named, ...checks(definition, options)], Next: OWN.started },
        { And: named, Next: OWN.wrong },
      ],
      Default: OWN.refused,
    },
    [OWN.wrong]: {
      Type: 'Pass',
      Result: { Error: 'InputRefused', Cause: cause },
      ResultPath: '$.error',
      Next: OWN.failure,
    },
    [OWN.refused]: { Type: 'Fail', Error: 'InputRefused', Cause: cause },
  };
}

function settableParameters(definition: Definition, { inputs = [] }: MachineOptions): string[] {
  const unknown = inputs.filter((name) => !Object.hasOwn(definition.parameters, name));
  if (unknown.length > 0) throw refuse(definition, [`no parameter ${unknown.join(', ')} that an input could set`]);
  const tests = definition.steps.flatMap((node) => (node.kind === 'condition' ? node.all : []));
  const tested = tests.flatMap(({ left }) => ('parameter' in left ? [left.parameter] : []));
  return Object.keys(definition.parameters).filter((name) => inputs.includes(name) || tested.includes(name));
}

function defaultFields(definition: Definition, options: MachineOptions): Record<string, unknown> {
  const defaults = defaultsOf(definition, options);
  const today = "States.ArrayGetItem(States.StringSplit($$.State.EnteredTime, 'T'), 0)";
  const fields: Record<string, unknown> = {};
  for (const name of settableParameters(definition, options)) {
    if (name in defaults) fields[snakeCase(name)] = defaults[name];
    else if (name === dateParameter(definition)) fields[`${snakeCase(name)}.$`] = today;
  }
  return fields;
}

function checks(definition: Definition, options: MachineOptions): unknown[] {
  return settableParameters(definition, options).flatMap((name) => {
    const Variable = `$.settings.${snakeCase(name)}`;
    const { type, values } = definition.parameters[name] ?? { type: 'String' };
    const isType = { String: 'IsString', Integer: 'IsNumeric', Float: 'IsNumeric', Boolean: 'IsBoolean' }[type];
    const present = { Variable, IsPresent: true };
    if (type !== 'String') return [present, { Variable, [isType]: true }];
    if (values === undefined) return isText(Variable);
    return [present, { Or: values.map((value) => ({ Variable, StringEquals: value })) }];
  });
}

const isText = (Variable: string): unknown[] => [
  { Variable, IsPresent: true },
  { Variable, IsString: true },
  { Not: { Variable, StringEquals: '' } },
];

function describeInput(definition: Definition, options: MachineOptions): string {
  const optional = settableParameters(definition, options).map((name) => {
    const { type = 'String', values } = definition.parameters[name] ?? {};
    return `${snakeCase(name)} (${values ? values.join(' or ') : type})`;
  });
  return `the input needs run_id and file_key, both text, and may have ${optional.join(', ')}`;
}
