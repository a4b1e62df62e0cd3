import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TRUST } from '../../infra/iam/index.ts';
import { contextOf, STACKS, type Stack } from './mocks.ts';
import { evaluate, type Job, job, jobs, type Placed, ROOT, said, workflow, workflows } from './workflowFiles.ts';

const none = (faults: string[]) => assert.equal(faults, []);
const at = ({ workflow: { file }, name }: Placed) => `${file} ${name}`;
const expression = (inner: string) => `\${{ ${inner} }}`;
const stepsOf = ({ job: { steps = [] } }: Placed) => steps;

/** Jobs that ask for a role of AWS. */
const takesRole = ({ job: one }: Placed) => /role-to-assume|AWS_ROLE_ARN|_role\b/.test(said(one));

test('the five workflows, and nothing else', () => {
  assert.equal(
    workflows.map(({ file }) => file),
    ['ci.yml', 'deploy.yml', 'images.yml', 'preview.yml', 'retrain.yml'],
  );
});

test('every action is pinned by a full commit, with its version beside it', () => {
  const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;
  const uses = jobs.flatMap((one) =>
    [one.job.uses, ...stepsOf(one).map((step) => step.uses)].flatMap((used) => used ?? []),
  );
  assert.ok(uses.length > 20);
  none(uses.filter((used) => !pinned.test(used) && !used.startsWith('./.github/workflows/')));
  const lines = workflows.flatMap(({ file, text }) => text.split('\n').map((line) => `${file}: ${line.trim()}`));
  const pins = lines.filter((line) => /uses: [^.]/.test(line));
  none(pins.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)));
});

test('one version of an action everywhere', () => {
  const versions = new Map<string, Set<string>>();
  for (const [, action = '', commit = ''] of workflows.flatMap(({ text }) => [
    ...text.matchAll(/uses: ([^.@\s][^@\s]*)@(\w+)/g),
  ])) {
    versions.set(action, (versions.get(action) ?? new Set()).add(commit));
  }
  none([...versions].filter(([, commits]) => commits.size > 1).map(([action]) => action));
});

test('no key is stored anywhere: no secret is read, OIDC alone', () => {
  for (const { file, text } of workflows) {
    assert.not(/\bsecrets\.|secrets:\s*inherit/.test(text), `${file} reads a secret`);
    assert.not(
      /AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|aws-access-key-id|AKIA[0-9A-Z]{16}/i.test(text),
      file,
    );
  }
});

test('a workflow may do nothing until a job says what it needs, and no job writes contents', () => {
  for (const { file, permissions } of workflows) assert.equal(permissions, {}, file);
  const allowed = new Set(['contents: read', 'id-token: write', 'pull-requests: write', 'actions: read']);
  for (const one of jobs) {
    const given = Object.entries(one.job.permissions ?? {}).map(([what, how]) => `${what}: ${how}`);
    assert.ok(given.length > 0, `${at(one)} states no permissions`);
    none(given.filter((permission) => !allowed.has(permission)).map((permission) => `${at(one)}: ${permission}`));
  }
});

test('an identity is asked for where a role is taken, and nowhere else', () => {
  for (const one of jobs) {
    const asks = one.job.permissions?.['id-token'] === 'write';
    assert.is(asks, takesRole(one) || one.job.uses !== undefined, at(one));
  }
});

test('comments are written by a job that runs nothing of the pull request', () => {
  const writers = jobs.filter((one) => one.job.permissions?.['pull-requests'] === 'write');
  assert.equal(writers.map(at), ['preview.yml comment']);
  for (const one of writers) {
    assert.equal(Object.keys(one.job.permissions ?? {}), ['pull-requests']);
    assert.not(/actions\/checkout|npm |node /.test(said(one.job)));
  }
});

test('code of a fork never meets an identity', () => {
  for (const { file, on } of workflows) assert.not('pull_request_target' in on || 'workflow_run' in on, file);
  const { if: condition } = job('preview', 'preview');
  assert.is(condition, 'github.event.pull_request.head.repo.full_name == github.repository');
});

test('a checkout leaves no token behind, and packages run no scripts beside a role', () => {
  for (const one of jobs) {
    for (const step of stepsOf(one).filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      assert.is(step.with?.['persist-credentials'], false, at(one));
    }
    if (takesRole(one)) assert.match(said(one.job), /npm ci [^"]*--ignore-scripts/, at(one));
  }
});

test('nothing that others write is put into a script: expressions stay in env and with', () => {
  none(
    jobs.flatMap((one) => stepsOf(one).flatMap(({ run = '' }) => (run.includes('${{') ? [`${at(one)}: ${run}`] : []))),
  );
});

test('a step fails when any part of it does', () => {
  for (const { file, defaults } of workflows) assert.is(defaults?.run?.shell, 'bash', file);
});

test('runners by label, ubuntu-latest where nobody says otherwise; no job is without an end', () => {
  for (const one of jobs.filter(({ job: { uses } }) => uses === undefined)) {
    assert.is(one.job['runs-on'], expression("vars.RUNNER || 'ubuntu-latest'"), at(one));
    assert.ok((one.job['timeout-minutes'] ?? 0) > 0 && (one.job['timeout-minutes'] ?? 0) <= 360, at(one));
  }
  assert.match(workflow('ci').text, /Settings > Secrets and variables > Actions > Variables/);
});

test('an update is never cancelled: one a stack at a time, in turn', () => {
  for (const name of ['deploy', 'images', 'retrain']) {
    const { concurrency } = workflow(name);
    assert.is(concurrency?.['cancel-in-progress'], false, name);
    assert.match(concurrency?.group ?? '', /inputs\.stack/);
  }
  for (const { file, concurrency } of workflows) assert.ok(concurrency?.group, file);
});

test('when each runs', () => {
  assert.equal(workflow('ci').on, { push: { branches: ['main'] }, pull_request: null });
  assert.equal(workflow('preview').on, { pull_request: null });
  assert.equal(Object.keys(workflow('deploy').on), ['push', 'workflow_dispatch']);
  assert.equal(workflow('deploy').on.push, { branches: ['main'] });
  assert.equal(Object.keys(workflow('images').on), ['workflow_dispatch', 'workflow_call']);
  assert.is(job('deploy', 'images').uses, './.github/workflows/images.yml');
  assert.equal(workflow('retrain').on.schedule, [{ cron: '0 6 * * 1' }]);
});

test('prod is updated in the environment prod, after a preview, and only where somebody reviews', () => {
  const updates = jobs.filter((one) => /pulumi (up|destroy)/.test(said(one.job)));
  assert.equal(
    updates.map(({ name }) => name),
    ['up-dev', 'up-staging', 'up-prod', 'destroy-dev'],
  );
  const { environment, if: condition, needs } = job('deploy', 'up-prod');
  assert.is(environment, 'prod');
  assert.is(condition, "inputs.stack == 'prod'");
  assert.equal(needs, ['images', 'preview']);
  assert.is(job('deploy', 'preview').needs, 'images');
  assert.is(job('deploy', 'images').needs, 'guard');
  assert.match(said(job('deploy', 'guard')), /required_reviewers/);
  assert.match(workflow('deploy').text, /Required reviewers/);
  for (const stack of ['dev', 'staging', 'prod']) {
    const run = (condition_: string | undefined) => evaluate(condition_ ?? '', { inputs: { stack } });
    const running = ['up-dev', 'up-staging', 'up-prod'].filter((name) => run(job('deploy', name).if));
    assert.equal(running, [`up-${stack}`]);
  }
  assert.is(evaluate(job('deploy', 'up-dev').if ?? '', { inputs: {} }), true, 'a push deploys dev');
  assert.is(evaluate(job('deploy', 'up-prod').if ?? '', { inputs: {} }), false, 'a push never deploys prod');
});

test('dev alone is destroyed, by hand', () => {
  const destroyer = job('deploy', 'destroy-dev');
  const condition = destroyer.if ?? '';
  const when = (event_name: string, action: string, stack: string) =>
    evaluate(condition, { github: { event_name }, inputs: { action, stack } });
  assert.is(when('workflow_dispatch', 'destroy', 'dev'), true);
  assert.is(when('workflow_dispatch', 'up', 'dev'), false);
  assert.is(when('push', '', ''), false);
  for (const stack of ['staging', 'prod']) assert.is(when('workflow_dispatch', 'destroy', stack), false);
  assert.match(said(destroyer), /pulumi destroy --stack dev /);
});

test('the guard lets main pass, refuses other branches, destroying what is not dev, and a prod without reviewers', () => {
  const [step] = job('deploy', 'guard').steps ?? [];
  const guard = (more: Record<string, string>, reviewers: string) => {
    const script = `gh() { echo ${reviewers}; }\n${step?.run}`;
    const env = {
      PATH: process.env.PATH,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REPOSITORY: 'o/n',
      ACTION: 'up',
      STACK: 'dev',
    };
    return spawnSync('bash', ['-eo', 'pipefail', '-c', script], { env: { ...env, ...more }, encoding: 'utf8' });
  };
  assert.is(guard({}, '0').status, 0);
  assert.is(guard({ STACK: 'prod' }, '1').status, 0);
  assert.is(guard({ ACTION: 'destroy' }, '0').status, 0);
  const refused: [Record<string, string>, RegExp][] = [
    [{ GITHUB_REF: 'refs/heads/other' }, /not main/],
    [{ STACK: 'prod' }, /no required reviewers/],
    [{ STACK: 'prod', ACTION: 'destroy' }, /prod is not destroyed/],
    [{ STACK: 'staging', ACTION: 'destroy' }, /staging is not destroyed/],
  ];
  for (const [more, why] of refused) {
    const { status, stdout } = guard(more, '0');
    assert.is(status, 1, JSON.stringify(more));
    assert.match(stdout, why);
  }
});

test('pull requests are previewed for every stack, by the role that reads, with the policies', () => {
  const preview = job('preview', 'preview');
  assert.equal(preview.strategy?.matrix?.stack, [...STACKS]);
  assert.match(said(preview), /steps\.facts\.outputs\.preview_role/);
  assert.not(/deploy_role/.test(workflow('preview').text));
  assert.match(said(preview), /pulumi preview --stack \\"\$STACK\\" --diff --policy-pack infra\/policies/);
  assert.not(/pulumi (up|destroy|refresh|import|state)/.test(workflow('preview').text));
  assert.match(said(preview), /actions\/upload-artifact@/);
  const deploying = jobs.filter((one) => /pulumi (up|preview)/.test(said(one.job)));
  for (const one of deploying) assert.match(said(one.job), /--policy-pack infra\/policies/, at(one));
});

test('images: plain linux/amd64, tagged by the commit, never by a tag that moves, scanned before anything uses them', () => {
  const builds = jobs.flatMap((one) =>
    stepsOf(one).filter(({ uses }) => uses?.startsWith('docker/build-push-action@')),
  );
  assert.is(builds.length, 2);
  for (const { with: given } of builds) {
    assert.equal([given?.platforms, given?.provenance, given?.sbom], ['linux/amd64', false, false]);
  }
  assert.equal(
    builds.map(({ with: given }) => [given?.push, given?.tags]),
    [
      [false, undefined],
      [
        true,
        `${expression('steps.facts.outputs.registry')}/${expression('steps.there.outputs.repository')}:${expression('github.sha')}`,
      ],
    ],
  );
  for (const name of ['ci', 'images']) assert.not(/:latest\b/.test(workflow(name).text));
  const names = (steps: Job['steps']) => (steps ?? []).map(({ name, uses }) => name ?? uses ?? '');
  const order = names(job('images', 'build').steps);
  assert.ok(order.indexOf('Build and push') < order.indexOf('Scan, and stop at what is critical'));
  for (const image of ['pipeline', 'lambda', 'dashboard']) {
    assert.match(said(job('deploy', 'preview')), new RegExp(`pilotlight:images\\.${image}`));
  }
});

/** Who a job says it is, as GitHub's token has it: for each stack it may run for. */
function subjectOf({ workflow: { on }, job: { environment } }: Placed, stack: Stack, repository: string): string {
  const name = typeof environment === 'object' ? environment.name : (environment ?? '');
  const where = name.startsWith('${{') ? String(evaluate(name, { inputs: { stack } })) : name;
  if (where !== '') return `repo:${repository}:environment:${where}`;
  return `repo:${repository}:${'pull_request' in on ? 'pull_request' : 'ref:refs/heads/main'}`;
}

/** Stacks that a job may run for: the matrix's, the one of its name, or whatever it is asked for. */
function stacksOf({ name, job: { strategy } }: Placed): Stack[] {
  const matrix = strategy?.matrix?.stack as Stack[] | undefined;
  const named = STACKS.filter((stack) => name.endsWith(`-${stack}`));
  return matrix ?? (named.length > 0 ? named : [...STACKS]);
}

for (const one of jobs.filter(takesRole)) {
  test(`${at(one)}: AWS lets it take the role that it asks for`, () => {
    const role = /preview_role/.test(said(one.job)) || one.job.env?.ROLE === 'preview_role' ? 'preview' : 'deploy';
    for (const stack of stacksOf(one)) {
      const context = contextOf(stack);
      const [statement] = TRUST[role](context).Statement;
      const trusted = [statement.Condition.StringEquals?.['token.actions.githubusercontent.com:sub'] ?? []].flat();
      const subject = subjectOf(one, stack, context.settings.github.repository);
      assert.ok(trusted.includes(subject), `${stack}: ${role} trusts ${trusted.join(', ')}, not ${subject}`);
    }
  });
}

test('the retraining has a name in the manifest that the stack itself would give it', () => {
  const follow = job('retrain', 'retrain').steps?.at(-1)?.run ?? '';
  assert.match(follow, /date -u \+%Y-%m-%dT06:00:00Z/);
  const script = `${follow.slice(0, follow.indexOf('execution=$('))}\necho "$input"`;
  const env = {
    PATH: process.env.PATH,
    AWS_WEB_IDENTITY_TOKEN_FILE: '/dev/null/none',
    GITHUB_RUN_ID: '12345678901',
    GITHUB_RUN_ATTEMPT: '2',
    EVENT: 'schedule',
  };
  const { stdout, stderr } = spawnSync('bash', ['-c', script.replace(/^refresh$/m, '').replace('trap ', ': ')], {
    env,
    encoding: 'utf8',
  });
  const input = JSON.parse(stdout || `"${stderr}"`);
  assert.match(input.run_id, /^[A-Za-z0-9-]{1,36}$/);
  assert.match(input.file_key, /^retrain\/\d{4}-\d\d-\d\dT06:00:00Z$/);
  assert.is(input.mode, 'train');
});

const actionlint = spawnSync('actionlint', ['-version'], { encoding: 'utf8' });
if (actionlint.status === 0) {
  test('actionlint finds nothing', () => {
    const { status, stdout } = spawnSync('actionlint', { cwd: ROOT, encoding: 'utf8' });
    assert.is(status, 0, stdout);
  });
} else {
  test.skip('actionlint finds nothing: it is not here (go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)');
}

test.run();
