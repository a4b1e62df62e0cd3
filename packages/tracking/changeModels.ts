import { TrackingError } from './errors.ts';
import { type ModelVersion, modelVersionOf } from './models.ts';
import type { MlflowClient } from './openMlflow.ts';

type Which = { name: string; version: number; signal?: AbortSignal };

/** Points the alias (`champion`) at a version; the version that had it loses it in the same breath. */
export async function setModelAlias(
  client: MlflowClient,
  { signal, ...body }: Which & { alias: string },
): Promise<void> {
  const sent = { ...body, version: String(body.version) };
  await client.call('POST', 'registered-models/alias', { body: sent, ...(signal && { signal }) });
}

/** Takes the alias away; fine where nobody has it. */
export async function deleteModelAlias(
  client: MlflowClient,
  { name, alias, signal }: { name: string; alias: string; signal?: AbortSignal },
): Promise<void> {
  await client
    .call('DELETE', 'registered-models/alias', { body: { name, alias }, ...(signal && { signal }) })
    .catch((error) => {
      if (!(error instanceof TrackingError) || error.code !== 'not_found') throw error;
    });
}

/** Up to 5,000 characters are taken by every server. */
export async function setModelVersionTag(
  client: MlflowClient,
  { signal, ...body }: Which & { key: string; value: string },
): Promise<void> {
  const sent = { ...body, version: String(body.version) };
  await client.call('POST', 'model-versions/set-tag', { body: sent, ...(signal && { signal }) });
}

export async function setRegisteredModelTag(
  client: MlflowClient,
  { signal, ...body }: { name: string; key: string; value: string; signal?: AbortSignal },
): Promise<void> {
  await client.call('POST', 'registered-models/set-tag', { body, ...(signal && { signal }) });
}

export async function describeModelVersion(
  client: MlflowClient,
  { signal, ...body }: Which & { description: string },
): Promise<ModelVersion> {
  const sent = { ...body, version: String(body.version) };
  const { model_version } = await client.call('PATCH', 'model-versions/update', {
    body: sent,
    ...(signal && { signal }),
  });
  return modelVersionOf(client, model_version);
}
