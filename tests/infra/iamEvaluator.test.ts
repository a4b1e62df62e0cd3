import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AnyStatement, decide, mayAssume, type Request } from './iamEvaluator.ts';

/*
 * Hand cases from the IAM User Guide: "Policy evaluation logic", "Condition operators", "Conditions with multiple context keys or
 * values", "Single-valued and multivalued context keys", "Permissions boundaries".
 */

const OBJECT = 'arn:aws:s3:::example/folder/file.txt';
const get: Request = { action: 's3:GetObject', resource: OBJECT };
const allowGet: AnyStatement = { Effect: 'Allow', Action: 's3:GetObject', Resource: OBJECT };
const denyGet: AnyStatement = { ...allowGet, Effect: 'Deny' };

const by = (...statements: AnyStatement[]) => [{ Statement: statements }];
const when = (Condition: NonNullable<AnyStatement['Condition']>, context: NonNullable<Request['context']>) =>
  decide(by({ ...allowGet, Condition }), { ...get, context }) === 'allowed';

test('nothing said is no', () => {
  assert.is(decide([], get), 'not allowed');
  assert.is(decide(by({ ...allowGet, Action: 's3:PutObject' }), get), 'not allowed');
});

test('an allow allows, wherever it stands', () => {
  assert.is(decide(by(allowGet), get), 'allowed');
  assert.is(decide([{ Statement: [] }, { Statement: [allowGet] }], get), 'allowed');
});

test('an explicit deny wins over every allow, in any order', () => {
  assert.is(decide(by(allowGet, denyGet), get), 'denied');
  assert.is(decide(by(denyGet, allowGet), get), 'denied');
  assert.is(decide(by(denyGet), get), 'denied');
});

test('a deny whose condition does not hold denies nothing', () => {
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
  const policies = by(allowGet, { ...denyGet, Condition });
  assert.is(decide(policies, { ...get, context: { 'aws:SecureTransport': 'true' } }), 'allowed');
  assert.is(decide(policies, { ...get, context: { 'aws:SecureTransport': 'false' } }), 'denied');
  assert.is(decide(policies, get), 'allowed', 'the key is not there');
});

test('actions: wildcards, in any case', () => {
  for (const Action of ['*', 's3:*', 's3:Get*', 's3:GetObjec?', 'S3:getobject', ['s3:PutObject', 's3:GetObject']]) {
    assert.is(decide(by({ ...allowGet, Action }), get), 'allowed', String(Action));
  }
  for (const Action of ['s3:Get', 's3:GetObject?', 'ec2:*', []]) {
    assert.is(decide(by({ ...allowGet, Action }), get), 'not allowed', String(Action));
  }
});

test('NotAction and NotResource mean all else', () => {
  const all = { Effect: 'Allow', Resource: '*' };
  assert.is(decide(by({ ...all, NotAction: 'iam:*' }), get), 'allowed');
  assert.is(decide(by({ ...all, NotAction: 's3:*' }), get), 'not allowed');
  assert.is(decide(by({ Effect: 'Deny', Action: '*', NotResource: OBJECT }, allowGet), get), 'allowed');
  assert.is(decide(by({ Effect: 'Deny', Action: '*', NotResource: 'arn:aws:s3:::x/*' }, allowGet), get), 'denied');
});

test('resources: wildcards, case matters', () => {
  for (const Resource of ['*', 'arn:aws:s3:::example/*', 'arn:aws:s3:::example/folder/file.tx?', 'arn:aws:s3:::*']) {
    assert.is(decide(by({ ...allowGet, Resource }), get), 'allowed', Resource);
  }
  for (const Resource of ['arn:aws:s3:::example', 'arn:aws:s3:::Example/*', 'arn:aws:s3:::example/folder', []]) {
    assert.is(decide(by({ ...allowGet, Resource }), get), 'not allowed', String(Resource));
  }
});

test('a dot of an ARN is a dot', () => {
  const Resource = 'arn:aws:s3:::my.bucket/*';
  assert.is(decide(by({ ...allowGet, Resource }), { ...get, resource: 'arn:aws:s3:::myxbucket/a' }), 'not allowed');
});

test('several operators and keys: all; several values of a key: any', () => {
  const condition = { StringEquals: { 'aws:a': ['1', '2'], 'aws:b': '3' }, Bool: { 'aws:c': 'true' } };
  assert.ok(when(condition, { 'aws:a': '2', 'aws:b': '3', 'aws:c': 'true' }));
  assert.not(when(condition, { 'aws:a': '4', 'aws:b': '3', 'aws:c': 'true' }));
  assert.not(when(condition, { 'aws:a': '1', 'aws:b': '4', 'aws:c': 'true' }));
  assert.not(when(condition, { 'aws:a': '1', 'aws:b': '3', 'aws:c': 'false' }));
});

test('a negated operator with several values: none of them', () => {
  const condition = { StringNotEquals: { 'aws:a': ['1', '2'] } };
  assert.ok(when(condition, { 'aws:a': '3' }));
  assert.not(when(condition, { 'aws:a': '1' }));
});

test('a key that is missing: false, true for negated operators, true with IfExists', () => {
  assert.not(when({ StringEquals: { 'aws:a': '1' } }, {}));
  assert.ok(when({ StringNotEquals: { 'aws:a': '1' } }, {}));
  assert.ok(when({ ArnNotLike: { 'aws:a': 'arn:aws:s3:::x' } }, {}));
  assert.ok(when({ StringEqualsIfExists: { 'aws:a': '1' } }, {}));
  assert.not(when({ StringEqualsIfExists: { 'aws:a': '1' } }, { 'aws:a': '2' }));
});

test('keys are compared without case, values with it', () => {
  assert.ok(when({ StringEquals: { 'AWS:SourceAccount': '1' } }, { 'aws:sourceaccount': '1' }));
  assert.not(when({ StringEquals: { 'aws:a': 'X' } }, { 'aws:a': 'x' }));
  assert.ok(when({ StringEqualsIgnoreCase: { 'aws:a': 'X' } }, { 'aws:a': 'x' }));
});

test('StringEquals knows no wildcard, StringLike does', () => {
  assert.not(when({ StringEquals: { 's3:prefix': 'home/*' } }, { 's3:prefix': 'home/a' }));
  assert.ok(when({ StringLike: { 's3:prefix': 'home/*' } }, { 's3:prefix': 'home/a' }));
  assert.not(when({ StringNotLike: { 's3:prefix': 'home/*' } }, { 's3:prefix': 'home/a' }));
});

test('ARN operators take the six parts one by one', () => {
  const topic = 'arn:aws:sns:eu-west-1:123456789012:topic';
  assert.ok(when({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:123456789012:*' } }, { 'aws:SourceArn': topic }));
  assert.ok(when({ ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:*:123456789012:to*' } }, { 'aws:SourceArn': topic }));
  assert.not(when({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:topic' } }, { 'aws:SourceArn': topic }));
  assert.ok(when({ ArnNotLike: { 'aws:SourceArn': 'arn:aws:sqs:*:*:*' } }, { 'aws:SourceArn': topic }));
});

test('ForAnyValue: one is enough, none is not; ForAllValues: every one, and a missing key', () => {
  const any = { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team', 'stack'] } };
  assert.ok(when(any, { 'aws:TagKeys': ['other', 'team'] }));
  assert.not(when(any, { 'aws:TagKeys': ['other'] }));
  assert.not(when(any, {}));
  const all = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'stack'] } };
  assert.ok(when(all, { 'aws:TagKeys': ['team'] }));
  assert.not(when(all, { 'aws:TagKeys': ['team', 'other'] }));
  assert.ok(when(all, {}));
});

test('Bool, Null, numbers and addresses', () => {
  assert.ok(when({ Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:SecureTransport': 'true' }));
  assert.ok(when({ Null: { 'aws:TokenIssueTime': 'true' } }, {}));
  assert.not(when({ Null: { 'aws:TokenIssueTime': 'false' } }, {}));
  assert.ok(when({ Null: { 'aws:TokenIssueTime': 'false' } }, { 'aws:TokenIssueTime': 'now' }));
  assert.ok(when({ NumericLessThanEquals: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }));
  assert.not(when({ NumericLessThan: { 's3:max-keys': '10' } }, { 's3:max-keys': '10' }));
  const range = { IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '198.51.100.7'] } };
  assert.ok(when(range, { 'aws:SourceIp': '203.0.113.255' }));
  assert.ok(when(range, { 'aws:SourceIp': '198.51.100.7' }));
  assert.not(when(range, { 'aws:SourceIp': '203.0.114.0' }));
  assert.not(when({ NotIpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, { 'aws:SourceIp': '203.0.114.0' }));
});

test('a boundary grants nothing, and what it does not allow is not allowed', () => {
  const boundary = { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
  assert.is(decide([], get, boundary), 'not allowed');
  assert.is(decide(by(allowGet), get, boundary), 'allowed');
  assert.is(decide(by(allowGet), get, { Statement: [] }), 'not allowed');
  assert.is(decide(by(allowGet), get, { Statement: [denyGet] }), 'denied');
});

test('trust: the principal, the action and the conditions', () => {
  const trust = (Principal: unknown) => ({
    Statement: [
      {
        Effect: 'Allow',
        Principal,
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '1' } },
      },
    ],
  });
  const asked = {
    action: 'sts:AssumeRole',
    principal: { Service: 'a.amazonaws.com' },
    context: { 'aws:SourceAccount': '1' },
  };
  assert.ok(mayAssume(trust({ Service: 'a.amazonaws.com' }), asked));
  assert.ok(mayAssume(trust({ Service: ['b.amazonaws.com', 'a.amazonaws.com'] }), asked));
  assert.not(mayAssume(trust({ Service: 'b.amazonaws.com' }), asked));
  assert.not(mayAssume(trust({ AWS: 'a.amazonaws.com' }), asked));
  assert.not(mayAssume(trust({ Service: 'a.amazonaws.com' }), { ...asked, context: { 'aws:SourceAccount': '2' } }));
  assert.not(mayAssume(trust({ Service: 'a.amazonaws.com' }), { ...asked, action: 'sts:TagSession' }));
});

test('what it does not know it does not judge', () => {
  assert.throws(() => when({ DateLessThan: { 'aws:CurrentTime': 'x' } }, { 'aws:CurrentTime': 'x' }), /DateLessThan/);
  assert.throws(
    () => decide(by({ ...allowGet, Resource: ['arn:aws:s3:::x/$', '{aws:username}'].join('') }), get),
    /variables/,
  );
  assert.throws(() => decide(by({ Effect: 'Allow', Action: '*' }), get), /NotResource/);
  assert.throws(() => when({ StringEquals: { 'aws:a': '1' } }, { 'aws:a': ['1', '2'] }), /one value/);
});

test.run();
