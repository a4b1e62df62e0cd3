import * as z from 'zod';
import { functionError } from '../errors.ts';

/** One object that came into being, as an event tells it. */
export type NewObject = {
  bucket: string;
  key: string;
  /** Size; undefined where the event has none. */
  bytes: number | undefined;
  /** Of a bucket with versions. */
  versionId: string | undefined;
  etag: string | undefined;
  /** S3's own number of this write: the same in every delivery of its event, another for the next write of the key. */
  sequencer: string | undefined;
  /** When S3 had written it. */
  at: Date;
};

export type Ignored = { key: string; reason: string };

const text = z.string().min(1);
const bytes = z.number().nonnegative().optional();

const Notification = z.object({
  Records: z
    .array(
      z.object({
        eventSource: z.literal('aws:s3'),
        eventName: text,
        eventTime: z.coerce.date(),
        s3: z.object({
          bucket: z.object({ name: text }),
          object: z.object({
            key: text,
            size: bytes,
            eTag: z.string().optional(),
            versionId: z.string().optional(),
            sequencer: z.string().optional(),
          }),
        }),
      }),
    )
    .min(1),
});

const Bridged = z.object({
  source: z.literal('aws.s3'),
  'detail-type': text,
  time: z.coerce.date(),
  detail: z.object({
    bucket: z.object({ name: text }),
    object: z.object({
      key: text,
      size: bytes,
      etag: z.string().optional(),
      'version-id': z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});

/** S3 sends it when notifications are set up. */
const TestEvent = z.object({ Service: z.literal('Amazon S3'), Event: z.literal('s3:TestEvent'), Bucket: text });

/**
 * The objects that an event tells of: an S3 notification (any number of records; keys are URL-encoded, `+` is a space), or an
 * EventBridge event (one object; its key is written as it is). What tells of anything else than a new object is ignored.
 *
 * @throws InputError `event`: neither of both
 */
export function newObjectsOf(event: unknown): { objects: NewObject[]; ignored: Ignored[] } {
  if (TestEvent.safeParse(event).success)
    return { objects: [], ignored: [{ key: '', reason: 's3:TestEvent: notifications work' }] };
  if (typeof event === 'object' && event !== null && 'Records' in event) return notified(event);
  if (typeof event === 'object' && event !== null && 'detail' in event) return bridged(event);
  throw malformed('neither an S3 notification nor an EventBridge event');
}

function notified(event: object): { objects: NewObject[]; ignored: Ignored[] } {
  const { Records } = parse(Notification, event);
  const objects: NewObject[] = [];
  const ignored: Ignored[] = [];
  for (const { eventName, eventTime, s3 } of Records) {
    const { key: encoded, size, eTag, versionId, sequencer } = s3.object;
    const key = decodeKey(encoded);
    // Without `s3:` in notifications, with it in events that are written by hand.
    if (!/^(s3:)?ObjectCreated:/.test(eventName)) ignored.push({ key, reason: `${eventName} is no new object` });
    else
      objects.push({
        ...{ bucket: s3.bucket.name, key, bytes: size, versionId: versionOf(versionId) },
        ...{ etag: eTag || undefined, sequencer: sequencer || undefined, at: eventTime },
      });
  }
  return { objects, ignored };
}

function bridged(event: object): { objects: NewObject[]; ignored: Ignored[] } {
  const { 'detail-type': type, time, detail } = parse(Bridged, event);
  const { key, size, etag, 'version-id': versionId, sequencer } = detail.object;
  if (type !== 'Object Created') return { objects: [], ignored: [{ key, reason: `${type} is no new object` }] };
  const object = {
    ...{ bucket: detail.bucket.name, key, bytes: size, versionId: versionOf(versionId) },
    ...{ etag: etag || undefined, sequencer: sequencer || undefined, at: time },
  };
  return { objects: [object], ignored: [] };
}

/** A bucket whose versioning is suspended writes all objects as the version `null`. */
const versionOf = (id: string | undefined): string | undefined => (id && id !== 'null' ? id : undefined);

function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch (error) {
    throw malformed(`the key ${JSON.stringify(encoded)} is not URL-encoded`, error);
  }
}

function parse<T>(shape: z.ZodType<T>, event: object): T {
  const parsed = shape.safeParse(event);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

const malformed = (what: string, cause?: unknown) =>
  functionError('event', `the event cannot be read (${what})`, 'event', 'send what S3 or EventBridge sends', cause);
