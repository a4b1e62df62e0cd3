import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InputError } from '@pilotlight/errors';
import { SENTIMENT_LABELS, type SentimentLabel } from './sentiment.ts';

/** A folder of weights whose files and labels are there; the model itself is not read yet. */
export type Weights = {
  folder: string;
  /** The folder's name and the first 12 hexadecimal digits of the SHA-256 of the files that decide the scores. */
  name: string;
  /** Where in the folder the model is, and its precision, as the library wants them told. */
  subfolder: string;
  dtype: 'fp32' | 'q8';
  /** Label of each logit. */
  labels: SentimentLabel[];
  /** Tokens that the model's position table takes; null where the configuration says nothing. */
  tokensMax: number | null;
};

export type WeightsFault = 'weights_missing' | 'weights_incomplete' | 'weights_broken' | 'weights_labels';

const HOW_TO_GET = 'give the folder of a sentiment model exported to ONNX, or none to use the word lists';
const TOKENIZER_FILES = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

/**
 * In order of preference: full precision first; in `onnx/` as on the hub, or beside the configuration as exporters
 * leave it.
 */
const MODELS = [
  { subfolder: 'onnx', file: 'model.onnx', dtype: 'fp32' },
  { subfolder: '', file: 'model.onnx', dtype: 'fp32' },
  { subfolder: 'onnx', file: 'model_quantized.onnx', dtype: 'q8' },
  { subfolder: '', file: 'model_quantized.onnx', dtype: 'q8' },
] as const;

/**
 * Looks at a folder of weights without loading the model. Errors: an {@link InputError} with a {@link WeightsFault}.
 */
export async function inspectWeights(path: string): Promise<Weights> {
  const folder = resolve(path);
  if (!(await isKind(folder, 'folder')))
    throw fault('weights_missing', 'no folder of sentiment weights', path, HOW_TO_GET);
  for (const file of TOKENIZER_FILES) {
    if (!(await isKind(join(folder, file), 'file'))) throw incomplete(folder, file);
  }
  const config = await readConfig(join(folder, 'config.json'));
  const labels = labelsOf(config, join(folder, 'config.json'));
  const { subfolder, file, dtype } = await findModel(folder);
  const files = [...TOKENIZER_FILES, ...(await modelFiles(folder, subfolder, file))];
  const name = `${basename(folder)}-${(await hashFiles(folder, files)).slice(0, 12)}`;
  return { folder, name, subfolder, dtype, labels, tokensMax: tokensMaxOf(config) };
}

export function fault(code: WeightsFault, what: string, where: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo, cause });
}

function incomplete(folder: string, file: string): InputError {
  return fault('weights_incomplete', `the sentiment weights lack ${file}`, folder, HOW_TO_GET);
}

async function findModel(folder: string): Promise<(typeof MODELS)[number]> {
  for (const model of MODELS) {
    if (await isKind(join(folder, model.subfolder, model.file), 'file')) return model;
  }
  throw incomplete(folder, 'onnx/model.onnx (or onnx/model_quantized.onnx)');
}

async function isKind(path: string, kind: 'file' | 'folder'): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return kind === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  try {
    const config: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof config !== 'object' || config === null || Array.isArray(config)) throw new Error('not a JSON object');
    return config as Record<string, unknown>;
  } catch (cause) {
    const what = `the configuration of the sentiment model cannot be read (${(cause as Error).message})`;
    throw fault('weights_broken', what, path, 'copy the weights again', cause);
  }
}

/** Names in any case; `LABEL_0`, `LABEL_1`, `LABEL_2` in the order that cardiffnlp's sentiment models have them. */
function labelsOf(config: Record<string, unknown>, where: string): SentimentLabel[] {
  const named = config.id2label as Record<string, unknown> | null | undefined;
  const names = [0, 1, 2].map((id) => String(named?.[id]));
  const labels = names.map((name, id) =>
    name.toUpperCase() === `LABEL_${id}`
      ? SENTIMENT_LABELS[id]
      : SENTIMENT_LABELS.find((label) => label === name.trim().toLowerCase()),
  );
  const complete = Object.keys(named ?? {}).length === 3 && SENTIMENT_LABELS.every((label) => labels.includes(label));
  if (complete && config.problem_type !== 'multi_label_classification') return labels as SentimentLabel[];
  const has = named ? JSON.stringify(Object.values(named)) : 'none';
  const what = `the model does not choose between negative, neutral and positive (its labels: ${has})`;
  throw fault('weights_labels', what, where, 'give a three-way sentiment model');
}

/** RoBERTa counts positions from behind its padding token, so its table has that many rows more than tokens. */
function tokensMaxOf(config: Record<string, unknown>): number | null {
  const positions = config.max_position_embeddings;
  if (typeof positions !== 'number' || !Number.isInteger(positions)) return null;
  const behindPadding = ['roberta', 'xlm-roberta', 'camembert'].includes(String(config.model_type));
  const padding = typeof config.pad_token_id === 'number' ? config.pad_token_id : 1;
  return behindPadding ? positions - padding - 1 : positions;
}

/** The model and the data files beside it: `model.onnx`, `model.onnx_data`, ... */
async function modelFiles(folder: string, subfolder: string, file: string): Promise<string[]> {
  const names = await readdir(join(folder, subfolder));
  return names
    .filter((name) => name.startsWith(file))
    .sort()
    .map((name) => join(subfolder, name));
}

async function hashFiles(folder: string, files: readonly string[]): Promise<string> {
  const whole = createHash('sha256');
  for (const file of files) {
    const one = createHash('sha256');
    await pipeline(createReadStream(join(folder, file)), one);
    whole.update(`${file}\n${one.digest('hex')}\n`);
  }
  return whole.digest('hex');
}
