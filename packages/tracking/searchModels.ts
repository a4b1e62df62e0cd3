import { listOf, type ModelVersion, modelVersionOf, type RegisteredModel, registeredModelOf } from './models.ts';
import type { JsonObject, MlflowClient } from './openMlflow.ts';

export type SearchOptions = {
  /** In MLflow's search language; default everything. */
  filter?: string;
  signal?: AbortSignal;
};

const PAGE = 200;

/** Every registered model, a page of answers at a time. */
export async function* searchRegisteredModels(
  client: MlflowClient,
  options: SearchOptions = {},
): AsyncGenerator<RegisteredModel> {
  for await (const page of pages(client, 'registered-models/search', options)) {
    for (const raw of listOf(page.registered_models)) yield registeredModelOf(client, raw);
  }
}

/** Every version of a model, oldest first where the server orders; without a name, of all models. */
export async function* searchModelVersions(
  client: MlflowClient,
  options: SearchOptions = {},
): AsyncGenerator<ModelVersion> {
  for await (const page of pages(client, 'model-versions/search', options, 'version_number ASC')) {
    for (const raw of listOf(page.model_versions)) yield modelVersionOf(client, raw);
  }
}

async function* pages(
  client: MlflowClient,
  path: string,
  { filter, signal }: SearchOptions,
  order?: string,
): AsyncGenerator<JsonObject> {
  let token: string | undefined;
  do {
    const query = { filter, max_results: PAGE, order_by: order, page_token: token };
    const page = await client.call('GET', path, { query, ...(signal && { signal }) });
    yield page;
    token = page.next_page_token ? String(page.next_page_token) : undefined;
  } while (token !== undefined);
}
