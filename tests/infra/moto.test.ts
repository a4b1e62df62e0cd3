/** What the program would make, made in moto by the AWS SDK from the same inputs. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runPython, testWithPython } from '../python.ts';
import { capture, contextOf, STACKS } from './mocks.ts';

type Answer = { accepted: Record<string, number>; refused: string[] };

/** Of each of these every one is made; what moto does not have is not among them. */
const MADE = [
  'aws:kms/key:Key',
  'aws:s3/bucket:Bucket',
  'aws:s3/bucketVersioning:BucketVersioning',
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
  'aws:s3/bucketPolicy:BucketPolicy',
  'aws:dynamodb/table:Table',
  'aws:sns/topic:Topic',
  'aws:sns/topicPolicy:TopicPolicy',
  'aws:sqs/queue:Queue',
  'aws:cloudwatch/metricAlarm:MetricAlarm',
  'aws:cloudwatch/dashboard:Dashboard',
  'aws:ecr/repository:Repository',
  'aws:ecr/lifecyclePolicy:LifecyclePolicy',
  'aws:ecr/repositoryPolicy:RepositoryPolicy',
  'aws:iam/policy:Policy',
  'aws:iam/role:Role',
  'aws:iam/rolePolicy:RolePolicy',
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
];

async function makeInMoto(
  stack: (typeof STACKS)[number],
  spoil?: (type: string, inputs: Record<string, unknown>) => void,
) {
  const captured = await capture(stack);
  const { accountId: account, region } = contextOf(stack).settings;
  const resources = captured
    .filter(({ type, adopted }) => MADE.includes(type) && !adopted)
    .map(({ type, name, inputs }) => ({ type, name, inputs: structuredClone(inputs) as Record<string, unknown> }));
  for (const { type, inputs } of resources) spoil?.(type, inputs);
  return { resources, answer: runPython('moto_accepts.py', [], { account, region, resources }) as Answer };
}

for (const stack of STACKS) {
  testWithPython(
    `${stack}: keys, buckets, table, topic, queues, alarms, repositories and roles are accepted`,
    async () => {
      const { resources, answer } = await makeInMoto(stack);
      assert.equal(answer.refused, []);
      for (const type of MADE) {
        const wanted = resources.filter((one) => one.type === type).length;
        assert.ok(wanted > 0, `${stack} makes no ${type}`);
        assert.is(answer.accepted[type], wanted, type);
      }
    },
  );
}

testWithPython('a spoilt policy, a key that is no attribute and a lifecycle without rules are refused', async () => {
  const { answer } = await makeInMoto('dev', (type, inputs) => {
    if (type === 'aws:iam/rolePolicy:RolePolicy') inputs.policy = '{"Version": "2012-10-17", "Statement": [{}]}';
    if (type === 'aws:dynamodb/table:Table') inputs.hashKey = 'not_an_attribute';
    if (type === 'aws:ecr/lifecyclePolicy:LifecyclePolicy') inputs.policy = '{"rules": []}';
  });
  for (const type of ['aws:iam/rolePolicy', 'aws:dynamodb/table', 'aws:ecr/lifecyclePolicy']) {
    assert.ok(
      answer.refused.some((line) => line.startsWith(type)),
      type,
    );
  }
});

test.run();
