import { z } from 'zod';
import { code, head, type Meanings, row } from './columnTable.ts';

type Json = {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Json[];
  items?: Json;
  properties?: Record<string, Json>;
  additionalProperties?: Json | boolean;
  format?: string;
  description?: string;
};

/**
 * The keys of a JSON document by its schema: objects by dots, lists by `[]`, maps by `.*`.
 *
 * @param meanings by the last part of a key, where the schema says nothing
 */
export function schemaTable(schema: z.ZodType, meanings: Meanings = {}): string[] {
  const json = z.toJSONSchema(schema, { unrepresentable: 'any' }) as Json;
  return [...head('key', 'type', 'what it is'), ...rowsOf(json, '', meanings)];
}

function rowsOf(json: Json, path: string, meanings: Meanings): string[] {
  const inner = unwrap(json);
  const own =
    path === ''
      ? []
      : [row(code(path), typeOf(json), json.description ?? meanings[path.split('.').at(-1) ?? ''] ?? '')];
  const { properties, items, additionalProperties: rest } = inner;
  const parts = [
    ...Object.entries(properties ?? {}).flatMap(([key, value]) =>
      rowsOf(value, path === '' ? key : `${path}.${key}`, meanings),
    ),
    ...(items && isNested(items) ? rowsOf(items, `${path}[]`, meanings).slice(1) : []),
    ...(typeof rest === 'object' && isNested(rest) ? rowsOf(rest, `${path}.*`, meanings).slice(1) : []),
  ];
  return [...own, ...parts];
}

const isNested = (json: Json) => unwrap(json).properties !== undefined;

/** A value that may be null, without that. */
function unwrap(json: Json): Json {
  if (Array.isArray(json.type)) return { ...json, type: json.type.filter((one) => one !== 'null').join(' or ') };
  const others = (json.anyOf ?? []).filter(({ type }) => type !== 'null');
  return json.anyOf && others.length === 1 ? (others[0] as Json) : json;
}

function typeOf(json: Json): string {
  const inner = unwrap(json);
  const isNullable = (json.anyOf ?? []).some(({ type }) => type === 'null') || [json.type].flat().includes('null');
  return `${plainType(inner)}${isNullable ? ' or null' : ''}`;
}

function plainType({
  type,
  const: constant,
  enum: values,
  anyOf,
  items,
  additionalProperties: rest,
  format,
}: Json): string {
  if (constant !== undefined) return code(JSON.stringify(constant));
  if (values) return values.map((value) => code(JSON.stringify(value))).join(', ');
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (items) return isNested(items) ? 'list of objects' : `list of ${typeOf(items)}`;
  if (typeof rest === 'object') return isNested(rest) ? 'map to objects' : `map to ${typeOf(rest)}`;
  return format === 'date' ? 'date' : [type].flat().join(' or ') || 'any';
}
