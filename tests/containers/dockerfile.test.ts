import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PORT } from '../../infra/components/dashboardTask.ts';
import { listFiles, readText } from '../harness/tree.ts';
import { ROOT } from '../python.ts';

type Instruction = { name: string; text: string };
type Stage = { name: string; from: string; instructions: Instruction[] };

const stages = readStages(readText('Dockerfile'));
const stageNames = stages.map(({ name }) => name);
const all = stages.flatMap(({ name, instructions }) => instructions.map((one) => ({ stage: name, ...one })));
const none = (faults: string[]) => assert.equal(faults, []);

/** Comments dropped, continued lines joined. */
function readStages(text: string): Stage[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n');
  const found: Stage[] = [];
  for (const line of lines.filter((one) => one.trim() !== '')) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    assert.ok(name !== '', `not an instruction: ${line}`);
    const [, from = '', as = ''] = name === 'FROM' ? (/^(\S+) AS (\S+)$/.exec(rest) ?? []) : [];
    if (name === 'FROM') found.push({ name: as, from, instructions: [] });
    else found.at(-1)?.instructions.push({ name, text: rest.replaceAll(/\s+/g, ' ') });
  }
  return found;
}

/** A stage's instructions, those that it stands on first. */
function inherited(name: string): Instruction[] {
  const stage = stages.find((one) => one.name === name);
  return stage ? [...inherited(stage.from), ...stage.instructions] : [];
}

const last = (stage: string, name: string) => inherited(stage).findLast((one) => one.name === name)?.text;

test('the three images that the workflows build', () => {
  for (const target of ['pipeline', 'lambda', 'dashboard']) assert.ok(stageNames.includes(target), target);
  assert.is(new Set(stageNames).size, stages.length, 'a stage of each name');
  assert.not(stageNames.includes(''), 'every stage has a name');
});

test('bases: official images by exact tags, each named once', () => {
  const bases = stages.filter(({ from }) => from !== 'scratch' && !stageNames.includes(from));
  assert.equal(bases.map(({ name }) => name).sort(), ['lambda-node', 'node', 'rust']);
  none(bases.flatMap(({ instructions }) => instructions.map(({ text }) => text)));
  const [node = '', rust = '', lambda = ''] = ['node', 'rust', 'lambda-node'].map(
    (name) => bases.find((one) => one.name === name)?.from,
  );
  assert.match(node, /^docker\.io\/library\/node:24\.\d+\.\d+-bookworm-slim(@sha256:[0-9a-f]{64})?$/);
  assert.match(rust, /^docker\.io\/library\/rust:1\.\d+\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?$/);
  assert.match(lambda, /^public\.ecr\.aws\/lambda\/nodejs:24[\d.]*(@sha256:[0-9a-f]{64})?$/);
  assert.not(/:latest\b/.test(readText('Dockerfile')));
});

test('the versions are those that the repository asks for', () => {
  const from = (name: string) => stages.find((one) => one.name === name)?.from ?? '';
  const [, wanted] = /node_version=([\d.]+)/.exec(readText('dev')) ?? [];
  assert.ok(from('node').includes(`:${wanted}-`), `${from('node')}, where ./dev takes ${wanted}`);
  const [, needed = ''] = /rust-version = "([\d.]+)"/.exec(readText('native/Cargo.toml')) ?? [];
  const [, given = ''] = /:([\d.]+)/.exec(from('rust')) ?? [];
  assert.ok(given.localeCompare(needed, 'en', { numeric: true }) >= 0, `${given}, where the crates need ${needed}`);
});

test('nothing is fetched but packages, and no address is added', () => {
  none(all.filter(({ name }) => name === 'ADD').map(({ text }) => text));
  none(
    all.filter(({ text }) => /\b(curl|wget|git clone|https?:\/\/(?!127\.0\.0\.1))/.test(text)).map(({ text }) => text),
  );
});

test('packages by the lock file, their scripts not run, development packages only where bundles are made', () => {
  const installs = all.filter(({ text }) => /\bnpm\b/.test(text));
  assert.equal(
    installs.map(({ stage }) => stage),
    ['pipeline-modules', 'dashboard-modules', 'functions', 'runtime'],
  );
  for (const { stage, text } of installs.slice(0, 3)) {
    assert.match(text, /npm ci .*--ignore-scripts/, stage);
    assert.is(text.includes('--omit=dev'), stage !== 'functions', stage);
    assert.match(text, /--mount=type=cache,target=\/root\/\.npm/, stage);
  }
  assert.match(installs[3]?.text ?? '', /rm -rf .*node_modules/);
});

test('no secret is in it: no argument or variable that could be one, no credentials copied', () => {
  const kept = all.filter(({ name }) => name === 'ARG' || name === 'ENV' || name === 'LABEL');
  none(
    kept
      .filter(({ text }) => /pass(word|wd)|secret|token|credential|api_?key|AKIA/i.test(text))
      .map(({ text }) => text),
  );
  none(all.filter(({ name, text }) => name === 'ARG' && text !== 'REVISION=').map(({ text }) => text));
  none(
    all
      .filter(({ name, text }) => name === 'COPY' && /\.(env|npmrc|aws|pem|netrc)\b/.test(text))
      .map(({ text }) => text),
  );
});

test('what is copied into an image is there', () => {
  const own = all.filter(({ name, text }) => name === 'COPY' && !text.includes('--from='));
  assert.ok(own.length > 8);
  for (const { text } of own) {
    const sources = text
      .split(' ')
      .filter((word) => !word.startsWith('--'))
      .slice(0, -1);
    for (const source of sources) {
      assert.ok(existsSync(join(ROOT, source)), source);
      assert.ok(isSent(source), `${source} is ignored`);
    }
  }
  for (const { text } of all.filter(({ name }) => name === 'COPY')) {
    const [, stage] = /--from=(\S+)/.exec(text) ?? [];
    assert.ok(stage === undefined || stageNames.includes(stage), text);
  }
});

test('nothing names a processor', () => {
  none(all.filter(({ text }) => /amd64|x86_64|x64|arm64|aarch64/.test(text)).map(({ text }) => text));
  none(stages.filter(({ from }) => /amd64|x86_64|arm64/.test(from)).map(({ from }) => from));
});

test('pipeline: the one command, and root only until the folders are handed over', () => {
  assert.is(last('pipeline', 'ENTRYPOINT'), '["pilotlight"]');
  assert.is(last('pipeline', 'STOPSIGNAL'), 'SIGTERM');
  assert.match(JSON.parse(readText('pipelines/package.json')).bin.pilotlight, /cli\.ts$/);
  const script = readText('containers/pilotlight');
  const [becomes, ...rest] = [...script.matchAll(/^\s*exec .*$/gm)].map(([line]) => line.trim());
  assert.match(becomes ?? '', /^exec setpriv --reuid=node --regid=node --init-groups .*--no-new-privs node /);
  assert.equal(rest, ['exec node /app/pipelines/cli.ts "$@"']);
  assert.ok(statSync(join(ROOT, 'containers/pilotlight')).mode & 0o111);
  const checked = spawnSync('sh', ['-n', join(ROOT, 'containers/pilotlight')], { encoding: 'utf8' });
  assert.is(checked.status, 0, checked.stderr);
});

test('dashboard: an unprivileged user, the port of its task, a check of its health, one folder to write to', () => {
  assert.is(last('dashboard', 'USER'), 'node');
  assert.is(last('dashboard', 'VOLUME'), '/tmp');
  assert.is(last('dashboard', 'EXPOSE'), String(PORT));
  assert.match(
    inherited('dashboard')
      .map(({ text }) => text)
      .join('\n'),
    new RegExp(`PORT=${PORT}\\b`),
  );
  assert.match(last('dashboard', 'HEALTHCHECK') ?? '', /\/healthz/);
});

test('lambda: the handler that is run where a function names none', () => {
  assert.is(last('lambda', 'CMD'), '["trigger.handler"]');
  assert.match(last('lambda', 'COPY') ?? '', /\$\{LAMBDA_TASK_ROOT\}\//);
});

test('every image says what it was made of', () => {
  for (const target of ['pipeline', 'lambda', 'dashboard']) {
    const label = last(target, 'LABEL') ?? '';
    for (const key of ['title', 'description', 'licenses="Apache-2.0"', 'revision="$REVISION"']) {
      assert.ok(label.includes(`org.opencontainers.image.${key}`), `${target}: ${key}`);
    }
  }
});

const rules = readText('.dockerignore')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

/** Whether a file goes to the builder: the last rule that names it, or a folder that it is in, decides. */
function isSent(file: string): boolean {
  const folders = file.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  const rule = rules.findLast((one) => folders.some((path) => globOf(one.replace(/^!/, '')).test(path)));
  return rule?.startsWith('!') ?? true;
}

/** As the builder reads it: an asterisk also stands for names that begin with a full stop. */
function globOf(pattern: string): RegExp {
  const parts: Record<string, string> = { '**/': '(.+/)?', '*': '[^/]*' };
  const source = pattern.replaceAll(/\*\*\/|[.*+?^${}()|[\]\\]/g, (part) => parts[part] ?? `\\${part}`);
  return new RegExp(`^${source}$`);
}

test('the builder gets what images are made of, and nothing else', () => {
  const sent = [
    'dev',
    'package.json',
    'package-lock.json',
    'packages/text/weights.ts',
    'pipelines/cli.ts',
    'infra/package.json',
  ];
  none(sent.filter((file) => !isSent(file)));
  none(['native/Cargo.toml', 'native/addon/load.cjs', 'containers/pilotlight'].filter((file) => !isSent(file)));
  const kept = [
    ...['.git/config', '.github/workflows/ci.yml', 'out/demo/run.json', 'native/target/release/x', '.cache/python/x'],
    ...['node_modules/zod/index.js', 'packages/text/node_modules/x/index.js', 'native/addon/pilotlight.node'],
    ...[
      'tests/run.ts',
      'tests/golden/x.json',
      'infra/index.ts',
      'infra/cli.ts',
      'bench/run.ts',
      'docs/churn.md',
      'README.md',
    ],
    ...['.env', 'packages/text/.env', '.npmrc', 'pipelines/key.pem', 'Pulumi.prod.yaml'],
  ];
  none(kept.filter(isSent));
  const outside = listFiles().filter(
    (file) =>
      isSent(file) &&
      !/^(dev$|package(-lock)?\.json$|(containers|native|packages|pipelines)\/|infra\/package\.json$)/.test(file),
  );
  none(outside);
});

test('the workflows build these stages, each with its commit', () => {
  for (const name of ['ci', 'images']) {
    const text = readText(`.github/workflows/${name}.yml`);
    assert.match(text, /image: \[pipeline, lambda, dashboard\]/);
    assert.match(text, /build-args: REVISION=\$\{\{ github\.sha \}\}/);
  }
});

test('what is pushed stands on bases by digest: the step that looks them up finds all three', () => {
  const [, script = ''] =
    /- name: Bases by digest\n(?:.*\n)*? {8}run: \|\n((?: {10}.*\n)+)/.exec(readText('.github/workflows/images.yml')) ??
    [];
  const digest = `sha256:${'0'.repeat(64)}`;
  const stub = `docker() { echo '{"digest": "${digest}"}'; }; jq() { sed 's/.*: "//; s/"}//'; }; out=$(mktemp -d); trap 'rm -r "$out"' EXIT
    GITHUB_OUTPUT=$out/o; GITHUB_STEP_SUMMARY=$out/s; IMAGE=pipeline`;
  const told = spawnSync('bash', ['-eo', 'pipefail', '-c', `${stub}\n${script}\ncat "$out/o"`], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  assert.is(told.status, 0, told.stderr);
  const bases = ['node', 'rust', 'lambda-node'].map((name) => {
    const { from = '' } = stages.find((one) => one.name === name) ?? {};
    return `${name}=docker-image://${from.replace(/@.*/, '')}@${digest}`;
  });
  assert.is(told.stdout, ['contexts<<END', ...bases, 'END', ''].join('\n'));
  assert.match(readText('.github/workflows/images.yml'), /build-contexts: \$\{\{ steps\.bases\.outputs\.contexts \}\}/);
});

test.run();
