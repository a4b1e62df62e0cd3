import { z } from 'zod';

const STACKS = ['dev', 'staging', 'prod'] as const;

const text = z.string().min(1);
const arn = (service: string) => z.string().regex(new RegExp(`^arn:aws:${service}:`), `an ARN of ${service}`);
const id = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `an id as ${prefix}-0123456789abcdef0`);
const byDigest = z
  .string()
  .regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, 'an image by digest: REPOSITORY@sha256:..., never by tag');
const s3Uri = z.string().regex(/^s3:\/\/[^/\s]+(\/[^/\s]+)+$/, 's3://BUCKET/PREFIX, no slash at the end');
const email = z.email();
const instance = z.string().regex(/^ml\.[a-z0-9]+\.[a-z0-9]+$/, 'an instance type as ml.m5.large');
const schedule = z.string().regex(/^(cron|rate)\(.+\)$/, 'cron(...) or rate(...)');
const days = z.int().positive();
const existing = <T extends z.ZodRawShape>(shape: T) => z.strictObject({ existing: z.strictObject(shape) });

/** a.b.c.d/n, each part within its bounds. */
const cidr = z.string().refine(isCidr, 'a CIDR block as 10.20.0.0/16');

const Network = z.union([
  z.strictObject({
    create: z.strictObject({
      cidr: cidr
        .refine(
          (value) => maskOf(value) >= 16 && maskOf(value) <= 20,
          '/16 to /20: AWS takes no larger one, and subnets are cut out of it',
        )
        .refine(hasNoHostBits, 'the address of the network itself: bits behind the mask are 0'),
      zones: z.int().min(2).max(3),
      /** None: jobs reach AWS by endpoints alone. */
      natGateways: z.int().min(0).max(3),
    }),
  }),
  existing({
    vpcId: id('vpc'),
    privateSubnetIds: z.array(id('subnet')).min(2),
    publicSubnetIds: z.array(id('subnet')).min(2),
  }),
]);

const Storage = z.strictObject({
  dataBucket: z.union([z.strictObject({ create: z.literal(true) }), existing({ name: text })]),
  forceDestroy: z.boolean(),
  bronzeToInfrequentAfterDays: days.min(30, 'S3 moves nothing before 30 days').default(90),
  scoredExpiresAfterDays: days.default(365),
  tmpExpiresAfterDays: days.default(7),
});

const Studio = z.strictObject({
  domain: z.union([
    z.strictObject({ create: z.literal(true) }),
    existing({ domainId: z.string().regex(/^d-[a-z0-9]+$/) }),
  ]),
  networkAccess: z.enum(['PublicInternetOnly', 'VpcOnly']),
  users: z.array(z.string().regex(/^[a-zA-Z0-9-]{1,63}$/)).min(1),
  instanceType: instance.default('ml.t3.medium'),
  volumeGb: z.int().min(5).max(16384).default(30),
  idleStopMinutes: z.int().min(60).max(525600).default(60),
});

const Tracking = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('app') }),
  z.strictObject({ kind: z.literal('server'), size: z.enum(['Small', 'Medium', 'Large']), version: text }),
]);

const Jobs = z.strictObject({
  processingInstanceType: instance,
  trainingInstanceType: instance,
  volumeGb: z.int().min(10).max(16384),
  timeLimitMinutes: z.int().min(5).max(7200),
});

const Segmentation = z.strictObject({
  ...Jobs.shape,
  schedule,
  timezone: text.default('Europe/Madrid'),
  driftThreshold: z.number().positive().default(0.25),
  /** What drift is measured against, and the models of that run; none: cohorts of the same run, where they are configured. */
  baselineFeaturesUri: s3Uri.optional(),
  baselineModelsUri: s3Uri.optional(),
  failOnDrift: z.boolean().default(false),
});

const Churn = z.strictObject({
  ...Jobs.shape,
  retrainSchedule: schedule.default('cron(0 6 ? * MON *)'),
  timezone: text.default('UTC'),
});

const Ingest = z.strictObject({
  sftpUrl: z.string().regex(/^sftp:\/\/[^\s/]+$/, 'sftp://HOST'),
  /** The secret that a person makes: user name and private key. */
  secretArn: arn('secretsmanager'),
  trustedHostKeys: z
    .array(
      z.string().regex(/^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]+$/, '`type base64`, without a comment'),
    )
    .min(1),
  remoteFolder: z.string().startsWith('/'),
});

/** CPU units -> memory in MB that Fargate goes with them. */
export const FARGATE_MEMORY_MB: Record<256 | 512 | 1024, number[]> = {
  256: [512, 1024, 2048],
  512: [1024, 2048, 3072, 4096],
  1024: [2048, 3072, 4096, 5120, 6144, 7168, 8192],
};

const Dashboard = z.strictObject({
  certificateArn: arn('acm'),
  hostName: text,
  allowedCidrs: z.array(cidr).min(1),
  openToTheWorld: z.boolean().default(false),
  signIn: z.strictObject({
    issuer: z.url({ protocol: /^https$/ }),
    authorizationEndpoint: z.url({ protocol: /^https$/ }),
    tokenEndpoint: z.url({ protocol: /^https$/ }),
    userInfoEndpoint: z.url({ protocol: /^https$/ }),
    clientId: text,
    /** The secret that a person makes: the client's secret. */
    clientSecretArn: arn('secretsmanager'),
    /** What is asked of the provider, words between blanks; it must bring the claim of roles. */
    scope: text.default('openid email'),
    /** The claim that lists a person's groups. */
    rolesClaim: text.default('groups'),
  }),
  /** Groups that see personal data; none: it is masked for all. */
  personalDataRoles: z.array(text).default([]),
  cpu: z.union([z.literal(256), z.literal(512), z.literal(1024)]),
  memoryMb: z.int().min(512).max(8192),
  tasks: z.int().min(1).max(10),
});

const Monitoring = z.strictObject({
  emails: z.array(email),
  budgetUsdMonth: z.number().positive(),
  logRetentionDays: z.union([7, 14, 30, 60, 90, 180, 365].map((value) => z.literal(value))),
});

const GitHub = z.strictObject({
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'OWNER/NAME'),
  oidcProvider: z.union([z.strictObject({ create: z.literal(true) }), existing({ arn: arn('iam') })]),
  /** Who must approve a deployment; GitHub names. */
  reviewers: z.array(text),
});

const SettingsShape = z.strictObject({
  stack: z.enum(STACKS),
  region: z.string().regex(/^[a-z]{2}-[a-z]+-\d$/),
  accountId: z.string().regex(/^\d{12}$/, 'twelve digits'),
  owner: email,
  costCentre: text,
  /** Holds back `pulumi destroy` and replacement of what holds data. */
  protect: z.boolean(),
  images: z.strictObject({ pipeline: byDigest, lambda: byDigest, dashboard: byDigest }),
  network: Network,
  storage: Storage,
  studio: Studio.optional(),
  tracking: Tracking,
  segmentation: Segmentation,
  churn: Churn,
  ingest: Ingest.optional(),
  dashboard: Dashboard.optional(),
  monitoring: Monitoring,
  github: GitHub,
  /** Instance types that jobs may use; none: any. */
  instanceTypes: z.array(instance).min(1).optional(),
});
const SettingsSchema = SettingsShape.superRefine(checkTogether);

export type Settings = z.output<typeof SettingsShape>;
export type Stack = (typeof STACKS)[number];

/** All that is wrong with a stack's configuration, in one message. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Checks a stack's configuration before anything is made.
 *
 * @param values the keys of `Pulumi.<stack>.yaml` without their prefix, parsed
 * @throws SettingsError that lists every wrong key with what is wrong
 */
export function parseSettings(values: Record<string, unknown>): Settings {
  const parsed = SettingsSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(describe);
  throw new SettingsError(
    `configuration refused, ${faults.length} faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
  );
}

function describe(issue: z.core.$ZodIssue): string[] {
  const key = ['pilotlight', issue.path.join('.')].join(':');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((name) => `${key}${issue.path.length > 0 ? '.' : ''}${name}: no such key`);
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = closestOption(issue.errors);
    return inner.flatMap((one) => describe({ ...one, path: [...issue.path, ...one.path] }));
  }
  return [`${key}: ${issue.message}`];
}

/** Of the forms that a value may have, the one whose faults lie deepest: the one that was meant. */
function closestOption(options: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  return options.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
}

/** What one key alone cannot tell. */
function checkTogether(settings: Settings, context: z.RefinementCtx): void {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: path.split('.'), message });
  const { dashboard, network, segmentation, stack, studio } = settings;
  if ('create' in network && network.create.natGateways > network.create.zones) {
    refuse('network.create.natGateways', 'one a zone at most');
  }
  // The serverless app has no endpoint of its own inside a VPC.
  if ('create' in network && network.create.natGateways === 0 && settings.tracking.kind === 'app') {
    refuse(
      'network.create.natGateways',
      'jobs reach the MLflow app through the internet: give one, or use tracking.kind: server',
    );
  }
  if (dashboard?.allowedCidrs.includes('0.0.0.0/0') && !dashboard.openToTheWorld) {
    refuse('dashboard.allowedCidrs', '0.0.0.0/0 needs openToTheWorld: true beside it');
  }
  if (dashboard && !FARGATE_MEMORY_MB[dashboard.cpu].includes(dashboard.memoryMb)) {
    const sizes = FARGATE_MEMORY_MB[dashboard.cpu].join(', ');
    refuse('dashboard.memoryMb', `with cpu ${dashboard.cpu} Fargate has ${sizes}`);
  }
  if (segmentation.baselineModelsUri !== undefined && segmentation.baselineFeaturesUri === undefined) {
    refuse('segmentation.baselineModelsUri', 'is of the run of baselineFeaturesUri: give both');
  }
  if (stack !== 'prod') return;
  if (!settings.protect) refuse('protect', 'prod protects what holds data');
  if (settings.storage.forceDestroy) refuse('storage.forceDestroy', 'prod keeps its data');
  if (dashboard?.openToTheWorld) refuse('dashboard.openToTheWorld', 'prod is never open to the world');
  if (studio?.networkAccess === 'PublicInternetOnly') refuse('studio.networkAccess', 'prod is VpcOnly');
  if (settings.monitoring.emails.length === 0) refuse('monitoring.emails', 'somebody must hear the alarms of prod');
  if (settings.github.reviewers.length === 0) refuse('github.reviewers', 'a person must approve deployments to prod');
}

const maskOf = (block: string): number => Number(block.split('/')[1]);

function hasNoHostBits(block: string): boolean {
  if (!isCidr(block)) return true;
  const address =
    block
      .split('/')[0]
      ?.split('.')
      .reduce((sum, part) => sum * 256 + Number(part), 0) ?? 0;
  return address % 2 ** (32 - maskOf(block)) === 0;
}

function isCidr(value: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value);
  if (!match) return false;
  return match.slice(1, 5).every((part) => Number(part) <= 255) && Number(match[5]) <= 32;
}
