import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dataLifecycle } from '../../infra/components/bucketLifecycle.ts';
import { LOG_PREFIXES } from '../../infra/components/bucketPolicy.ts';
import { Keys } from '../../infra/components/keys.ts';
import { Storage } from '../../infra/components/storage.ts';
import {
  type CapturedResource,
  captureComponent,
  contextOf,
  type Inputs,
  nameOf,
  of,
  one,
  STACKS,
  type Stack,
} from './mocks.ts';
import { decide, type Request } from './resourcePolicies.ts';

const BUCKET = 'aws:s3/bucket:Bucket';
const POLICY = 'aws:s3/bucketPolicy:BucketPolicy';
const ADOPTED = { dataBucket: { existing: { name: 'retailer-lake' } }, forceDestroy: false };

const make = (stack: Stack, overrides: Inputs = {}, look?: (storage: Storage) => void) =>
  captureComponent(() => {
    const context = contextOf(stack, overrides);
    const storage = new Storage('storage', { context, keys: new Keys('keys', { context }).arns });
    look?.(storage);
  }, stack);

const sibling = (resources: CapturedResource[], kind: string, child: string) =>
  one(resources, `aws:s3/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`, child).inputs;

const rulesOf = (resources: CapturedResource[], bucket: string): Inputs =>
  Object.fromEntries(
    sibling(resources, 'BucketLifecycleConfiguration', `${bucket}-lifecycle`).rules.map((rule: Inputs) => [
      rule.id,
      rule,
    ]),
  );

for (const stack of STACKS) {
  test(`${stack}: three buckets, each private, versioned, owned, encrypted and tidied`, async () => {
    const resources = await make(stack);
    const buckets = of(resources, BUCKET);
    assert.equal(buckets.map(({ name }) => name).sort(), ['data-bucket', 'logs-bucket', 'mlflow-bucket']);
    for (const { inputs, protect } of buckets) {
      assert.match(inputs.bucket, /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
      assert.equal(Object.keys(inputs).sort(), ['bucket', 'forceDestroy'], 'no deprecated inline argument');
      assert.is(inputs.forceDestroy, stack === 'dev');
      assert.is(protect, stack !== 'dev');
    }
    for (const bucket of ['data', 'mlflow', 'logs']) {
      const block = sibling(resources, 'BucketPublicAccessBlock', `${bucket}-public-access`);
      for (const way of ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets']) {
        assert.is(block[way], true, `${bucket} ${way}`);
      }
      const { versioningConfiguration } = sibling(resources, 'BucketVersioning', `${bucket}-versioning`);
      assert.is(versioningConfiguration.status, 'Enabled');
      const { rule } = sibling(resources, 'BucketOwnershipControls', `${bucket}-ownership`);
      assert.is(rule.objectOwnership, 'BucketOwnerEnforced');
    }
    assert.equal(
      resources.flatMap(({ unresolved }) => unresolved),
      [],
    );
  });
}

test('data is under the key of the stack with a bucket key, logs under keys of S3, for nothing else can be delivered', async () => {
  const resources = await make('prod');
  const encryption = (bucket: string) =>
    sibling(resources, 'BucketServerSideEncryptionConfiguration', `${bucket}-encryption`).rules[0];
  for (const bucket of ['data', 'mlflow']) {
    const { applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled } = encryption(bucket);
    assert.is(byDefault.sseAlgorithm, 'aws:kms');
    assert.match(byDefault.kmsMasterKeyId, /^arn:aws:kms:eu-west-1:333333333333:key\//);
    assert.is(bucketKeyEnabled, true);
  }
  assert.equal(encryption('logs').applyServerSideEncryptionByDefault, { sseAlgorithm: 'AES256' });
});

test('a put passes only under the key of the stack', async () => {
  const resources = await make('dev');
  const { kmsMasterKeyId } = sibling(resources, 'BucketServerSideEncryptionConfiguration', 'data-encryption').rules[0]
    .applyServerSideEncryptionByDefault;
  const sse = 's3:x-amz-server-side-encryption';
  const key = `${sse}-aws-kms-key-id`;
  for (const bucket of ['data', 'mlflow']) {
    const { policy, bucket: name } = one(resources, POLICY, `${bucket}-policy`).inputs;
    const put = (headers: Record<string, string>) => {
      const context = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', ...headers };
      const request: Request = {
        by: { account: '1' },
        action: 's3:PutObject',
        resource: `arn:aws:s3:::${name}/raw/x`,
        context,
      };
      return decide(policy, request);
    };
    assert.is(put({}), 'not allowed', 'the default of the bucket is the key of the stack');
    assert.is(put({ [sse]: 'aws:kms', [key]: kmsMasterKeyId }), 'not allowed');
    assert.is(put({ [sse]: 'AES256' }), 'denied');
    assert.is(put({ [sse]: 'aws:kms:dsse', [key]: kmsMasterKeyId }), 'denied');
    assert.is(put({ [sse]: 'aws:kms', [key]: kmsMasterKeyId.replace(/.$/, 'x') }), 'denied');
    assert.is(put({ [sse]: 'aws:kms' }), 'denied', 'the key of AWS');
    assert.is(put({ [`${sse}-customer-algorithm`]: 'AES256' }), 'denied');
  }
});

test('plain HTTP and old TLS are refused by every bucket, for the bucket and for what is in it', async () => {
  const resources = await make('dev');
  for (const { inputs } of of(resources, POLICY)) {
    const arn = `arn:aws:s3:::${inputs.bucket}`;
    for (const resource of [arn, `${arn}/raw/x`]) {
      const get = (context: Record<string, string>) =>
        decide(inputs.policy, { by: { account: '1' }, action: 's3:GetObject', resource, context });
      assert.is(get({ 'aws:SecureTransport': 'false' }), 'denied');
      assert.is(get({ 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.1' }), 'denied');
      assert.is(get({ 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.2' }), 'not allowed');
    }
  }
});

test('the log bucket takes the access logs of its own buckets, and those of load balancers of this account', async () => {
  const resources = await make('dev');
  const { names, settings } = contextOf('dev');
  const { policy } = one(resources, POLICY, 'logs-policy').inputs;
  const write = (service: string, path: string, context: Record<string, string> = {}) =>
    decide(policy, { by: { service }, action: 's3:PutObject', resource: `${names.buckets.logs.arn}/${path}`, context });
  const from = (arn: string, account = settings.accountId) => ({ 'aws:SourceArn': arn, 'aws:SourceAccount': account });
  const s3 = 'logging.s3.amazonaws.com';
  const { data, mlflow } = names.buckets;
  assert.is(write(s3, `access/${data.name}/x`, from(data.arn)), 'allowed');
  assert.is(write(s3, `access/${mlflow.name}/x`, from(mlflow.arn)), 'allowed');
  assert.is(write(s3, `access/${data.name}/x`, from(mlflow.arn)), 'not allowed', 'in its own folder');
  assert.is(write(s3, `access/${data.name}/x`, from('arn:aws:s3:::another')), 'not allowed');
  assert.is(write(s3, `access/${data.name}/x`, from(data.arn, '999999999999')), 'not allowed');
  assert.is(write(s3, 'elsewhere/x', from(data.arn)), 'not allowed');
  const balancer = 'logdelivery.elasticloadbalancing.amazonaws.com';
  assert.is(write(balancer, `${LOG_PREFIXES.loadBalancer}/AWSLogs/${settings.accountId}/x`), 'allowed');
  assert.is(write(balancer, `${LOG_PREFIXES.loadBalancer}/AWSLogs/999999999999/x`), 'not allowed');
});

test('access to data and artifacts is logged, each under its own name', async () => {
  const resources = await make('dev');
  for (const bucket of ['data', 'mlflow']) {
    const { targetBucket, targetPrefix, bucket: name } = sibling(resources, 'BucketLogging', `${bucket}-logging`);
    assert.is(targetBucket, contextOf('dev').names.buckets.logs.name);
    assert.is(targetPrefix, `${LOG_PREFIXES.access}/${name}/`);
  }
  assert.is(of(resources, 'aws:s3/bucketLogging:BucketLogging').length, 2, 'the log bucket does not log itself');
});

test('bronze gets cheaper, scored and tmp go, models and raw stay', async () => {
  const rules = rulesOf(await make('prod'), 'data');
  assert.equal(rules['bronze-to-infrequent-access'].filter, { prefix: 'bronze/' });
  assert.equal(rules['bronze-to-infrequent-access'].transitions, [{ days: 90, storageClass: 'STANDARD_IA' }]);
  assert.equal(rules['scored-expires'].filter, { prefix: 'scored/' });
  assert.equal(rules['scored-expires'].expiration, { days: 365 });
  assert.equal(rules['tmp-expires'].filter, { prefix: 'tmp/' });
  assert.equal(rules['tmp-expires'].expiration, { days: 7 });
  const expiring = Object.values(rules).filter(({ expiration }) => expiration?.days !== undefined);
  assert.equal(expiring.map(({ filter }) => filter.prefix).sort(), ['scored/', 'tmp/']);
});

test('days come from the configuration; what S3 would refuse is refused by name', () => {
  const { settings } = contextOf('dev');
  const storage = { ...settings.storage, bronzeToInfrequentAfterDays: 45, tmpExpiresAfterDays: 2 };
  const rules = dataLifecycle({ stack: 'dev', storage });
  assert.is(
    rules.find(({ id }) => id === 'tmp-expires')?.expiration && JSON.stringify(rules).includes('"days":2'),
    true,
  );
  assert.ok(JSON.stringify(rules).includes('"days":45'));
  const early = { ...settings.storage, bronzeToInfrequentAfterDays: 29 };
  assert.throws(() => dataLifecycle({ stack: 'dev', storage: early }), /storage\.bronzeToInfrequentAfterDays.*30/);
});

test('old versions and unfinished uploads go everywhere, later in prod', async () => {
  const kept = { dev: 14, staging: 14, prod: 90 };
  for (const stack of STACKS) {
    const resources = await make(stack);
    for (const bucket of ['data', 'mlflow', 'logs']) {
      const rule = rulesOf(resources, bucket)['old-versions-expire'];
      assert.is(rule.noncurrentVersionExpiration.noncurrentDays, kept[stack]);
      assert.equal(rule.expiration, { expiredObjectDeleteMarker: true });
      assert.is(rule.abortIncompleteMultipartUpload.daysAfterInitiation, 7);
    }
    assert.is(rulesOf(resources, 'logs')['logs-expire'].expiration.days, stack === 'prod' ? 365 : 90);
  }
});

test('nothing is written before a bucket is closed, encrypted, versioned and has its policy', async () => {
  const resources = await make('dev');
  for (const bucket of ['data', 'mlflow', 'logs']) {
    const before = one(resources, POLICY, `${bucket}-policy`).dependencies.map(nameOf);
    for (const guard of ['public-access', 'ownership', 'encryption', 'versioning']) {
      assert.ok(before.includes(`${bucket}-${guard}`), `${bucket}-${guard}`);
    }
  }
  const logging = one(resources, 'aws:s3/bucketLogging:BucketLogging', 'data-logging').dependencies.map(nameOf);
  assert.ok(logging.includes('logs-policy'));
});

test('a data bucket that is there is looked up, and nothing about it is changed', async () => {
  const seen: { name?: string; requirements?: string[] } = {};
  const look = (storage: Storage) => {
    storage.data.name.apply((name) => Object.assign(seen, { name }));
    storage.requirements.apply((requirements) => Object.assign(seen, { requirements }));
  };
  const resources = await make('prod', { storage: ADOPTED }, look);
  const made = await make('prod');
  assert.is(one(resources, BUCKET, 'data-bucket').adopted, true);
  const touching = resources.filter(({ inputs, adopted }) => !adopted && inputs.bucket === 'retailer-lake');
  assert.equal(touching, []);
  assert.equal(
    resources.filter(({ name }) => name.startsWith('data-') && !name.startsWith('data-key')).map(({ name }) => name),
    ['data-bucket'],
  );
  assert.ok(resources.length < made.length);
  assert.is(seen.name, 'retailer-lake');
  assert.match(
    String(seen.requirements),
    /retailer-lake is versioned.*arn:aws:kms.*plain HTTP.*function:pilotlight-prod-trigger/s,
  );
  const { policy } = one(resources, POLICY, 'logs-policy').inputs;
  assert.not.match(policy, /retailer-lake/);
});

test('a bucket of the stack asks nothing of anybody', async () => {
  let requirements: string[] | undefined;
  await make('dev', {}, (storage) =>
    storage.requirements.apply((listed) => {
      requirements = listed;
    }),
  );
  assert.equal(requirements, []);
});

test.run();
