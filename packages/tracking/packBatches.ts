import type { MetricPoint } from './readRunLog.ts';

export type Batch = { params: Record<string, string>; metrics: MetricPoint[]; tags: Record<string, string> };

/** Of one log-batch call. The server's limit of bytes is 1,000,000; the rest is for the names around the items. */
const LIMITS = { items: 1000, params: 100, tags: 100, metrics: 1000, bytes: 900_000 };
/** Of a metric's time and of the names of its fields. */
const ITEM_BYTES = 80;

type Item =
  | { kind: 'params' | 'tags'; key: string; value: string; bytes: number }
  | { kind: 'metrics'; point: MetricPoint; bytes: number };

/** Cuts what is to be logged into as few calls as the limits allow, in order: parameters, tags, metrics. */
export function* packBatches(logged: Batch): Generator<Batch> {
  let batch = emptyBatch();
  let counts = { items: 0, params: 0, tags: 0, metrics: 0, bytes: 0 };
  for (const item of itemsOf(logged)) {
    const { kind, bytes } = item;
    const isFull = counts.items >= LIMITS.items || counts[kind] >= LIMITS[kind] || counts.bytes + bytes > LIMITS.bytes;
    if (isFull && counts.items > 0) {
      yield batch;
      batch = emptyBatch();
      counts = { items: 0, params: 0, tags: 0, metrics: 0, bytes: 0 };
    }
    if (item.kind === 'metrics') batch.metrics.push(item.point);
    else batch[item.kind][item.key] = item.value;
    counts.items += 1;
    counts[kind] += 1;
    counts.bytes += bytes;
  }
  if (counts.items > 0) yield batch;
}

function* itemsOf({ params, tags, metrics }: Batch): Generator<Item> {
  for (const kind of ['params', 'tags'] as const) {
    for (const [key, value] of Object.entries(kind === 'params' ? params : tags)) {
      yield { kind, key, value, bytes: bytesOf(key) + bytesOf(value) + ITEM_BYTES };
    }
  }
  for (const point of metrics) yield { kind: 'metrics', point, bytes: bytesOf(point) + ITEM_BYTES };
}

/** As it is sent: a text of another script is longer than it has characters, and quotes are escaped. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function emptyBatch(): Batch {
  return { params: {}, metrics: [], tags: {} };
}
