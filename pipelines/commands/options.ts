import { existsSync } from 'node:fs';
import { InputError } from '@pilotlight/errors';
import { InvalidArgumentError } from 'commander';

/** For options that may be given again: collects them. */
export const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

/** `KEY=VALUE` pairs as a record. */
export function pairs(given: readonly string[] | undefined, option: string): Record<string, string> {
  return Object.fromEntries(
    (given ?? []).map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) {
        throw new InputError({
          code: 'option_invalid',
          what: `"${pair}" is not KEY=VALUE`,
          where: option,
          todo: `write ${option} KEY=VALUE`,
        });
      }
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export function wholeNumber(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < least) {
      throw new InvalidArgumentError(`give a whole number, ${least} or more.`);
    }
    return number;
  };
}

export function positiveNumber(value: string): number {
  const number = Number(value);
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError('give a number above 0.');
  return number;
}

export function existing(path: string, option: string): string {
  if (existsSync(path)) return path;
  throw new InputError({
    code: 'path_missing',
    what: 'no such file or folder',
    where: path,
    todo: `correct ${option}`,
  });
}
