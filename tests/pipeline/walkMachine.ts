import { readPath } from '@pilotlight/pipeline';

// biome-ignore lint/suspicious/noExplicitAny: the tests look into JSON
type Any = any;

export type Walk = { names: string[]; rendered: Record<string, Any>; data: Any };

/**
 * Walks a state machine as Step Functions would, as far as these machines go: Pass, Choice, and Task, of which none is called.
 *
 * @param failing a task that fails; its `Catch` is followed
 * @param cause of that failure
 */
export function walkMachine(machine: Any, input: Any, failing?: string, cause = 'why'): Walk {
  const walk: Walk = { names: [], rendered: {}, data: input };
  const context = { Execution: { Input: input, Id: 'execution' }, State: { EnteredTime: '2026-02-03T04:05:06.789Z' } };
  for (let name: string | undefined = machine.StartAt; name !== undefined; ) {
    const state: Any = machine.States[name];
    walk.names.push(name);
    if (walk.names.length > 100) throw new Error('it goes in a circle');
    const parameters = state.Parameters === undefined ? walk.data : render(state.Parameters, walk.data, context);
    walk.rendered[name] = parameters;
    if (state.Type === 'Task' && name === failing) {
      walk.data = { ...walk.data, error: { Error: 'States.TaskFailed', Cause: cause } };
      name = state.Catch.find(({ ErrorEquals }: Any) => ErrorEquals.includes('States.ALL')).Next;
      continue;
    }
    if (state.Type === 'Pass') walk.data = place(state, state.Result ?? parameters, walk.data);
    if (state.Type === 'Choice') {
      name = state.Choices.find((choice: Any) => holds(choice, walk.data))?.Next ?? state.Default;
    } else name = state.Next;
  }
  return walk;
}

function place({ ResultPath }: Any, result: Any, data: Any): Any {
  return ResultPath === undefined ? result : { ...data, [ResultPath.slice(2)]: result };
}

function holds(rule: Any, data: Any): boolean {
  if (rule.And) return rule.And.every((one: Any) => holds(one, data));
  if (rule.Or) return rule.Or.some((one: Any) => holds(one, data));
  if (rule.Not) return !holds(rule.Not, data);
  const value = readPath(data, rule.Variable.slice(2));
  if ('IsPresent' in rule) return (value !== undefined) === rule.IsPresent;
  if (value === undefined) throw new Error(`States.Runtime: no ${rule.Variable}`);
  if ('IsString' in rule) return (typeof value === 'string') === rule.IsString;
  if ('IsNumeric' in rule) return (typeof value === 'number') === rule.IsNumeric;
  if ('StringMatches' in rule) return matches(value as string, rule.StringMatches);
  if ('StringEquals' in rule) return value === rule.StringEquals;
  if ('NumericGreaterThan' in rule) return (value as number) > rule.NumericGreaterThan;
  throw new Error(`unknown rule ${JSON.stringify(rule)}`);
}

/** `*` stands for any text. */
function matches(text: string, shape: string): boolean {
  const parts = shape.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

function render(value: Any, data: Any, context: Any): Any {
  if (Array.isArray(value)) return value.map((one) => render(one, data, context));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inside]) => {
    if (!key.endsWith('.$')) return [key, render(inside, data, context)];
    return [key.slice(0, -2), evaluate(String(inside), data, context)];
  });
  return Object.fromEntries(entries);
}

/** A path or an intrinsic function. */
function evaluate(text: string, data: Any, context: Any): Any {
  const reader = { text, at: 0 };
  const value = read(reader, data, context);
  if (reader.at !== text.length) throw new Error(`not understood from ${text.slice(reader.at)}`);
  return value;
}

type Reader = { text: string; at: number };

function read(reader: Reader, data: Any, context: Any): Any {
  const rest = reader.text.slice(reader.at);
  const token = /^('(?:[^'\\]|\\.)*'|\$\$?[\w.]+|\d+|true|false|States\.\w+\()/.exec(rest)?.[0];
  if (token === undefined) throw new Error(`not understood: ${rest}`);
  reader.at += token.length;
  if (token.startsWith("'")) return { shape: token.slice(1, -1) };
  if (token.startsWith('$$')) return known(readPath(context, token.slice(3)), token);
  if (token.startsWith('$')) return known(token === '$' ? data : readPath(data, token.slice(2)), token);
  if (!token.startsWith('States.')) return JSON.parse(token);
  const values: Any[] = [];
  while (reader.text[reader.at] !== ')') {
    values.push(read(reader, data, context));
    reader.at += /^,? */.exec(reader.text.slice(reader.at))?.[0].length ?? 0;
  }
  reader.at += 1;
  return call(token.slice('States.'.length, -1), values);
}

function known(value: Any, path: string): Any {
  if (value === undefined) throw new Error(`States.Runtime: no ${path}`);
  return value;
}

const withoutEscapes = (shape: string) => shape.replace(/\\(.)/g, '$1');
const plain = (value: Any) =>
  typeof value === 'object' && value !== null && 'shape' in value ? withoutEscapes(value.shape) : value;

function call(name: string, values: Any[]): Any {
  if (name === 'Format') {
    const rest = values.slice(1).map(plain);
    return withoutEscapes(String(values[0].shape).replace(/(?<!\\)\{\}/g, () => String(rest.shift())));
  }
  const args = values.map(plain);
  if (name === 'Array') return args;
  if (name === 'ArrayGetItem') return args[0][args[1]];
  if (name === 'StringSplit') return args[0].split(args[1]);
  if (name === 'UUID') return '01234567-89ab-4cde-8f01-23456789abcd';
  if (name === 'JsonMerge') return { ...args[0], ...args[1] };
  if (name === 'StringToJson') return JSON.parse(args[0]);
  if (name === 'JsonToString') return JSON.stringify(args[0]);
  throw new Error(`unknown function ${name}`);
}
