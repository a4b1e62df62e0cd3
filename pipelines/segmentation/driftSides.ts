import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { inputError } from '../stepInputs.ts';
import { MODEL_TYPES, type ModelType } from './config.ts';

/** Two data sets that are compared, and what a reader calls them. */
export type DriftSide = { reference: string; current: string; referenceName: string; currentName: string };

/** The folder with the model types in it: a run's output holds it as `splits`. */
export function splitsFolder(folder: string): string {
  const inner = path.join(folder, 'splits');
  return existsSync(inner) ? inner : folder;
}

/**
 * Pairs two data sets by model type where they are laid out so; else they are one pair, `all`.
 *
 * @throws InputError `drift_layout` when only one of them has model types
 */
export function pairTypes(reference: string, current: string, only?: ModelType): Map<string, DriftSide> {
  const [inReference, inCurrent] = [typesIn(reference), typesIn(current)];
  const side = (type?: ModelType): DriftSide => ({
    reference: type ? path.join(reference, type) : reference,
    current: type ? path.join(current, type) : current,
    referenceName: reference,
    currentName: current,
  });
  if (inReference.length === 0 && inCurrent.length === 0) return new Map([['all', side()]]);
  const wanted = only ? [only] : inCurrent;
  const both = wanted.filter((type) => inReference.includes(type) && inCurrent.includes(type));
  const alone = wanted.filter((type) => !both.includes(type));
  if (both.length === 0 || alone.length > 0) {
    throw inputError(
      'drift_layout',
      `no ${alone.join(' and no ')} on ${inReference.length === 0 ? 'the reference' : 'one'} side`,
      inReference.length === 0 ? reference : `${reference} and ${current}`,
      'give two folders with the same model types (Domestic/, Industrial/), or two plain ones',
    );
  }
  return new Map(both.map((type) => [type, side(type)]));
}

function typesIn(folder: string): ModelType[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  const names = readdirSync(folder);
  return MODEL_TYPES.filter((type) => names.includes(type));
}
