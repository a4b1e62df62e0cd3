import type * as aws from '@pulumi/aws';
import type { PREFIXES } from '../names.ts';
import type { Settings } from '../settings.ts';

export type LifecycleRule = aws.types.input.s3.BucketLifecycleConfigurationRule;

type Prefix = (typeof PREFIXES)[number];

/** S3 refuses to move objects to Standard-IA sooner. */
const INFREQUENT_AFTER_DAYS_MIN = 30;
const UNFINISHED_UPLOADS_KEPT_DAYS = 7;
/** Files of tmp are large, and nobody wants an old version of one back. */
const TMP_VERSIONS_KEPT_DAYS = 1;

/** What the data bucket moves and forgets: bronze gets cheaper, scored and tmp go, everything else stays. */
export function dataLifecycle({ stack, storage }: Pick<Settings, 'stack' | 'storage'>): LifecycleRule[] {
  const { bronzeToInfrequentAfterDays, scoredExpiresAfterDays, tmpExpiresAfterDays } = storage;
  if (bronzeToInfrequentAfterDays < INFREQUENT_AFTER_DAYS_MIN) {
    throw new RangeError(
      `storage.bronzeToInfrequentAfterDays: ${bronzeToInfrequentAfterDays} is below ${INFREQUENT_AFTER_DAYS_MIN}, the least that S3 takes`,
    );
  }
  return [
    ...housekeeping(stack),
    rule('bronze-to-infrequent-access', 'bronze', {
      transitions: [{ days: bronzeToInfrequentAfterDays, storageClass: 'STANDARD_IA' }],
    }),
    rule('scored-expires', 'scored', { expiration: { days: scoredExpiresAfterDays } }),
    rule('tmp-expires', 'tmp', {
      expiration: { days: tmpExpiresAfterDays },
      noncurrentVersionExpiration: { noncurrentDays: TMP_VERSIONS_KEPT_DAYS },
    }),
  ];
}

/** Every bucket: old versions, their delete markers and uploads that never ended go. */
export function housekeeping(stack: Settings['stack']): LifecycleRule[] {
  return [
    {
      id: 'old-versions-expire',
      status: 'Enabled',
      filter: {},
      expiration: { expiredObjectDeleteMarker: true },
      noncurrentVersionExpiration: { noncurrentDays: stack === 'prod' ? 90 : 14 },
      abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_UPLOADS_KEPT_DAYS },
    },
  ];
}

/** The log bucket: logs are kept for a year where it matters. */
export function logLifecycle(stack: Settings['stack']): LifecycleRule[] {
  const days = stack === 'prod' ? 365 : 90;
  return [...housekeeping(stack), { id: 'logs-expire', status: 'Enabled', filter: {}, expiration: { days } }];
}

function rule(id: string, prefix: Prefix, what: Partial<LifecycleRule>): LifecycleRule {
  return { id, status: 'Enabled', filter: { prefix: `${prefix}/` }, ...what };
}
