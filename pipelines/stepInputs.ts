import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { StepContext } from '@pilotlight/pipeline';

/** The configuration file that a step was handed: the file itself, or the only one in the folder that a job is handed. */
export function configInput(context: StepContext): string | undefined {
  const given = context.inputs.config;
  if (!given || !existsSync(given) || !statSync(given).isDirectory()) return given;
  const files = readdirSync(given).filter((name) => /\.(ya?ml|json)$/.test(name));
  return files.length === 1 ? path.join(given, files[0] as string) : given;
}

/** A folder or file that the step cannot do without. */
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

/** A calendar date, or a refusal that says where it stands. */
export function checkDate(value: string | undefined, where: string): string {
  const date = value ?? '';
  const real = /^\d{4}-\d{2}-\d{2}$/.test(date) && new Date(`${date}T00:00:00Z`).toJSON()?.startsWith(date);
  if (!real) throw inputError('date_invalid', `"${date}" is no date`, where, 'write YYYY-MM-DD');
  return date;
}

export function inputError(code: string, what: string, where: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo, cause });
}
