import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { securityBaseline } from '../../infra/policies/index.ts';
import { UNKNOWN } from '../../infra/policies/policy.ts';
import { factsOfStack, judge, type Violation } from './judge.ts';
import { type CapturedResource, capture, type Inputs, of, one, STACKS, type Stack } from './mocks.ts';

const GITHUB = 'token.actions.githubusercontent.com';

type Break = {
  policy: string;
  what: string;
  stack?: Stack;
  /** Makes good resources bad: changes them in place, or returns other ones. */
  change: (resources: CapturedResource[]) => CapturedResource[] | undefined;
  /** What is said: what is wrong, and how to mend it. */
  says: RegExp;
};

const stacks = new Map<Stack, CapturedResource[]>();
for (const stack of STACKS) stacks.set(stack, await capture(stack));
const copyOf = (stack: Stack): CapturedResource[] => structuredClone(stacks.get(stack) ?? []);

/** Changes the inputs of one resource. */
const inputs = (type: string, name: string, change: (inputs: Inputs) => void) => (resources: CapturedResource[]) => {
  change(one(resources, type, name).inputs);
  return undefined;
};
/** Changes the inputs of the first of a type that has what is asked for. */
const first =
  (type: string, change: (inputs: Inputs, resource: CapturedResource) => void, where = (_: Inputs) => true) =>
  (resources: CapturedResource[]) => {
    const found = of(resources, type).find((resource) => where(resource.inputs));
    assert.ok(found, `no ${type} to break`);
    change(found.inputs, found);
    return undefined;
  };
const without = (type: string, name: string) => (resources: CapturedResource[]) => {
  one(resources, type, name);
  return resources.filter((resource) => resource.type !== type || resource.name !== name);
};
/** Changes a JSON document that is an input. */
const document = (key: string, change: (document: Inputs) => void) => (found: Inputs) => {
  const parsed = JSON.parse(found[key]);
  change(parsed);
  found[key] = JSON.stringify(parsed);
};
const statement = (more: Inputs) =>
  document('policy', ({ Statement }) => Statement.push({ Sid: 'Slipped', Effect: 'Allow', ...more }));

const s3 = (kind: string) => `aws:s3/bucket${kind}:Bucket${kind}`;
const BUCKET = 'aws:s3/bucket:Bucket';
const KEY = 'aws:kms/key:Key';
const TABLE = 'aws:dynamodb/table:Table';
const ROLE = 'aws:iam/role:Role';
const ROLE_POLICY = 'aws:iam/rolePolicy:RolePolicy';
const ATTACHMENT = 'aws:iam/rolePolicyAttachment:RolePolicyAttachment';
const PIPELINE = 'aws:sagemaker/pipeline:Pipeline';
const MACHINE = 'aws:sfn/stateMachine:StateMachine';
const REPOSITORY = 'aws:ecr/repository:Repository';
const FUNCTION = 'aws:lambda/function:Function';
const TASK = 'aws:ecs/taskDefinition:TaskDefinition';
const LISTENER = 'aws:lb/listener:Listener';
const BALANCER = 'aws:lb/loadBalancer:LoadBalancer';
const SERVICE = 'aws:ecs/service:Service';
const GROUP = 'aws:ec2/securityGroup:SecurityGroup';
const INGRESS = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const SCHEDULE = 'aws:scheduler/schedule:Schedule';
const LOGS = 'aws:cloudwatch/logGroup:LogGroup';
const CONNECTOR = 'aws:transfer/connector:Connector';
const DOMAIN = 'aws:sagemaker/domain:Domain';
const BUDGET = 'aws:budgets/budget:Budget';

const isHttps = ({ protocol }: Inputs) => protocol === 'HTTPS';
const isHttp = ({ protocol }: Inputs) => protocol === 'HTTP';

const BUCKETS: Break[] = [
  {
    policy: 'bucket-not-public',
    what: 'one of the four ways left open',
    change: inputs(s3('PublicAccessBlock'), 'data-public-access', (block) => {
      block.restrictPublicBuckets = false;
    }),
    says: /data-bucket leaves restrictPublicBuckets open: set/,
  },
  {
    policy: 'bucket-not-public',
    what: 'no block at all',
    change: without(s3('PublicAccessBlock'), 'mlflow-public-access'),
    says: /mlflow-bucket leaves .*BucketPublicAccessBlock/,
  },
  {
    policy: 'bucket-encrypted',
    what: 'AES256 on data',
    change: inputs(s3('ServerSideEncryptionConfiguration'), 'data-encryption', ({ rules }) => {
      rules[0].applyServerSideEncryptionByDefault = { sseAlgorithm: 'AES256' };
    }),
    says: /data-bucket encrypts with AES256.*use aws:kms/,
  },
  {
    policy: 'bucket-encrypted',
    what: 'no bucket key',
    change: inputs(s3('ServerSideEncryptionConfiguration'), 'mlflow-encryption', ({ rules }) => {
      rules[0].bucketKeyEnabled = false;
    }),
    says: /mlflow-bucket .*set bucketKeyEnabled/,
  },
  {
    policy: 'bucket-encrypted',
    what: 'no encryption named',
    change: without(s3('ServerSideEncryptionConfiguration'), 'logs-encryption'),
    says: /logs-bucket names no encryption: add/,
  },
  {
    policy: 'bucket-versioned',
    what: 'versions suspended',
    change: inputs(s3('Versioning'), 'data-versioning', ({ versioningConfiguration }) => {
      versioningConfiguration.status = 'Suspended';
    }),
    says: /data-bucket keeps no versions: add a BucketVersioning/,
  },
  {
    policy: 'bucket-lifecycle',
    what: 'no lifecycle',
    change: without(s3('LifecycleConfiguration'), 'data-lifecycle'),
    says: /data-bucket has no lifecycle rule.*add a BucketLifecycleConfiguration/,
  },
  {
    policy: 'bucket-access-logs',
    what: 'no access logs',
    change: without(s3('Logging'), 'data-logging'),
    says: /data-bucket writes no access logs: add a BucketLogging/,
  },
  {
    policy: 'bucket-https-only',
    what: 'no policy',
    change: without(s3('Policy'), 'data-policy'),
    says: /data-bucket takes plain HTTP: deny/,
  },
  {
    policy: 'bucket-https-only',
    what: 'HTTP denied to one role only',
    change: inputs(
      s3('Policy'),
      'data-policy',
      document('policy', ({ Statement }) => {
        for (const one of Statement) {
          if (one.Condition?.Bool?.['aws:SecureTransport'])
            one.Principal = { AWS: 'arn:aws:iam::111111111111:role/one' };
        }
      }),
    ),
    says: /data-bucket takes plain HTTP/,
  },
  {
    policy: 'bucket-https-only',
    what: 'HTTP denied from one network only',
    change: inputs(
      s3('Policy'),
      'data-policy',
      document('policy', ({ Statement }) => {
        for (const one of Statement) {
          if (one.Condition?.Bool?.['aws:SecureTransport'])
            one.Condition.IpAddress = { 'aws:SourceIp': '192.0.2.0/24' };
        }
      }),
    ),
    says: /data-bucket takes plain HTTP/,
  },
  {
    policy: 'bucket-no-inline-arguments',
    what: 'versioning inline',
    change: inputs(BUCKET, 'data-bucket', (bucket) => {
      bucket.versioning = { enabled: true };
    }),
    says: /data-bucket sets versioning inline: use/,
  },
];

const KEYS: Break[] = [
  {
    policy: 'key-rotates',
    what: 'a key that never rotates',
    change: inputs(KEY, 'data-key', (key) => {
      key.enableKeyRotation = false;
    }),
    says: /data-key never rotates: set enableKeyRotation/,
  },
  {
    policy: 'key-names-roles',
    what: 'no policy',
    change: inputs(KEY, 'logs-key', (key) => {
      delete key.policy;
    }),
    says: /logs-key has no policy.*write one/,
  },
  {
    policy: 'key-names-roles',
    what: 'the whole account may decrypt',
    change: inputs(
      KEY,
      'data-key',
      statement({ Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'kms:*', Resource: '*' }),
    ),
    says: /data-key, Slipped: the whole account may .*name roles/,
  },
  {
    policy: 'key-names-roles',
    what: 'anybody may decrypt',
    change: inputs(KEY, 'data-key', statement({ Principal: '*', Action: 'kms:Decrypt', Resource: '*' })),
    says: /data-key, Slipped: the key is anybody's: name/,
  },
  ...[
    { key: 'serverSideEncryption', value: { enabled: false }, says: /not encrypted with KMS: set/ },
    {
      key: 'serverSideEncryption',
      value: { enabled: true },
      says: /the key of AWS: set serverSideEncryption.kmsKeyArn/,
    },
    { key: 'pointInTimeRecovery', value: { enabled: false }, says: /cannot be brought back: set/ },
    { key: 'deletionProtectionEnabled', value: false, says: /can be deleted: set deletionProtectionEnabled/ },
  ].map(({ key, value, says }) => ({
    policy: 'table-safe',
    what: `${key} = ${JSON.stringify(value)}`,
    change: first(TABLE, (table) => {
      table[key] = value;
    }),
    says,
  })),
];

const trustOf = (change: (statement: Inputs) => void) =>
  document('assumeRolePolicy', ({ Statement }) => change(Statement[0]));

const ROLES: Break[] = [
  {
    policy: 'role-no-full-access',
    what: 'a managed policy that grants a whole service',
    change: first(ATTACHMENT, (attachment) => {
      attachment.policyArn = 'arn:aws:iam::aws:policy/AmazonSageMakerFullAccess';
    }),
    says: /attaches AmazonSageMakerFullAccess: write a policy/,
  },
  {
    policy: 'role-no-full-access',
    what: "a boundary as a role's own policy",
    change: first(ATTACHMENT, (attachment) => {
      attachment.policyArn = 'arn:aws:iam::333333333333:policy/pilotlight-prod-boundary';
    }),
    says: /attaches pilotlight-prod-boundary: write a policy/,
  },
  ...['*', 's3:*'].map((action) => ({
    policy: 'role-no-star-action',
    what: `the action ${action}`,
    change: first(ROLE_POLICY, statement({ Action: [action], Resource: ['arn:aws:s3:::one'] })),
    says: /Slipped: allows (s3:)?\*: name the actions/,
  })),
  {
    policy: 'role-no-star-action',
    what: 'all actions but some',
    change: first(ROLE_POLICY, statement({ NotAction: ['iam:CreateUser'], Resource: ['arn:aws:s3:::one'] })),
    says: /Slipped: allows all but some/,
  },
  {
    policy: 'role-star-resource-with-reason',
    what: 'a resource * that has no reason',
    change: first(ROLE_POLICY, statement({ Action: ['s3:GetObject'], Resource: ['*'] })),
    says: /Slipped: s3:GetObject on \*: name the resources, or give the reason/,
  },
  {
    policy: 'role-star-resource-with-reason',
    what: 'all resources but some',
    change: first(ROLE_POLICY, statement({ Action: ['s3:GetObject'], NotResource: ['arn:aws:s3:::one'] })),
    says: /Slipped: allows all resources but some/,
  },
  {
    policy: 'role-pass-role-bound',
    what: 'a role passed to any service',
    change: first(
      ROLE_POLICY,
      statement({ Action: ['iam:PassRole'], Resource: ['arn:aws:iam::333333333333:role/one'] }),
    ),
    says: /Slipped: passes roles to any service: add a condition on iam:PassedToService/,
  },
  {
    policy: 'role-pass-role-bound',
    what: 'any role passed',
    change: first(
      ROLE_POLICY,
      statement({
        Action: ['iam:Pass*'],
        Resource: ['arn:aws:iam::333333333333:role/*'],
        Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      }),
    ),
    says: /Slipped: passes any role: name the roles/,
  },
  {
    policy: 'role-trust-bound',
    what: 'a service that may come from any account',
    change: inputs(
      ROLE,
      'sagemaker',
      trustOf((trust) => {
        delete trust.Condition;
      }),
    ),
    says: /sagemaker: sagemaker\.amazonaws\.com may take it for any account: add/,
  },
  {
    policy: 'role-trust-bound',
    what: 'a role that anybody may take',
    change: inputs(
      ROLE,
      'states',
      trustOf((trust) => {
        trust.Principal = { AWS: '*' };
      }),
    ),
    says: /states: anybody may take it: name a service/,
  },
  {
    policy: 'role-oidc-exact',
    what: 'any audience',
    change: inputs(
      ROLE,
      'deploy',
      trustOf(({ Condition }) => {
        delete Condition.StringEquals[`${GITHUB}:aud`];
      }),
    ),
    says: /deploy: any audience is taken: compare/,
  },
  {
    policy: 'role-oidc-exact',
    what: 'a subject with a star',
    change: inputs(
      ROLE,
      'deploy',
      trustOf((trust) => {
        trust.Condition = {
          StringEquals: { [`${GITHUB}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${GITHUB}:sub`]: 'repo:example/*' },
        };
      }),
    ),
    says: /deploy: the subject is not exact: compare/,
  },
  {
    policy: 'role-oidc-exact',
    what: 'prod deployed from the main branch',
    change: inputs(
      ROLE,
      'deploy',
      trustOf(({ Condition }) => {
        Condition.StringEquals[`${GITHUB}:sub`] = 'repo:example/pilotlight:ref:refs/heads/main';
      }),
    ),
    says: /deploy: repo:example\/pilotlight:ref:refs\/heads\/main may deploy to prod: only/,
  },
];

/** Changes every job of the pipeline, in whatever branch. */
const jobs = (change: (asked: Inputs) => void) =>
  first(
    PIPELINE,
    document('pipelineDefinition', ({ Steps }) => {
      const walk = (steps: Inputs[] = []): void => {
        for (const { Type, Arguments = {} } of steps) {
          walk(Arguments.IfSteps);
          walk(Arguments.ElseSteps);
          if (Type === 'Processing' || Type === 'Training') change(Arguments);
        }
      };
      walk(Steps);
    }),
  );
const clusterOf = (asked: Inputs): Inputs => asked.ResourceConfig ?? asked.ProcessingResources.ClusterConfig;

/** Changes every job of the churn machine, in whatever branch. */
const machineJobs = (change: (asked: Inputs) => void) =>
  first(
    MACHINE,
    document('definition', ({ States }) => {
      const walk = (states: Inputs): void => {
        for (const state of Object.values(states) as Inputs[]) {
          for (const inner of [...(state.Branches ?? []), state.ItemProcessor].filter(Boolean)) walk(inner.States);
          if (/sagemaker:create(Processing|Training)Job/.test(state.Resource))
            change(state.Parameters ?? state.Arguments);
        }
      };
      walk(States);
    }),
    ({ definition }) => /sagemaker:create(Processing|Training)Job/.test(definition),
  );

const JOBS: Break[] = [
  {
    policy: 'job-closed-and-bounded',
    what: 'a job outside of the VPC',
    change: jobs((asked) => {
      delete asked.VpcConfig;
      delete asked.NetworkConfig;
    }),
    says: /outside of the VPC: give VpcConfig/,
  },
  {
    policy: 'job-closed-and-bounded',
    what: 'a volume without a key',
    change: jobs((asked) => {
      delete clusterOf(asked).VolumeKmsKeyId;
    }),
    says: /volume without a key: give VolumeKmsKeyId/,
  },
  {
    policy: 'job-closed-and-bounded',
    what: 'an output without a key',
    change: jobs((asked) => {
      delete (asked.OutputDataConfig ?? asked.ProcessingOutputConfig).KmsKeyId;
    }),
    says: /output without a key: give KmsKeyId/,
  },
  {
    policy: 'job-closed-and-bounded',
    what: 'a job without an end',
    change: jobs((asked) => {
      delete asked.StoppingCondition;
    }),
    says: /may run for ever: give StoppingCondition/,
  },
  {
    policy: 'job-closed-and-bounded',
    what: 'hosts that speak in the clear',
    change: jobs((asked) => {
      clusterOf(asked).InstanceCount = 2;
      delete asked.EnableInterContainerTrafficEncryption;
      if (asked.NetworkConfig) delete asked.NetworkConfig.EnableInterContainerTrafficEncryption;
    }),
    says: /several hosts speak in the clear: set/,
  },
  {
    policy: 'job-closed-and-bounded',
    what: 'a job of a state machine without an end',
    change: machineJobs((asked) => {
      delete asked.StoppingCondition;
    }),
    says: /may run for ever: give StoppingCondition/,
  },
  {
    policy: 'instance-allowed',
    what: 'a large machine outside of prod',
    stack: 'dev',
    change: jobs((asked) => {
      clusterOf(asked).InstanceType = 'ml.p4d.24xlarge';
    }),
    says: /ml\.p4d\.24xlarge is not in pilotlight:instanceTypes: use ml\./,
  },
  {
    policy: 'instance-allowed',
    what: 'a large machine in a state machine outside of prod',
    stack: 'dev',
    change: machineJobs((asked) => {
      clusterOf(asked).InstanceType = 'ml.p4d.24xlarge';
    }),
    says: /ml\.p4d\.24xlarge is not in pilotlight:instanceTypes/,
  },
];

const SPACES: Break[] = [
  {
    policy: 'instance-allowed',
    what: 'a large notebook outside of prod',
    stack: 'dev',
    change: first('aws:sagemaker/space:Space', ({ spaceSettings }) => {
      spaceSettings.codeEditorAppSettings.defaultResourceSpec.instanceType = 'ml.g5.48xlarge';
    }),
    says: /ml\.g5\.48xlarge is not in pilotlight:instanceTypes/,
  },
];

const IMAGES: Break[] = [
  {
    policy: 'registry-immutable-and-scanned',
    what: 'tags that move',
    change: inputs(REPOSITORY, 'pipeline-images', (repository) => {
      repository.imageTagMutability = 'MUTABLE';
    }),
    says: /pipeline-images: tags can be moved: set imageTagMutability/,
  },
  {
    policy: 'registry-immutable-and-scanned',
    what: 'pushes that nobody scans',
    change: inputs(REPOSITORY, 'lambda-images', (repository) => {
      delete repository.imageScanningConfiguration;
    }),
    says: /lambda-images: pushes are not scanned: set/,
  },
  {
    policy: 'image-by-digest',
    what: 'a function by tag',
    change: first(FUNCTION, (made) => {
      made.imageUri = 'repository:latest';
    }),
    says: /repository:latest: name it as REPOSITORY@sha256:DIGEST/,
  },
  {
    policy: 'image-by-digest',
    what: 'a container by tag',
    change: first(
      TASK,
      document('containerDefinitions', (containers) => {
        containers[0].image = 'repository:v1';
      }),
    ),
    says: /repository:v1: name it as REPOSITORY@sha256:DIGEST/,
  },
  {
    policy: 'image-by-digest',
    what: 'a job by tag',
    change: jobs((asked) => {
      if (asked.AppSpecification) asked.AppSpecification.ImageUri = 'repository:v2';
      else asked.AlgorithmSpecification.TrainingImage = 'repository:v2';
    }),
    says: /repository:v2: name it as REPOSITORY@sha256:DIGEST/,
  },
];

const EDGE: Break[] = [
  {
    policy: 'listener-https',
    what: 'old TLS',
    change: first(
      LISTENER,
      (listener) => {
        listener.sslPolicy = 'ELBSecurityPolicy-2016-08';
      },
      isHttps,
    ),
    says: /takes old TLS \(ELBSecurityPolicy-2016-08\): set sslPolicy/,
  },
  {
    policy: 'listener-https',
    what: 'pages over plain HTTP',
    change: first(
      LISTENER,
      (listener) => {
        listener.defaultActions = [{ type: 'forward', targetGroupArn: 'arn' }];
      },
      isHttp,
    ),
    says: /serves plain HTTP: make its only action a redirect/,
  },
  {
    policy: 'listener-signs-in',
    what: 'nobody asked who they are',
    change: (resources) => {
      for (const { inputs } of [...of(resources, LISTENER), ...of(resources, 'aws:lb/listenerRule:ListenerRule')]) {
        const key = inputs.defaultActions ? 'defaultActions' : 'actions';
        inputs[key] = [{ type: 'forward', targetGroupArn: 'arn' }];
      }
      return undefined;
    },
    says: /lets everybody through: put authenticate-oidc before forward/,
  },
  {
    policy: 'balancer-hardened',
    what: 'invalid headers passed on',
    change: first(BALANCER, (balancer) => {
      delete balancer.dropInvalidHeaderFields;
    }),
    says: /passes invalid headers on: set dropInvalidHeaderFields/,
  },
  {
    policy: 'balancer-hardened',
    what: 'no access logs',
    change: first(BALANCER, (balancer) => {
      balancer.accessLogs.enabled = false;
    }),
    says: /writes no access logs: set accessLogs/,
  },
  {
    policy: 'ingress-closed',
    what: 'a rule for the world',
    change: first(INGRESS, (rule) => {
      rule.cidrIpv4 = '0.0.0.0/0';
    }),
    says: /lets 0\.0\.0\.0\/0 in: name networks, or set openToTheWorld/,
  },
  {
    policy: 'ingress-closed',
    what: 'a group for the world of IPv6, inline',
    change: first(GROUP, (group) => {
      group.ingress = [{ protocol: 'tcp', fromPort: 443, toPort: 443, ipv6CidrBlocks: ['::/0'] }];
    }),
    says: /lets ::\/0 in: name networks/,
  },
  {
    policy: 'service-private',
    what: 'a public address',
    change: first(SERVICE, (service) => {
      service.networkConfiguration.assignPublicIp = true;
    }),
    says: /has public addresses: leave assignPublicIp out/,
  },
  {
    policy: 'service-private',
    what: 'a failed deployment kept',
    change: first(SERVICE, (service) => {
      delete service.deploymentCircuitBreaker;
    }),
    says: /keeps a failed deployment: set deploymentCircuitBreaker/,
  },
  {
    policy: 'task-logs-and-secrets',
    what: 'a container without logs',
    change: first(
      TASK,
      document('containerDefinitions', (containers) => {
        delete containers[0].logConfiguration;
      }),
    ),
    says: /writes no logs: set logConfiguration/,
  },
  {
    policy: 'task-logs-and-secrets',
    what: 'a secret in the environment',
    change: first(
      TASK,
      document('containerDefinitions', (containers) => {
        containers[0].environment = [{ name: 'CLIENT_SECRET', value: 'a secret' }];
      }),
    ),
    says: /has CLIENT_SECRET in its environment: give it under secrets/,
  },
];

const ORCHESTRATION: Break[] = [
  {
    policy: 'machine-logs-and-traces',
    what: 'errors alone are logged',
    change: first(MACHINE, (machine) => {
      machine.loggingConfiguration.level = 'ERROR';
    }),
    says: /logs too little: set loggingConfiguration/,
  },
  {
    policy: 'machine-logs-and-traces',
    what: 'no traces',
    change: first(MACHINE, (machine) => {
      delete machine.tracingConfiguration;
    }),
    says: /does not trace: set tracingConfiguration/,
  },
  {
    policy: 'function-dead-letters',
    what: 'a function that loses what failed',
    change: first(FUNCTION, (made) => {
      delete made.deadLetterConfig;
    }),
    says: /loses what failed: set deadLetterConfig/,
  },
  {
    policy: 'schedule-dead-letters',
    what: 'a schedule that loses what it could not start',
    change: first(SCHEDULE, ({ target }) => {
      delete target.deadLetterConfig;
    }),
    says: /loses what it could not start: set deadLetterConfig/,
  },
  {
    policy: 'log-group-kept-and-encrypted',
    what: 'logs kept for ever',
    change: first(LOGS, (group) => {
      delete group.retentionInDays;
    }),
    says: /keeps logs for ever: set retentionInDays/,
  },
  {
    policy: 'log-group-kept-and-encrypted',
    what: 'logs under the key of AWS',
    change: first(LOGS, (group) => {
      delete group.kmsKeyId;
    }),
    says: /the key of AWS: set kmsKeyId/,
  },
  {
    policy: 'connector-trusts-known-hosts',
    what: 'any host trusted',
    change: first(CONNECTOR, ({ sftpConfig }) => {
      sftpConfig.trustedHostKeys = [];
    }),
    says: /trusts any host: set sftpConfig.trustedHostKeys/,
  },
  {
    policy: 'secret-under-key',
    what: 'a secret under the key of AWS',
    change: (resources) => [...resources, added('aws:secretsmanager/secret:Secret', 'slipped', { name: 'x' })],
    says: /slipped uses the key of AWS: set kmsKeyId/,
  },
  {
    policy: 'secret-under-key',
    what: 'a secret that the program writes',
    change: (resources) => [
      ...resources,
      added('aws:secretsmanager/secretVersion:SecretVersion', 'slipped', { secretString: 'x' }),
    ],
    says: /slipped puts a secret into Pulumi's state: let a person write it/,
  },
];

const UPKEEP: Break[] = [
  {
    policy: 'budget-set',
    what: 'no budget',
    change: (resources) => resources.filter(({ type }) => type !== BUDGET),
    says: /no budget with notifications: add/,
  },
  {
    policy: 'studio-stops-idle',
    what: 'a notebook that runs for ever',
    change: first(DOMAIN, (domain) => {
      delete domain.defaultUserSettings.codeEditorAppSettings.appLifecycleManagement;
    }),
    says: /codeEditorAppSettings run for ever: set/,
  },
  ...[BUCKET, TABLE, KEY, REPOSITORY, DOMAIN].map((type) => ({
    policy: 'data-protected',
    what: `a ${type.split(':').at(-1)} of prod without protection`,
    change: first(type, (_, resource) => {
      resource.protect = false;
    }),
    says: /holds data and is not protected: pass protect/,
  })),
  {
    policy: 'data-not-forced-away',
    what: 'a bucket of prod that is deleted with its data',
    change: inputs(BUCKET, 'data-bucket', (bucket) => {
      bucket.forceDestroy = true;
    }),
    says: /data-bucket sets forceDestroy: leave it out in prod/,
  },
];

function added(type: string, name: string, made: Inputs): CapturedResource {
  const [stack] = stacks.get('prod') ?? [];
  assert.ok(stack);
  return {
    ...structuredClone(stack),
    type,
    name,
    urn: `urn:pulumi:prod::pilotlight::${type}::${name}`,
    inputs: made,
    custom: true,
  };
}

const BREAKS = [...BUCKETS, ...KEYS, ...ROLES, ...JOBS, ...SPACES, ...IMAGES, ...EDGE, ...ORCHESTRATION, ...UPKEEP];
const said = (violations: readonly Violation[]) => violations.map(({ policy, message }) => `${policy}: ${message}`);

for (const stack of STACKS) {
  test(`${stack} keeps every policy`, () => {
    const resources = copyOf(stack);
    assert.ok(resources.length > 100, `${resources.length} resources`);
    assert.equal(said(judge(securityBaseline(factsOfStack(stack)), resources)), []);
  });
}

for (const { policy, what, stack = 'prod', change, says } of BREAKS) {
  test(`${policy}: ${what}`, () => {
    const resources = copyOf(stack);
    const broken = change(resources) ?? resources;
    const violations = judge(securityBaseline(factsOfStack(stack)), broken);
    const own = violations.filter((violation) => violation.policy === policy);
    assert.ok(own.length > 0, `nothing said; others said: ${said(violations).join('\n')}`);
    assert.ok(
      own.some(({ message }) => says.test(message)),
      said(own).join('\n'),
    );
  });
}

test('every policy is broken by some test, is mandatory, and names its line', () => {
  const policies = securityBaseline(factsOfStack('prod'));
  const broken = new Set(BREAKS.map(({ policy }) => policy));
  assert.equal(
    policies.map(({ name }) => name).filter((name) => !broken.has(name)),
    [],
  );
  assert.is(new Set(policies.map(({ name }) => name)).size, policies.length);
  const lines = new Set(policies.map(({ description }) => /\(security baseline, line (\d+)\)$/.exec(description)?.[1]));
  assert.equal(
    [...lines].map(Number).sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  for (const { enforcementLevel } of policies) assert.is(enforcementLevel, 'mandatory');
});

test('what a preview cannot know yet passes, and does not stop the rest', () => {
  const policies = securityBaseline(factsOfStack('prod'));
  const resources = copyOf('prod');
  one(
    resources,
    s3('ServerSideEncryptionConfiguration'),
    'data-encryption',
  ).inputs.rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId = UNKNOWN;
  one(resources, KEY, 'data-key').inputs.policy = UNKNOWN;
  one(resources, s3('Policy'), 'data-policy').inputs.policy = UNKNOWN;
  for (const { inputs: made } of of(resources, PIPELINE)) made.pipelineDefinition = UNKNOWN;
  assert.equal(said(judge(policies, resources)), []);
  one(resources, KEY, 'data-key').inputs.enableKeyRotation = false;
  assert.is(judge(policies, resources).length, 1);
});

test("a stack that says so may be open to the world, and an adopted bucket is its owner's", () => {
  const resources = copyOf('staging');
  const rule = of(resources, INGRESS)[0];
  assert.ok(rule);
  rule.inputs.cidrIpv4 = '0.0.0.0/0';
  const facts = factsOfStack('staging');
  assert.is(judge(securityBaseline(facts), resources).length, 1);
  assert.equal(judge(securityBaseline({ ...facts, openToTheWorld: true }), resources), []);
  const bare = copyOf('staging').filter(({ name }) => name !== 'data-versioning');
  const adoptedBuckets = [one(bare, BUCKET, 'data-bucket').inputs.bucket];
  assert.is(judge(securityBaseline(facts), bare).length, 1);
  assert.equal(judge(securityBaseline({ ...facts, adoptedBuckets }), bare), []);
});

test.run();
