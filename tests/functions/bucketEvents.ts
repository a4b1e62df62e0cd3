import type { EventBridgeEvent, S3Event, S3EventRecord } from 'aws-lambda';

export type Written = {
  bucket: string;
  key: string;
  bytes: number;
  etag: string;
  sequencer: string;
  versionId?: string;
  at: Date;
};

/** URL-encoded as S3 does it: a space is a plus, letters beyond ASCII are their UTF-8 bytes; slashes stay. */
const encode = (key: string) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');

/** A record of an S3 notification, all its fields as in the S3 user guide. */
export function record({ bucket, key, bytes, etag, sequencer, versionId, at }: Written): S3EventRecord {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-west-1',
    eventTime: at.toISOString(),
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': 'FMyUVURIY8' },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'new-files',
      bucket: { name: bucket, ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: `arn:aws:s3:::${bucket}` },
      object: { key: encode(key), size: bytes, eTag: etag, sequencer, ...(versionId && { versionId }) },
    },
  };
}

export const notification = (...written: Written[]): S3Event => ({ Records: written.map(record) });

/** The same by EventBridge, where keys are written as they are. */
export function bridged({ bucket, key, bytes, etag, sequencer, versionId, at }: Written) {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111111111111',
    time: at.toISOString(),
    region: 'eu-west-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: bytes, etag, sequencer, ...(versionId && { 'version-id': versionId }) },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '111111111111',
      'source-ip-address': '1.2.3.4',
      reason: 'PutObject',
    },
  } satisfies EventBridgeEvent<'Object Created', unknown>;
}

/** What S3 sends when notifications are set up. */
export const TEST_EVENT = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2014-10-13T15:57:02.089Z',
  Bucket: 'amzn-s3-demo-bucket',
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
};
