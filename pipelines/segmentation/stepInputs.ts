import type { StepContext } from '@pilotlight/pipeline';
import { checkDate, configInput, inputError } from '../stepInputs.ts';
import { type AppConfig, loadAppConfig, MODEL_TYPES, type ModelType } from './config.ts';

/** The configuration handed to a step, else the built-in one. */
export function stepConfig(context: StepContext): AppConfig {
  return loadAppConfig({ file: configInput(context) }).value;
}

/** The run's date: the parameter, else the configuration's, else today. */
export function executionDate(context: StepContext): string {
  const given = context.parameters.ExecutionDate;
  return given ? checkDate(given, '--param ExecutionDate') : defaultDate(stepConfig(context));
}

export function defaultDate(config: AppConfig): string {
  return config.execution_date ?? new Date().toISOString().slice(0, 10);
}

export function checkModelType(value: string | undefined): ModelType {
  const found = MODEL_TYPES.find((type) => type === value);
  if (!found) {
    throw inputError(
      'model_type',
      `"${value}" is no model type`,
      '--param ModelType',
      `use ${MODEL_TYPES.join(' or ')}`,
    );
  }
  return found;
}

export function configuredTypes(config: AppConfig): ModelType[] {
  return MODEL_TYPES.filter((type) => config.modeling.model_types[type] !== undefined);
}
