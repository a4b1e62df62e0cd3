import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packTarGz, unpackTarGz } from '@pilotlight/artifacts';
import { z } from 'zod';
import { inputError } from '../stepInputs.ts';
import { MODEL_TYPES, type ModelType } from './config.ts';

const metric = z.number().nullable();

/** `metadata.json` in a model archive: all that scoring needs and an auditor asks. */
export const MetadataSchema = z.object({
  schema_version: z.literal(1),
  model_type: z.enum(MODEL_TYPES),
  target: z.string(),
  execution_date: z.string(),
  code_version: z.string(),
  data_fingerprint: z.string(),
  features: z.array(z.object({ name: z.string(), kind: z.enum(['numeric', 'boolean', 'categorical']) })),
  categories: z.record(z.string(), z.array(z.string())),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  best_iteration: z.number(),
  rounds: z.number(),
  threshold: metric,
  rows: z.record(z.string(), z.number()),
  metrics: z.record(z.string(), z.record(z.string(), metric)),
});
export type ModelMetadata = z.output<typeof MetadataSchema>;

export type ModelArchive = { modelPath: string; metadata: ModelMetadata };
export type OpenModels = { archives: Map<ModelType, ModelArchive>; close(): void };

export const ARCHIVE = 'model.tar.gz';
/** Written instead of an archive for a model type that the configuration leaves out. */
export const NOT_CONFIGURED = 'not_configured.json';

/** Writes `model.tar.gz`: the LightGBM text model and its metadata, the same bytes for the same model. */
export async function writeArchive(folder: string, modelPath: string, metadata: ModelMetadata): Promise<void> {
  const content = `${JSON.stringify(MetadataSchema.parse(metadata), null, 2)}\n`;
  await packTarGz(path.join(folder, ARCHIVE), [
    { name: 'metadata.json', content },
    { name: 'model.txt', path: modelPath },
  ]);
}

/**
 * Unpacks the archives of the types into a temporary folder; `close` removes it. Each lies under `<folder>/<type>/`: right there on this
 * machine, under `<job>/output/model/` where a training job of SageMaker left it.
 */
export async function openModels(folder: string, types: readonly ModelType[]): Promise<OpenModels> {
  const folders = new Map(types.map((type) => [type, path.join(folder, type)]));
  return openArchives(folders);
}

/** @throws InputError `model_missing`, `model_ambiguous`, `model_invalid`, and those of unpacking (a path outside the archive's folder, ...) */
export async function openArchives(folders: ReadonlyMap<ModelType, string>): Promise<OpenModels> {
  const into = mkdtempSync(path.join(tmpdir(), 'pilotlight-models-'));
  const close = () => rmSync(into, { recursive: true, force: true });
  try {
    const archives = new Map<ModelType, ModelArchive>();
    for (const [type, folder] of folders) archives.set(type, await openArchive(folder, type, path.join(into, type)));
    return { archives, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Of the given types those that have an archive. */
export const typesWithModel = (folder: string, types: readonly ModelType[]): ModelType[] =>
  types.filter((type) => archivesUnder(path.join(folder, type)).length > 0);

/** The one archive under a folder: with two of them, of two training jobs or runs, nothing says which is meant. */
function findArchive(folder: string, type: ModelType): string {
  const [archive, ...others] = archivesUnder(folder);
  if (archive === undefined) {
    const where = path.join(folder, ARCHIVE);
    throw inputError('model_missing', `no ${type} model`, where, 'give the models folder of a training run');
  }
  if (others.length === 0) return archive;
  const what = `${others.length + 1} ${type} models where there is to be one (${[archive, ...others].join(', ')})`;
  throw inputError('model_ambiguous', what, folder, 'give the models folder of one training run');
}

/** Hidden folders are what a job that was killed left half done. */
function archivesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const hidden = (name: string) => name.split(path.sep).some((part) => part.startsWith('.'));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => path.basename(name) === ARCHIVE && !hidden(name))
    .sort()
    .map((name) => path.join(folder, name));
}

async function openArchive(folder: string, type: ModelType, into: string): Promise<ModelArchive> {
  const archive = findArchive(folder, type);
  await unpackTarGz(archive, into);
  const modelPath = path.join(into, 'model.txt');
  const metadataPath = path.join(into, 'metadata.json');
  if (!existsSync(modelPath) || !existsSync(metadataPath)) {
    throw inputError(
      'model_invalid',
      'no model.txt and metadata.json in the archive',
      archive,
      'train the model again',
    );
  }
  try {
    const metadata = MetadataSchema.parse(JSON.parse(readFileSync(metadataPath, 'utf8')));
    if (metadata.model_type !== type) throw new Error(`a model for ${metadata.model_type}`);
    return { modelPath, metadata };
  } catch (cause) {
    throw inputError(
      'model_invalid',
      `metadata.json is not that of a ${type} model`,
      archive,
      'train the model again',
      cause,
    );
  }
}
