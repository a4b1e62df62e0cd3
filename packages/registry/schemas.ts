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
  action: z.enum(['register', 'approve', 'reject', 'withdraw']),
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

/** `history/000001.json` ...: an event, and the group after it. */
export const JournalSchema = StateSchema.extend({
  registrations: z.array(z.strictObject({ version: positive, by: z.string().nullable(), at: z.iso.datetime() })),
  observed: z.array(z.strictObject({ version: positive, at: z.iso.datetime() })),
});

/** `<digest>/version.json`: what of a version depends on its content alone. */
export const ContentSchema = VersionSchema.pick({
  schema_version: true,
  group: true,
  digest: true,
  model_sha256: true,
  files: true,
  facts: true,
});

/** `<digest>/requests/<hash>.json` */
export const ClaimSchema = z.strictObject({
  schema_version: z.literal(1),
  status: z.enum(['pending', 'approved', 'rejected']),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  at: z.iso.datetime().nullable(),
});

/** The value of a tag `pilotlight.event.000001.<hex>`: a change, and which version had the alias when it was written. */
export const RecordSchema = z.strictObject({
  schema_version: z.literal(1),
  event: z.discriminatedUnion('action', [
    z.strictObject({
      action: z.literal('register'),
      version: positive,
      digest: sha256,
      status: z.enum(['pending', 'approved', 'rejected']).default('pending'),
    }),
    z.strictObject({ action: z.literal('approve'), version: positive, force: z.boolean().optional() }),
    z.strictObject({
      action: z.literal('reject'),
      version: positive,
      replacement: positive.optional(),
      force: z.boolean().optional(),
    }),
    z.strictObject({ action: z.literal('withdraw'), version: positive }),
  ]),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  time: z.iso.datetime(),
  alias: positive.nullable(),
  /** Where the artifacts of a version are that was registered, also when it is deleted. */
  source: z.string().nullable(),
});

export type StoredRecord = z.infer<typeof RecordSchema>;
export type StoredEvent = z.infer<typeof EventSchema>;
export type StoredVersion = z.infer<typeof VersionSchema>;
export type StoredContent = z.infer<typeof ContentSchema>;
export type StoredClaim = z.infer<typeof ClaimSchema>;
