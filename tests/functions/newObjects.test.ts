import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fileKeyOf, runIdOf } from '../../packages/functions/manifest/fileKey.ts';
import { newObjectsOf } from '../../packages/functions/manifest/newObjects.ts';
import { PATTERN, reasonToIgnore } from '../../packages/functions/manifest/triggerRule.ts';
import { bridged, notification, TEST_EVENT, type Written } from './bucketEvents.ts';

const MARKER: Written = {
  bucket: 'data',
  key: 'raw/churn/_SUCCESS',
  bytes: 0,
  etag: 'd41d8cd98f00b204e9800998ecf8427e',
  sequencer: '0055AED6DCD90281E5',
  versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
  at: new Date('2026-11-21T05:00:00Z'),
};
const RULE = { bucket: 'data', prefix: 'raw/churn/', pattern: PATTERN };

const only = (event: unknown) => {
  const { objects } = newObjectsOf(event);
  assert.is(objects.length, 1);
  return objects[0] as (typeof objects)[number];
};
const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.is((error as Error).name, 'InputError');
    return (error as Error).message;
  }
  throw new Error('no error');
};

test('a notification and an EventBridge event of the same write tell the same', () => {
  assert.equal(only(notification(MARKER)), only(bridged(MARKER)));
  assert.is(fileKeyOf(only(notification(MARKER))), 'raw/churn/_SUCCESS#096fKKXTRTtl3on89fVO.nfljtsv6qko');
});

test('keys are decoded: spaces, pluses, letters of Spanish; those of EventBridge are as they are', () => {
  for (const key of ['raw/churn/año 2026/precios+costes.csv', 'raw/churn/100%25.csv', 'raw/churn/a&b=c;d.csv']) {
    assert.is(only(notification({ ...MARKER, key })).key, key);
    assert.is(only(bridged({ ...MARKER, key })).key, key);
  }
  const event = notification(MARKER);
  // As the S3 user guide writes it.
  if (event.Records[0]) event.Records[0].s3.object.key = 'raw/churn/red+flower%2B%C3%B1.jpg';
  assert.is(only(event).key, 'raw/churn/red flower+ñ.jpg');
});

test('several records come in order; removals and restores are ignored', () => {
  const event = notification(MARKER, { ...MARKER, key: 'raw/churn/other' }, { ...MARKER, key: 'raw/churn/gone' });
  Object.assign(event.Records[2] ?? {}, { eventName: 'ObjectRemoved:DeleteMarkerCreated' });
  const { objects, ignored } = newObjectsOf(event);
  assert.equal(
    objects.map(({ key }) => key),
    ['raw/churn/_SUCCESS', 'raw/churn/other'],
  );
  assert.equal(ignored, [{ key: 'raw/churn/gone', reason: 'ObjectRemoved:DeleteMarkerCreated is no new object' }]);
  const deleted = { ...bridged(MARKER), 'detail-type': 'Object Deleted' };
  assert.equal(newObjectsOf(deleted).objects, []);
});

test('the test event of S3 is no object', () => {
  assert.equal(newObjectsOf(TEST_EVENT).objects, []);
});

test('what is no event is one line that says what', () => {
  const { Records } = notification(MARKER);
  const broken = (change: (record: Record<string, unknown>) => void) => {
    const copy = structuredClone({ Records }) as unknown as { Records: Record<string, unknown>[] };
    change(copy.Records[0] ?? {});
    return copy;
  };
  const malformed: [unknown, RegExp][] = [
    [null, /neither/],
    [undefined, /neither/],
    ['text', /neither/],
    [42, /neither/],
    [{}, /neither/],
    [{ Records: [] }, /Records/],
    [{ Records: 'all' }, /Records/],
    [{ Records: [{ eventSource: 'aws:sqs', body: '{}' }] }, /Records\.0\.eventSource/],
    [broken((record) => delete record.s3), /Records\.0\.s3/],
    [broken((record) => Object.assign(record, { eventTime: 'yesterday' })), /Records\.0\.eventTime/],
    [broken((record) => Object.assign((record.s3 as { object: object }).object, { key: 'raw/%ZZ' })), /%ZZ/],
    [broken((record) => Object.assign((record.s3 as { object: object }).object, { key: '' })), /key/],
    [broken((record) => Object.assign((record.s3 as { object: object }).object, { size: -1 })), /size/],
    [{ ...bridged(MARKER), source: 'aws.ec2' }, /source/],
    [{ ...bridged(MARKER), detail: {} }, /detail\.bucket/],
  ];
  for (const [event, pattern] of malformed) {
    const message = messageOf(() => newObjectsOf(event));
    assert.match(message, pattern);
    assert.not.match(message, /\n/);
  }
});

test('which objects start a run', () => {
  const reason = (change: Partial<Written>, rule = RULE) =>
    reasonToIgnore(only(notification({ ...MARKER, ...change })), rule);
  assert.is(reason({}), null);
  assert.is(reason({ bytes: 12 }), null, 'a marker may have content');
  assert.match(reason({ bucket: 'other' }) ?? '', /other/);
  assert.match(reason({ key: 'raw/segmentation/_SUCCESS' }) ?? '', /not below raw\/churn\//);
  assert.match(reason({ key: 'raw/churn/' }) ?? '', /folder/);
  assert.match(reason({ key: 'raw/churn/2026/' }) ?? '', /folder/);
  assert.match(reason({ key: 'raw/churn/price_history.csv', bytes: 5 }) ?? '', /not _SUCCESS/);
  assert.match(reason({ key: 'raw/churn/old/_SUCCESS' }) ?? '', /not _SUCCESS/, 'the machine reads the prefix itself');
  const meter = { ...RULE, pattern: 'consumption_hourly_*.{csv,parquet}' };
  assert.is(reason({ key: 'raw/churn/consumption_hourly_2024.parquet', bytes: 5 }, meter), null);
  assert.is(reason({ key: 'raw/churn/consumption_hourly_2024.parquet', bytes: 0 }, meter), 'empty');
  assert.match(reason({ key: 'raw/churn/churn_label.csv', bytes: 5 }, meter) ?? '', /not consumption/);
});

test('seven files and their marker are one run', () => {
  const names = ['churn_label.csv', 'customer_attributes.csv', 'customer_contracts.csv', 'customer_interactions.json'];
  const files = [
    ...names,
    'price_history.csv',
    'costs_by_province_month.csv',
    'consumption_hourly_2024.parquet',
    '_SUCCESS',
  ];
  const { objects } = newObjectsOf(notification(...files.map((name) => ({ ...MARKER, key: `raw/churn/${name}` }))));
  assert.is(objects.filter((object) => reasonToIgnore(object, RULE) === null).length, 1);
});

test('a file key tells writes apart, and a run id follows from it', () => {
  const { versionId: _, ...unversioned } = MARKER;
  const keyOf = (written: Written) => fileKeyOf(only(notification(written)));
  assert.is(keyOf(unversioned), 'raw/churn/_SUCCESS#0055AED6DCD90281E5');
  // The same marker every day: the same ETag, another write.
  assert.is.not(keyOf({ ...unversioned, sequencer: '0055AED6DCD90281E6' }), keyOf(unversioned));
  assert.is(keyOf({ ...unversioned, versionId: 'null' }), keyOf(unversioned), 'versioning suspended');
  assert.is(keyOf({ ...unversioned, sequencer: '' }), 'raw/churn/_SUCCESS#d41d8cd98f00b204e9800998ecf8427e');
  assert.match(
    messageOf(() => keyOf({ ...unversioned, sequencer: '', etag: '' })),
    /no version id/,
  );
  const [first, second] = [runIdOf(keyOf(MARKER), 1), runIdOf(keyOf(MARKER), 2)];
  assert.is(first, runIdOf(keyOf(MARKER), 1));
  assert.is.not(first, second);
  // What job names leave for it, and what names of executions may have.
  assert.match(first, /^[A-Za-z0-9-]{1,36}$/);
  assert.match(runIdOf('x'.repeat(2000), 9999), /^[A-Za-z0-9-]{1,36}$/);
});

test.run();
