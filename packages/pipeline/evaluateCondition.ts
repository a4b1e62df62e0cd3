import { InputError } from '@pilotlight/errors';
import type { Condition, Definition, Operand, Test } from './definition.ts';

/** The values that a condition may ask for. */
export type Facts = {
  definition: Definition;
  parameters: Readonly<Record<string, string>>;
  /** The parsed property file of a step that has ended well. */
  propertyFile(step: string, name: string): unknown;
};

/**
 * Whether all tests of a condition hold; stops at the first that does not. `Equals` holds for equal type and value,
 * the others compare numbers. A value that is missing or of another type is an {@link InputError}: a gate must not pass
 * because it could not read.
 */
export function evaluateCondition(condition: Condition, facts: Facts): boolean {
  return condition.all.every((test) => holds(test, facts, condition.name));
}

/** The value at `key.key[index]` in parsed JSON; undefined where there is none. */
export function readPath(value: unknown, path: string): unknown {
  const keys = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  let at = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

export function formatOperand(operand: Operand): string {
  if ('parameter' in operand) return operand.parameter;
  return `${operand.step}.${operand.propertyFile}.${operand.path}`;
}

function holds(test: Test, facts: Facts, condition: string): boolean {
  const left = readOperand(test.left, facts);
  const { op, right } = test;
  if (typeof left !== typeof right) {
    throw new InputError({
      code: 'condition_type',
      what: `the condition ${condition} needs a ${typeof right} and found ${JSON.stringify(left) ?? 'nothing'}`,
      where: formatOperand(test.left),
      todo: 'correct the step that writes it or the condition',
    });
  }
  if (op === 'Equals') return left === right;
  const [a, b] = [left as number, right as number];
  if (op === 'GreaterThan') return a > b;
  if (op === 'GreaterThanOrEqualTo') return a >= b;
  if (op === 'LessThan') return a < b;
  return a <= b;
}

function readOperand(operand: Operand, facts: Facts): unknown {
  if ('step' in operand) return readPath(facts.propertyFile(operand.step, operand.propertyFile), operand.path);
  const text = facts.parameters[operand.parameter];
  const type = facts.definition.parameters[operand.parameter]?.type;
  if (text === undefined || type === 'String') return text;
  return type === 'Boolean' ? text === 'true' : Number(text);
}
