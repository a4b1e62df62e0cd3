import { InputError } from '@pilotlight/errors';

/**
 * `left = 'value'` in MLflow's search language, which has no escapes: a value with both kinds of quotes cannot be asked for. Some
 * servers' databases compare without regard to case, so whoever must be exact compares again.
 */
export function equals(left: string, value: string): string {
  if (!value.includes("'")) return `${left} = '${value}'`;
  if (!value.includes('"')) return `${left} = "${value}"`;
  const todo = 'leave out one kind of quotes';
  throw new InputError({ code: 'bad_name', what: 'both kinds of quotes', where: JSON.stringify(value), todo });
}

export function tag(key: string): string {
  return `tags.\`${key}\``;
}
