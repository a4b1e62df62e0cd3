import { createHash } from 'node:crypto';
import type { Facts, Status } from '../registry.ts';
import type { Approval } from './approval.ts';

/** What a model package carries of ours, readable in the console too. */
export const METADATA = {
  /** The approval status that we wrote last; another one is a person's. */
  approval: 'pilotlight_approval',
  /** Of a version that is approved: whether it is the champion (`approved`) or was (`superseded`). */
  status: 'pilotlight_status',
  modelSha256: 'pilotlight_model_sha256',
  /** Which object tells who asked for the registration. */
  request: 'pilotlight_request',
} as const;

/** SageMaker takes 50 entries; ours and as many figures as a person compares. */
const METRICS_MAX = 20;
const KEY_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 256;
const NOT_TAKEN = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;

export function statusMetadata(status: Status, approval: Approval): Record<string, string> {
  return { [METADATA.status]: status, [METADATA.approval]: approval };
}

/** The numbers of the fact `metrics`, for whoever decides in the console; none when there is no such fact. */
export function metricMetadata({ metrics }: Facts): Record<string, string> {
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) return {};
  const numbers = Object.entries(metrics).filter(([, value]) => typeof value === 'number');
  const entries = numbers.slice(0, METRICS_MAX).map(([key, value]) => {
    const name = `metric_${key}`.replace(NOT_TAKEN, '_').slice(0, KEY_LENGTH_MAX);
    return [name, String(value).slice(0, VALUE_LENGTH_MAX)];
  });
  return Object.fromEntries(entries);
}

/** At most 36 letters and digits, the same for the same request: SageMaker makes one version of requests with one token. */
export function tokenOf(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 36);
}
