import { TrackingError } from './errors.ts';
import { getRegisteredModel } from './getModels.ts';
import { keyValues, type RegisteredModel, registeredModelOf } from './models.ts';
import type { MlflowClient } from './openMlflow.ts';

/** Makes the registered model, or returns the one of that name, whose description and tags stay as they are. */
export async function createRegisteredModel(
  client: MlflowClient,
  model: { name: string; description?: string; tags?: Record<string, string>; signal?: AbortSignal },
): Promise<RegisteredModel> {
  const { name, description = '', tags = {}, signal } = model;
  const body = { name, description, tags: keyValues(tags) };
  try {
    const { registered_model } = await client.call('POST', 'registered-models/create', {
      body,
      ...(signal && { signal }),
    });
    return registeredModelOf(client, registered_model);
  } catch (error) {
    // Also when a lost answer was tried again: then the first try has made it.
    if (!(error instanceof TrackingError) || error.code !== 'exists') throw error;
    const found = await getRegisteredModel(client, name, signal);
    if (found === null) throw error;
    return found;
  }
}
