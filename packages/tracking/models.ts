import { TrackingError } from './errors.ts';
import type { JsonObject, MlflowClient } from './openMlflow.ts';

export type RegisteredModel = {
  name: string;
  description: string;
  tags: Record<string, string>;
  /** Alias -> version. */
  aliases: Record<string, number>;
};

export type ModelVersion = {
  name: string;
  /** 1, 2, 3 ... of the model. */
  version: number;
  /** Null: made without a run. */
  run_id: string | null;
  /** URI of the artifacts, as it was given when the version was made. */
  source: string;
  /** `READY`, else being registered or failed. */
  status: string;
  description: string;
  tags: Record<string, string>;
  /** Those that name this version; empty in the answers of searches of some servers. */
  aliases: string[];
  /** Milliseconds since 1970, by the server's clock. */
  created_ms: number;
};

export function registeredModelOf(client: MlflowClient, raw: unknown): RegisteredModel {
  const model = objectOf(client, raw, 'registered model');
  const aliases = listOf(model.aliases).map((one) => [String(one.alias), Number(one.version)] as const);
  return {
    name: String(model.name),
    description: String(model.description ?? ''),
    tags: tagsOf(model.tags),
    aliases: Object.fromEntries(aliases),
  };
}

export function modelVersionOf(client: MlflowClient, raw: unknown): ModelVersion {
  const version = objectOf(client, raw, 'model version');
  return {
    name: String(version.name),
    version: Number(version.version),
    run_id: version.run_id ? String(version.run_id) : null,
    source: String(version.source ?? ''),
    status: String(version.status ?? 'READY'),
    description: String(version.description ?? ''),
    tags: tagsOf(version.tags),
    aliases: (Array.isArray(version.aliases) ? version.aliases : []).map(String),
    created_ms: Number(version.creation_timestamp ?? 0),
  };
}

export function objectOf(client: MlflowClient, raw: unknown, what: string): JsonObject {
  if (typeof raw === 'object' && raw !== null) return raw as JsonObject;
  throw new TrackingError({ code: 'bad_answer', uri: client.uri, what: `the answer has no ${what}` });
}

/** What MLflow's answers leave out where it is empty. */
export function listOf(raw: unknown): JsonObject[] {
  return Array.isArray(raw) ? (raw as JsonObject[]) : [];
}

/** `[{key, value}]`, as MLflow writes tags and parameters, as a record. */
export function tagsOf(raw: unknown): Record<string, string> {
  return Object.fromEntries(listOf(raw).map(({ key, value }) => [String(key), String(value ?? '')]));
}

export function keyValues(tags: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
