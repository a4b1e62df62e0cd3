import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { StepContext } from '@pilotlight/pipeline';
import { type AppConfig, loadAppConfig, MODEL_TYPES, type ModelType } from './config.ts';

/** The configuration handed to a step, else the built-in one. */
export function stepConfig(context: StepContext): AppConfig {
  const given = context.inputs.config;
  return loadAppConfig({ file: given && configFile(given) }).value;
}

/** A job is handed a folder; one file in it is that file. */
function configFile(given: string): string {
  if (!existsSync(given) || !statSync(given).isDirectory()) return given;
  const files = readdirSync(given).filter((name) => /\.(ya?ml|json)$/.test(name));
  return files.length === 1 ? path.join(given, files[0] as string) : given;
}

/** A folder that the step cannot do without. */
export function requiredInput(context: StepContext, name: string): string {
  const folder = context.inputs[name];
  if (!folder) throw inputError('input_missing', `input "${name}" is missing`, `--input ${name}=DIR`, 'give it');
  if (!existsSync(folder))
    throw inputError('input_missing', 'no such file or folder', folder, `correct --input ${name}`);
  return folder;
}

export function requiredOutput(context: StepContext, name: string): string {
  const folder = context.outputs[name];
  if (!folder) throw inputError('output_missing', `output "${name}" is missing`, `--output ${name}=DIR`, 'give it');
  return folder;
}

/** The run's date: the parameter, else the configuration's, else today. */
export function executionDate(context: StepContext): string {
  const given = context.parameters.ExecutionDate;
  return given ? checkDate(given, '--param ExecutionDate') : defaultDate(stepConfig(context));
}

export function defaultDate(config: AppConfig): string {
  return config.execution_date ?? new Date().toISOString().slice(0, 10);
}

/** A calendar date, or a refusal that says where it stands. */
export function checkDate(value: string | undefined, where: string): string {
  const date = value ?? '';
  const real = /^\d{4}-\d{2}-\d{2}$/.test(date) && new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date);
  if (!real) throw inputError('date_invalid', `"${date}" is no date`, where, 'write YYYY-MM-DD');
  return date;
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

export function inputError(code: string, what: string, where: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo, cause });
}
