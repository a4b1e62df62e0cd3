import { join } from 'node:path';
import { ArtifactError, downloadFolder, openStore, uploadFolder } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type FaultProxy, startFaultProxy } from '../faultProxy.ts';
import { remove, temporary } from '../folders.ts';
import { failure, filesUnder, fillFolder } from './stores.ts';

/** Nobody stands behind the proxy: each answer here is the rule's, in the words of S3. */
let proxy: FaultProxy;
let dir = '';
let before: NodeJS.ProcessEnv = {};

const SECRET = 'a-very-secret-key';
const URI = 's3://some-bucket/raw';
const ROLE = 'User: arn:aws:sts::123456789012:assumed-role/er-dev-job/x is not authorized to perform';

test.before(async () => {
  proxy = await startFaultProxy('http://127.0.0.1:9');
});
test.after(() => proxy.stop());
test.before.each(() => {
  dir = temporary();
  before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: proxy.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(dir, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(dir, 'credentials'),
  });
});
test.after.each(() => {
  process.env = before;
  remove(dir);
});

type Case = {
  status: number;
  code: string;
  message?: string;
  headers?: Record<string, string>;
  says: RegExp;
  as: string;
};

const CASES: Record<string, Case> = {
  'no such bucket': {
    status: 404,
    code: 'NoSuchBucket',
    says: /^no such bucket: s3:\/\/some-bucket\/raw/,
    as: 'no_bucket',
  },
  'a permission that AWS names': {
    status: 403,
    code: 'AccessDenied',
    message: `${ROLE}: s3:ListBucket on resource: "arn:aws:s3:::some-bucket" because no identity-based policy allows it`,
    says: /^access denied \(s3:ListBucket\): s3:\/\/some-bucket\/raw(\/x)?: allow it to the role/,
    as: 'denied',
  },
  'a permission that AWS does not name': {
    status: 403,
    code: 'AccessDenied',
    message: 'Access Denied',
    says: /^access denied \(s3:\w+\): s3:\/\/some-bucket\/raw/,
    as: 'denied',
  },
  'a key of KMS that may not be used': {
    status: 403,
    code: 'AccessDenied',
    message: `${ROLE}: kms:Decrypt on resource: arn:aws:kms:eu-west-1:123456789012:key/1b2c because no policy allows it`,
    says: /kms:Decrypt on arn:aws:kms:eu-west-1:123456789012:key\/1b2c.*s3:\/\/some-bucket\/raw/,
    as: 'kms',
  },
  'a key of KMS that is disabled': {
    status: 400,
    code: 'KMS.DisabledException',
    says: /the key is enabled/,
    as: 'kms',
  },
  'a token that has expired': {
    status: 400,
    code: 'ExpiredToken',
    says: /have expired: s3:\/\/.*aws sso login/,
    as: 'expired',
  },
  'a key pair that AWS does not know': {
    status: 403,
    code: 'InvalidAccessKeyId',
    says: /does not take the credentials \(InvalidAccessKeyId\)/,
    as: 'bad_credentials',
  },
  'a secret that is wrong': {
    status: 403,
    code: 'SignatureDoesNotMatch',
    says: /does not take the credentials/,
    as: 'bad_credentials',
  },
  'a bucket elsewhere': {
    status: 301,
    code: 'PermanentRedirect',
    headers: { 'x-amz-bucket-region': 'eu-south-2' },
    says: /is in eu-south-2, not in eu-west-1.*set AWS_REGION=eu-south-2/,
    as: 'wrong_region',
  },
  'a signature for another region': {
    status: 400,
    code: 'AuthorizationHeaderMalformed',
    message: "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
    says: /is in us-east-1, not in eu-west-1/,
    as: 'wrong_region',
  },
  'a clock that is wrong': { status: 403, code: 'RequestTimeTooSkewed', says: /clock is wrong/, as: 'clock' },
  'an answer of no known kind': {
    status: 400,
    code: 'SomethingNew',
    message: 'Nobody knew\nthis before',
    says: /^S3 refused s3:\w+ \(SomethingNew: Nobody knew this before\): s3:\/\/some-bucket\/raw/,
    as: 'refused',
  },
};

for (const [name, { says, as, ...answer }] of Object.entries(CASES)) {
  test(`${name}: one line that names the URI, whatever was asked`, async () => {
    proxy.rules([{ fault: { kind: 'answer', ...answer } }]);
    fillFolder(join(dir, 'in'), { x: '1' });
    const store = openStore(URI);
    for (const [asked, work] of Object.entries({
      read: () => store.read('x'),
      readText: () => store.readText('x'),
      head: () => store.head('x'),
      write: () => store.write('x', '1'),
      'conditional write': () => store.write('x', '1', { ifAbsent: true }),
      'large write': () => store.write('x', Buffer.alloc(9 * 1024 ** 2)),
      remove: () => store.remove('x'),
      download: () => downloadFolder(URI, join(dir, 'out')),
      upload: () => uploadFolder(join(dir, 'in'), URI),
    })) {
      const error = await failure(work());
      assert.ok(error instanceof InputError || error instanceof ArtifactError, `${asked}: ${error.stack}`);
      assert.is(error.code, as, `${asked}: ${error.message}`);
      assert.match(error.message, says, asked);
      assert.not.match(error.message, /\n/);
      assert.ok(!error.message.includes(SECRET));
    }
    assert.equal(filesUnder(dir), ['in/x']);
  });
}

test('an archived object says that it must be restored', async () => {
  proxy.rules([{ method: 'GET', fault: { kind: 'answer', status: 403, code: 'InvalidObjectState' } }]);
  const error = await failure(openStore(URI).read('x'));
  assert.is(error.code, 'archived');
  assert.match(error.message, /some-bucket\/raw\/x: restore it first/);
});

test('who may write and not read sends again what might be there already', async () => {
  fillFolder(join(dir, 'in'), { x: '1' });
  const body = '<ListBucketResult><Contents><Key>raw/x</Key><Size>1</Size></Contents></ListBucketResult>';
  proxy.rules([
    { method: 'GET', path: /list-type/, fault: { kind: 'answer', status: 200, body } },
    { method: 'PUT', fault: { kind: 'answer', status: 200, body: '', headers: { etag: '"e"' } } },
    { fault: { kind: 'answer', status: 403, code: 'AccessDenied' } },
  ]);
  assert.equal(await uploadFolder(join(dir, 'in'), URI), { files: 1, bytes: 1 });
  assert.is(proxy.struck, 4);
});

test('no credentials anywhere', async () => {
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  const error = await failure(downloadFolder(URI, join(dir, 'out')));
  assert.instance(error, InputError);
  assert.is(error.code, 'no_credentials');
  assert.match(error.message, /s3:\/\/some-bucket\/raw: set AWS_PROFILE/);
});

test('a profile that does not exist', async () => {
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  process.env.AWS_PROFILE = 'nobody';
  const error = await failure(openStore(URI).head('x'));
  assert.instance(error, InputError);
  assert.match(error.message, /credentials.*some-bucket\/raw/);
});

test('no region anywhere', async () => {
  delete process.env.AWS_REGION;
  delete process.env.AWS_DEFAULT_REGION;
  const error = await failure(openStore(URI).head('x'));
  assert.instance(error, InputError);
  assert.is(error.code, 'no_region');
  assert.match(error.message, /some-bucket\/raw\/x: set AWS_REGION/);
});

test('an empty folder whose own name the role may not read says both', async () => {
  const body = '<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>';
  proxy.rules([
    { method: 'HEAD', fault: { kind: 'answer', status: 403, code: 'AccessDenied' } },
    { method: 'GET', path: /raw(\?x-id|$)/, fault: { kind: 'answer', status: 403, code: 'AccessDenied' } },
    { method: 'GET', path: /list-type/, fault: { kind: 'answer', status: 200, body } },
  ]);
  const error = await failure(downloadFolder(URI, join(dir, 'out')));
  assert.is(error.code, 'empty');
  assert.match(error.message, /nothing is there, or s3:GetObject is denied on it: s3:\/\/some-bucket\/raw/);
});

test.run();
