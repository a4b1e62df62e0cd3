import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const positive = z.number().int().positive();
const status = z.enum(['pending', 'approved', 'superseded', 'rejected']);

/** A path that stays below its folder: parts between single `/`, none of them `.` or `..`. */
const memberName = z.string().refine((name) => name.split('/').every((part) => !['', '.', '..'].includes(part)));

export const Sha256Schema = sha256;

export const FactsSchema = z.record(z.string(), z.json());

/** One line of `history.jsonl`. */
export const EventSchema = z.strictObject({
  schema_version: z.literal(1),
  sequence: positive,
  action: z.enum(['register', 'approve', 'reject']),
  version: positive,
  status,
  champion: positive.nullable(),
  force: z.boolean(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  time: z.iso.datetime(),
});

/** `state.json` */
export const StateSchema = z.strictObject({
  schema_version: z.literal(1),
  group: z.string(),
  sequence: positive,
  champion: positive.nullable(),
  succession: z.array(positive),
  versions: z.array(z.strictObject({ version: positive, status, digest: sha256 })),
  last_event: EventSchema,
});

/** `version.json` */
export const VersionSchema = z.strictObject({
  schema_version: z.literal(1),
  group: z.string(),
  version: positive,
  digest: sha256,
  model_sha256: sha256,
  registered_by: z.string().nullable(),
  registered_at: z.iso.datetime(),
  files: z.array(z.strictObject({ name: memberName, bytes: z.number().int().nonnegative(), sha256 })),
  facts: FactsSchema,
});

export type StoredEvent = z.infer<typeof EventSchema>;
export type StoredVersion = z.infer<typeof VersionSchema>;
