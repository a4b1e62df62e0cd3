import { TrackingError } from './errors.ts';
import { objectOf } from './models.ts';
import type { MlflowClient } from './openMlflow.ts';

/**
 * The id of the experiment of that name, made where there is none; also when others make it at the same time. One that was deleted
 * is a {@link TrackingError} (`deleted`): its name stays taken until a person restores it or removes it for good.
 */
export async function openExperiment(client: MlflowClient, name: string, signal?: AbortSignal): Promise<string> {
  const found = await findExperiment(client, name, signal);
  if (found !== null) return found;
  try {
    const options = { body: { name }, ...(signal && { signal }) };
    return String((await client.call('POST', 'experiments/create', options)).experiment_id);
  } catch (error) {
    if (!(error instanceof TrackingError) || error.code !== 'exists') throw error;
    const made = await findExperiment(client, name, signal);
    if (made === null) throw error;
    return made;
  }
}

async function findExperiment(client: MlflowClient, name: string, signal?: AbortSignal): Promise<string | null> {
  const query = { experiment_name: name };
  const answer = await client
    .call('GET', 'experiments/get-by-name', { query, ...(signal && { signal }) })
    .catch((error) => {
      if (error instanceof TrackingError && error.code === 'not_found') return null;
      throw error;
    });
  if (answer === null) return null;
  const experiment = objectOf(client, answer.experiment, 'experiment');
  if (experiment.lifecycle_stage === 'deleted') {
    const what = `the experiment ${JSON.stringify(name)} is deleted: restore it, or name another one`;
    throw new TrackingError({ code: 'deleted', uri: client.uri, what });
  }
  return String(experiment.experiment_id);
}
