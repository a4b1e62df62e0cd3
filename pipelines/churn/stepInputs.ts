import type { StepContext } from '@pilotlight/pipeline';
import { checkDate, configInput, inputError } from '../stepInputs.ts';
import { type ChurnConfig, loadChurnConfig } from './config.ts';
import { checkFeatures } from './experiments.ts';

/** The configuration handed to a step, else the built-in one; its feature names are checked against what the code makes. */
export function stepConfig(context: StepContext): ChurnConfig {
  const config = loadChurnConfig({ file: configInput(context) }).value;
  checkFeatures(config);
  return config;
}

/** The as-of date, which every step must be given: a clock would make every customer of old data look expired. */
export function asOf(context: StepContext): string {
  const { AsOf: given } = context.parameters;
  if (given) return checkDate(given, '--param AsOf');
  throw inputError('date_missing', 'the step needs the as-of date', '--param AsOf', 'give it as YYYY-MM-DD');
}
