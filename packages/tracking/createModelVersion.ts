import { doOnce } from './doOnce.ts';
import { equals, tag } from './filter.ts';
import { keyValues, type ModelVersion, modelVersionOf } from './models.ts';
import type { MlflowClient } from './openMlflow.ts';
import { searchModelVersions } from './searchModels.ts';

/** The tag that tells one content from another. */
export const DIGEST_TAG = 'pilotlight.digest';

export type ModelVersionRequest = {
  /** Of a registered model that is there. */
  name: string;
  /** URI of the artifacts: `s3://...`, `mlflow-artifacts:/...`, `runs:/...`. */
  source: string;
  /** SHA-256 or the like of what is registered, kept as the tag `pilotlight.digest`. */
  digest: string;
  run_id?: string;
  description?: string;
  tags?: Record<string, string>;
  signal?: AbortSignal;
};

/**
 * Registers a version, or returns the one that the model has of the same run and digest: however often it is asked for, also after
 * an answer was lost, there is one.
 */
export async function createModelVersion(client: MlflowClient, request: ModelVersionRequest): Promise<ModelVersion> {
  const { name, source, digest, run_id, description = '', tags = {}, signal } = request;
  const look = () => findModelVersion(client, { name, digest, run_id: run_id ?? null, ...(signal && { signal }) });
  const found = await look();
  if (found !== null) return found;
  const body = { name, source, run_id, description, tags: keyValues({ ...tags, [DIGEST_TAG]: digest }) };
  const act = async () => {
    const { model_version } = await client.call('POST', 'model-versions/create', { body, ...(signal && { signal }) });
    return modelVersionOf(client, model_version);
  };
  return doOnce(client, act, look, signal);
}

/** The oldest version of that digest (and run, unless that is undefined), or null. */
export async function findModelVersion(
  client: MlflowClient,
  wanted: { name: string; digest: string; run_id?: string | null; signal?: AbortSignal },
): Promise<ModelVersion | null> {
  const { name, digest, run_id, signal } = wanted;
  const filter = `${equals('name', name)} AND ${equals(tag(DIGEST_TAG), digest)}`;
  const matches: ModelVersion[] = [];
  for await (const one of searchModelVersions(client, { filter, ...(signal && { signal }) })) {
    const isSame = one.name === name && one.tags[DIGEST_TAG] === digest;
    if (isSame && (run_id === undefined || one.run_id === run_id)) matches.push(one);
  }
  return matches.sort((a, b) => a.version - b.version)[0] ?? null;
}
