import { TrackingError } from './errors.ts';
import { type ModelVersion, modelVersionOf, type RegisteredModel, registeredModelOf } from './models.ts';
import type { MlflowClient } from './openMlflow.ts';

type Query = Record<string, string | number>;

/** With all its aliases; null where there is none of that name. */
export async function getRegisteredModel(
  client: MlflowClient,
  name: string,
  signal?: AbortSignal,
): Promise<RegisteredModel | null> {
  const answer = await getIfThere(client, 'registered-models/get', { name }, signal);
  return answer && registeredModelOf(client, answer.registered_model);
}

/** Null where the model or the version is missing. */
export async function getModelVersion(
  client: MlflowClient,
  name: string,
  version: number,
  signal?: AbortSignal,
): Promise<ModelVersion | null> {
  const answer = await getIfThere(client, 'model-versions/get', { name, version }, signal);
  return answer && modelVersionOf(client, answer.model_version);
}

/** Null where the model is missing or nobody has the alias. */
export async function getModelVersionByAlias(
  client: MlflowClient,
  name: string,
  alias: string,
  signal?: AbortSignal,
): Promise<ModelVersion | null> {
  // Servers say that an alias is missing with the code of a bad request, so the model is asked for its aliases first.
  const version = (await getRegisteredModel(client, name, signal))?.aliases[alias];
  if (version === undefined) return null;
  const answer = await getIfThere(client, 'registered-models/alias', { name, alias }, signal);
  return answer && modelVersionOf(client, answer.model_version);
}

async function getIfThere(client: MlflowClient, path: string, query: Query, signal?: AbortSignal) {
  try {
    return await client.call('GET', path, { query, ...(signal && { signal }) });
  } catch (error) {
    if (error instanceof TrackingError && error.code === 'not_found') return null;
    throw error;
  }
}
