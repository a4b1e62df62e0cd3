import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pl, { type DataFrame } from 'nodejs-polars';
import { inputError } from '../stepInputs.ts';

/** A table that an earlier step wrote. @throws InputError `layer_missing`, `layer_invalid` */
export function readTable(folder: string, name: string, step: string): DataFrame {
  const file = path.join(folder, name);
  if (!existsSync(file)) throw inputError('layer_missing', 'no such file', file, `give the folder that ${step} wrote`);
  try {
    return pl.readParquet(file);
  } catch (cause) {
    throw inputError('layer_invalid', 'not a readable Parquet file', file, `run ${step} again`, cause);
  }
}

/**
 * Refuses the folder of another layer, and one that was made for another as-of date: its months would be of the future.
 *
 * @throws InputError `layer_missing`, `layer_invalid`, `layer_date`
 */
export function checkLayer(folder: string, layer: 'bronze' | 'silver', asOf: string): void {
  const step = layer === 'bronze' ? 'Bronze' : 'Silver';
  const file = path.join(folder, 'quality.json');
  if (!existsSync(file)) throw inputError('layer_missing', 'no such file', file, `give the folder that ${step} wrote`);
  const found = parseQuality(file, step);
  if (found.layer !== layer) {
    throw inputError('layer_invalid', `not of ${layer}`, file, `give the folder that ${step} wrote`);
  }
  if (found.as_of === asOf) return;
  const what = `made for ${found.as_of}, and this run is for ${asOf}`;
  throw inputError('layer_date', what, file, `run ${step} again`);
}

function parseQuality(file: string, step: string): { layer?: unknown; as_of?: unknown } {
  try {
    return Object(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw inputError('layer_invalid', 'not a readable quality.json', file, `run ${step} again`, cause);
  }
}

export function writeTable(frame: DataFrame, file: string): void {
  frame.writeParquet(file, { compression: 'zstd' });
}
