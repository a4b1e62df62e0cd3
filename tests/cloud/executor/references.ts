import { isObject } from './types.ts';

/** A `Get` inside a step's arguments: `step` and `property` are those of `Steps.<step>.<property>`. */
export type Reference = { path: string; step?: string; property?: string; isFile: boolean };

export function findReferences(value: unknown, isFile = false): Reference[] {
  if (Array.isArray(value)) return value.flatMap((one) => findReferences(one));
  if (!isObject(value)) return [];
  if (typeof value.Get === 'string') return [readReference(value.Get, isFile)];
  return Object.entries(value).flatMap(([key, inside]) =>
    key === 'Std:JsonGet' && isObject(inside)
      ? [...findReferences(inside.PropertyFile, true), ...findReferences(inside.Path)]
      : findReferences(inside),
  );
}

export function readReference(path: string, isFile: boolean): Reference {
  const [, step, property] = /^Steps\.([^.]+)\.(.+)$/.exec(path) ?? [];
  return step === undefined || property === undefined ? { path, isFile } : { path, step, property, isFile };
}
