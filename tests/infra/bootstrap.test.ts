import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { accountTemplate } from '../../infra/bootstrap/accountTemplate.ts';
import { backendOf } from '../../infra/bootstrap/backend.ts';
import { firstRolePolicies, firstRoleTemplate } from '../../infra/bootstrap/firstRoleTemplate.ts';
import { formatTemplate } from '../../infra/bootstrap/formatTemplate.ts';
import { bootstrapScript } from '../../infra/bootstrap/script.ts';
import { secretsOf, valuesOf } from '../../infra/bootstrap/secrets.ts';
import { parseStack, readContext } from '../../infra/bootstrap/stackContext.ts';
import { boundaryOf, sizeOf, stateOf } from '../../infra/iam/index.ts';
import { contextOf, type Inputs, STACKS } from './mocks.ts';
import { ROOT } from './workflowFiles.ts';

const platform = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(ROOT, 'infra', 'cli.ts'), ...args], { encoding: 'utf8' });

const bash = (args: string[], env: Record<string, string> = {}) =>
  spawnSync('bash', args, { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });

/** Templates as they stand in the script, by the name of their file. */
function templatesIn(script: string): Record<string, Inputs> {
  const found = script.matchAll(/cat > "\$templates\/([\w-]+)\.json" <<'TEMPLATE'\n([\s\S]*?)\nTEMPLATE\n/g);
  return Object.fromEntries([...found].map(([, name, text]) => [name ?? '', JSON.parse(text ?? '')]));
}

for (const stack of STACKS) {
  test(`bootstrap --print --stack ${stack}: a shell script with both templates, within what CloudFormation takes`, () => {
    const { status, stdout, stderr } = platform('bootstrap', '--print', '--stack', stack);
    assert.is(status, 0, stderr);
    assert.is(stderr, '');
    assert.is(stdout, bootstrapScript(contextOf(stack)));
    assert.is(bash(['-n', '-c', stdout]).status, 0);
    const templates = templatesIn(stdout);
    assert.equal(templates.account, JSON.parse(JSON.stringify(accountTemplate(contextOf(stack)))));
    assert.equal(templates['first-role'], JSON.parse(JSON.stringify(firstRoleTemplate(contextOf(stack)))));
    for (const template of Object.values(templates)) {
      assert.ok(Buffer.byteLength(formatTemplate(template)) < 51_200, 'CloudFormation takes 51,200 bytes');
    }
    const { bucket, keyAlias, url, secretsProvider } = backendOf(contextOf(stack));
    for (const text of [
      bucket,
      keyAlias,
      url,
      secretsProvider,
      'oidc-provider/token.actions',
      `pilotlight-${stack}-bootstrap`,
    ]) {
      assert.ok(stdout.includes(text), text);
    }
  });
}

test('the script: refuses the wrong account and a missing administrator before it makes anything, and makes in order', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bootstrap-'));
  try {
    const script = path.join(folder, 'bootstrap.sh');
    const log = path.join(folder, 'log');
    writeFileSync(script, bootstrapScript(contextOf('prod')));
    const aws = `#!/bin/bash
echo "$@" >> ${log}
case "$1 $2" in
  'sts get-caller-identity') echo "$ACCOUNT" ;;
  'iam get-open-id-connect-provider' | 'iam get-role') exit 255 ;;
esac
`;
    writeFileSync(path.join(folder, 'aws'), aws, { mode: 0o755 });
    const run = (env: Record<string, string>) => {
      writeFileSync(log, '');
      const ended = bash([script], { PATH: `${folder}:${process.env.PATH}`, ...env });
      const calls = bash(['-c', `cat ${log}`])
        .stdout.trim()
        .split('\n');
      return { ...ended, calls };
    };
    const administrator = { ADMINISTRATOR_ARN: 'arn:aws:iam::333333333333:role/admin' };
    const anonymous = run({ ACCOUNT: '333333333333' });
    assert.ok(anonymous.status !== 0);
    assert.match(anonymous.stderr, /ADMINISTRATOR_ARN: set it to the role or user/);
    assert.equal(anonymous.calls, ['']);
    const foreign = run({ ...administrator, ACCOUNT: '999999999999' });
    assert.is(foreign.status, 2);
    assert.match(foreign.stderr, /stack prod lives in 333333333333/);
    assert.is(foreign.calls.length, 1);
    const made = run({ ...administrator, ACCOUNT: '333333333333' });
    assert.is(made.status, 0, made.stderr);
    const verbs = made.calls.map((call) => call.split(' ').slice(0, 4).join(' '));
    assert.equal(
      verbs.filter((verb) => /deploy|create/.test(verb)),
      [
        'cloudformation deploy --stack-name pilotlight-account',
        'cloudformation deploy --stack-name pilotlight-prod-bootstrap',
        'iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
      ],
    );
    assert.ok(
      made.calls.some((call) => call.includes('MakeGitHubProvider=false')),
      'the stack makes it',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an identity provider that is adopted is made here, unless the account has it', () => {
  const arn = 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com';
  const github = { ...contextOf('dev').settings.github, oidcProvider: { existing: { arn } } };
  const script = bootstrapScript(contextOf('dev', { github }));
  assert.match(
    script,
    /make_provider=true\nif aws iam get-open-id-connect-provider --open-id-connect-provider-arn arn:aws:iam::111111111111/,
  );
  const { GitHubProvider } = templatesIn(script).account?.Resources ?? {};
  assert.is(GitHubProvider.Condition, 'WithGitHubProvider');
  assert.is(GitHubProvider.Properties.Url, 'https://token.actions.githubusercontent.com');
});

test('state: versioned, encrypted by a key that rotates, closed to all, kept whatever happens', () => {
  const { Resources } = accountTemplate(contextOf('prod')) as Inputs;
  const { StateBucket, StateKey, StateBucketPolicy, StateKeyAlias } = Resources;
  for (const kept of [StateBucket, StateKey]) assert.is(kept.DeletionPolicy, 'Retain');
  const { Properties: bucket } = StateBucket;
  assert.is(bucket.BucketName, stateOf(contextOf('prod')).bucket);
  assert.is(bucket.VersioningConfiguration.Status, 'Enabled');
  assert.equal(Object.values(bucket.PublicAccessBlockConfiguration), [true, true, true, true]);
  const [rule] = bucket.BucketEncryption.ServerSideEncryptionConfiguration;
  assert.is(rule.ServerSideEncryptionByDefault.SSEAlgorithm, 'aws:kms');
  assert.is(StateKey.Properties.EnableKeyRotation, true);
  assert.is(StateKeyAlias.Properties.AliasName, stateOf(contextOf('prod')).keyAlias);
  const denied = StateBucketPolicy.Properties.PolicyDocument.Statement.map(
    ({ Sid, Effect }: Inputs) => `${Effect} ${Sid}`,
  );
  assert.equal(denied, ['Deny DenyPlainHttp', 'Deny DenyOldTls']);
  for (const { Sid, Action, Condition } of StateKey.Properties.KeyPolicy.Statement as Inputs[]) {
    const uses = (Action as string[]).some((action) =>
      /kms:(\*|Decrypt|Encrypt|GenerateDataKey|CreateGrant)/.test(action),
    );
    assert.is(uses, Condition !== undefined, `${Sid}: who uses the key is named`);
  }
});

test('the first role: a deployment and its guards, within limits, with no wildcard action and no way to anything else', () => {
  for (const stack of STACKS) {
    const context = contextOf(stack);
    const policies = Object.entries(firstRolePolicies(context));
    assert.ok(policies.length <= 10, 'a role has at most ten managed policies');
    for (const [name, document] of policies)
      assert.ok(sizeOf(document) <= 6144, `${stack} ${name}: ${sizeOf(document)} of 6,144`);
    const statements = policies.flatMap(([, { Statement }]) => Statement);
    assert.ok(statements.every(({ Effect }) => Effect === 'Allow'));
    assert.equal(
      statements.filter(({ Action }) => Action.some((action) => /^\*$|^\w+:\*$/.test(action))),
      [],
    );
    const first = firstRolePolicies(context).first?.Statement ?? [];
    assert.not(first.some(({ Resource }) => Resource.includes('*')));
    const may = (action: string, resource: string) =>
      first.some(({ Action, Resource }) => Action.includes(action) && Resource.includes(resource));
    assert.ok(may('iam:CreateRole', context.names.roles.deploy.arn));
    assert.ok(may('iam:CreatePolicy', boundaryOf(context).arn));
    assert.not(may('iam:CreateRole', context.names.roles.sagemaker.arn), 'roles of work are made under the boundary');
    assert.not(JSON.stringify(first).includes('GetSecretValue'), 'who makes a secret does not read it');
  }
});

test('the first role is for the administrator named, never for GitHub', () => {
  const { FirstRole } = (firstRoleTemplate(contextOf('prod')) as Inputs).Resources;
  const [statement, ...others] = FirstRole.Properties.AssumeRolePolicyDocument.Statement;
  assert.equal(others, []);
  assert.equal(statement.Principal, { AWS: { Ref: 'AdministratorArn' } });
  assert.is(statement.Action, 'sts:AssumeRole');
});

test('what comes next: keys and repositories first, secrets before what reads them, reviewers before deployments', () => {
  const prod = bootstrapScript(contextOf('prod'));
  const steps = [
    'pulumi login',
    'energy:security:Keys',
    'platform secrets --stack prod',
    '--policy-pack',
    'environments/prod',
  ];
  const places = steps.map((step) => prod.indexOf(step));
  assert.equal(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(
    places.every((place) => place > 0),
    places.join(),
  );
  assert.match(prod, /leave pilotlight:ingest and pilotlight:dashboard out/);
  assert.match(prod, /gh api users\/head-of-data --jq \.id/);
  const dev = bootstrapScript(contextOf('dev'));
  assert.match(dev, /the stack needs none that a person makes/);
  assert.not(dev.includes('leave pilotlight:'));
  assert.not(dev.includes('create-service-linked-role'), 'no service of ECS in dev');
});

test('secrets: one request for all stacks, or for one', () => {
  const all = platform('secrets');
  assert.is(all.status, 0, all.stderr);
  for (const text of ['dev: no secrets', 'pilotlight-staging/sftp', 'pilotlight-prod/dashboard-sign-in']) {
    assert.ok(all.stdout.includes(text), text);
  }
  const prod = platform('secrets', '--stack', 'prod');
  assert.is(prod.status, 0, prod.stderr);
  assert.not(prod.stdout.includes('staging'));
  assert.match(prod.stdout, /pilotlight:ingest\.secretArn/);
  assert.match(prod.stdout, /https:\/\/customers\.example\.com\/oauth2\/idpresponse/);
  assert.match(prod.stdout, /GitHub holds no secret/);
});

test('secrets --json: name, what it holds, format, who needs it, command; every secret of the configuration is there', () => {
  const { status, stdout } = platform('secrets', '--json');
  assert.is(status, 0);
  const { secrets, values } = JSON.parse(stdout);
  assert.equal(
    secrets,
    STACKS.flatMap((stack) => secretsOf(contextOf(stack))),
  );
  assert.equal(
    values,
    STACKS.flatMap((stack) => valuesOf(contextOf(stack))),
  );
  for (const stack of STACKS) {
    const arns = [
      ...JSON.stringify(contextOf(stack).settings).matchAll(/arn:aws:secretsmanager:[^"]+:secret:([^"]+)-\w{6}"/g),
    ];
    const listed = secrets.filter((secret: Inputs) => secret.stack === stack).map(({ name }: Inputs) => name);
    assert.equal(listed.sort(), arns.map(([, name]) => name).sort(), stack);
  }
});

test('commands take secrets from a file or a pipe, under the key of the stack, and hold nothing but placeholders', () => {
  for (const { command, name, stack } of secretsOf(contextOf('prod'))) {
    assert.match(command, new RegExp(`--name ${name} `));
    assert.match(command, new RegExp(`--kms-key-id alias/pilotlight-${stack}-data`));
    assert.match(command, /--secret-string file:\/\/\/dev\/stdin/);
    assert.match(command, /[A-Z]+_FILE/);
    assert.is(bash(['-n', '-c', command]).status, 0, command);
  }
});

test('facts: what workflows ask for, as GitHub takes outputs', () => {
  const { status, stdout } = platform('facts', '--stack', 'staging');
  assert.is(status, 0);
  const facts = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  assert.is(facts.deploy_role, 'arn:aws:iam::222222222222:role/pilotlight-staging-github-deploy');
  assert.is(facts.backend, 's3://pilotlight-state-222222222222?region=eu-west-1&awssdk=v2');
  assert.is(facts.source, 's3://pilotlight-staging-data-222222222222/source/pilotlight.tar.gz');
  const workflows = bash(['-c', `cat ${ROOT}/.github/workflows/*.yml`]).stdout;
  const asked = [...workflows.matchAll(/steps\.facts\.outputs\.(\w+)/g)].map(([, name]) => String(name));
  assert.equal(
    asked.filter((name) => !(name in facts)),
    [],
  );
});

const REFUSED: [string[], RegExp][] = [
  [['bootstrap', '--print', '--stack', 'live'], /no stack is called "live": give --stack dev \| staging \| prod/],
  [['bootstrap', '--print'], /no stack is named: give --stack/],
  [['bootstrap', '--stack', 'dev'], /only prints, a person runs it: add --print/],
  [['secrets', '--stack', 'PROD'], /no stack is called "PROD"/],
  [['secrets', '--print'], /secrets takes no --print/],
  [['facts'], /no stack is named/],
  [['facts', '--stack', 'dev', '--json'], /facts takes no --json/],
  [['destroy'], /no command is called "destroy": platform bootstrap \| secrets \| facts/],
  [['toString'], /no command is called "toString"/],
  [[], /no command: platform/],
  [['secrets', 'facts'], /one command at a time/],
  [['secrets', '--all'], /Unknown option '--all'/],
  [['secrets', '--stack'], /--stack/],
];
for (const [args, why] of REFUSED) {
  test(`platform ${args.join(' ') || '(nothing)'}: one line, exit 2`, () => {
    const { status, stdout, stderr } = platform(...args);
    assert.is(status, 2, stderr);
    assert.is(stdout, '');
    assert.match(stderr, why);
    assert.is(stderr.trim().split('\n').length, 1, stderr);
    assert.match(stderr, /^pilotlight: /);
  });
}

test('--help tells of every command, exit 0', () => {
  const { status, stdout } = platform('--help');
  assert.is(status, 0);
  for (const command of ['bootstrap', 'secrets', 'facts']) assert.ok(stdout.includes(command));
});

test('a stack is read as Pulumi reads it; a missing or wrong file is told', () => {
  for (const stack of STACKS) assert.equal(readContext(ROOT, stack).settings, contextOf(stack).settings);
  assert.throws(() => parseStack(undefined), /no stack is named/);
  const folder = mkdtempSync(path.join(tmpdir(), 'stack-'));
  try {
    assert.throws(() => readContext(folder, 'dev'), /Pulumi\.dev\.yaml is missing/);
    writeFileSync(path.join(folder, 'Pulumi.dev.yaml'), 'config:\n  pilotlight:reigon: eu-west-1\n');
    assert.throws(() => readContext(folder, 'dev'), /pilotlight:reigon: no such key/);
    writeFileSync(path.join(folder, 'Pulumi.dev.yaml'), '');
    assert.throws(() => readContext(folder, 'dev'), /pilotlight:region/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what is printed is JSON still, whatever its width', () => {
  const template = accountTemplate(contextOf('dev'));
  assert.equal(parse(formatTemplate(template)), JSON.parse(JSON.stringify(template)));
});

test.run();
