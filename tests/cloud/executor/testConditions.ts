import { evaluate, type Scope } from './evaluate.ts';
import { asList, asObject, type Json, type JsonObject } from './types.ts';

const COMPARISONS: Record<string, (left: Json, right: Json) => boolean> = {
  Equals: (left, right) => left === right,
  GreaterThan: (left, right) => number(left) > number(right),
  GreaterThanOrEqualTo: (left, right) => number(left) >= number(right),
  LessThan: (left, right) => number(left) < number(right),
  LessThanOrEqualTo: (left, right) => number(left) <= number(right),
};

/** Whether all conditions of a condition step hold. Values of two types are not compared: that throws. */
export async function testConditions(conditions: Json | undefined, scope: Scope): Promise<boolean> {
  for (const condition of asList(conditions)) if (!(await holds(condition, scope))) return false;
  return true;
}

async function holds(condition: JsonObject, scope: Scope): Promise<boolean> {
  const { Type, Conditions, Expression, QueryValue, Values } = condition;
  if (Type === 'Not') return !(await holds(asObject(Expression), scope));
  if (Type === 'Or') {
    for (const one of asList(Conditions)) if (await holds(one, scope)) return true;
    return false;
  }
  if (Type === 'In')
    return ((await evaluate(Values ?? [], scope)) as Json[]).includes(await evaluate(QueryValue ?? null, scope));
  const compare = COMPARISONS[String(Type)];
  if (!compare) throw new Error(`unknown condition type ${Type}`);
  const left = await evaluate(condition.LeftValue ?? null, scope);
  const right = await evaluate(condition.RightValue ?? null, scope);
  if (typeof left !== typeof right)
    throw new Error(`${JSON.stringify(left)} and ${JSON.stringify(right)} are of two types`);
  return compare(left, right);
}

function number(value: Json): number {
  if (typeof value === 'number') return value;
  throw new Error(`${JSON.stringify(value)} is no number`);
}
