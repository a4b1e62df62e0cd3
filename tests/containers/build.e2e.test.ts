import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HANDLERS } from '../../packages/functions/bundle.ts';
import { hashes, remove, temporary } from '../folders.ts';
import { pilotlight } from '../pilotlight.ts';
import { python, ROOT, runPython, skip } from '../python.ts';
import { freePort, startMoto } from '../servers.ts';
import { type Kind, LAST_WORDS, makeJob, ownersOf, PLACES } from './jobTree.ts';
import { FULL, type Outcome, Workshop, whyNot } from './workshop.ts';

const AS_OF = '2026-01-06';
/** The user `node` of the image. */
const NODE = 1000;
const ML = '/opt/ml';

const reason = whyNot();
const at = temporary();
const workshop = reason === null ? new Workshop() : null;
test.after(() => {
  workshop?.close();
  remove(at);
});

/** `test` where containers can be made, else a skipped one that says why not. */
function inWorkshop(name: string, run: (shop: Workshop) => void): void {
  if (workshop) test(name, () => run(workshop));
  else skip(name, reason ?? '');
}

const said = ({ code, stdout, stderr }: Outcome) => `exit code ${code}\n${stdout}${stderr}`;
const shell = (shop: Workshop, script: string) => {
  const outcome = shop.run('pipeline', ['sh', '-c', script]);
  assert.is(outcome.code, 0, said(outcome));
  return outcome.stdout;
};
const jobEnv = { PILOTLIGHT_RUN_ID: 'container', PILOTLIGHT_EXECUTION_DATE: AS_OF };
Object.assign(process.env, jobEnv, { PILOTLIGHT_CODE_VERSION: 'test' });

inWorkshop('the pipeline image is made, and its own check of every native library runs', (shop) => {
  const made = shop.build('pipeline', python() ? { weights: tinyWeights() } : {});
  assert.is(made.code, 0, said(made));
  assert.match(made.stdout, /3 of 3 trees/);
  const [base = 0, start = 0] = ['true', 'pilotlight --version'].map((command) =>
    Math.min(...[1, 2, 3].map(() => shop.run('pipeline', command.split(' ')).duration_s)),
  );
  const packed = FULL ? `, ${mb(shop.packedSizeOf('pipeline'))} packed` : '';
  console.log(`pipeline: built in ${made.duration_s.toFixed(0)} s; ${mb(shop.sizeOf('pipeline'))} MB${packed}`);
  console.log(
    `pilotlight --version ${start.toFixed(2)} s from nothing, of which ${base.toFixed(2)} s for an empty container`,
  );
});

const mb = (bytes: number) => Math.round(bytes / 1e6);

inWorkshop('it says what it was made of, and how it is started and stopped', (shop) => {
  const { Entrypoint, Cmd, Labels, StopSignal, Env } = shop.configOf('pipeline');
  assert.equal([Entrypoint, Cmd, StopSignal], [['pilotlight'], ['--help'], 'SIGTERM']);
  assert.is(Labels['org.opencontainers.image.revision'], 'test');
  assert.equal(Env.map((line) => line.split('=')[0]).sort(), ['NODE_ENV', 'PATH', 'PILOTLIGHT_CODE_VERSION']);
  const help = shop.run('pipeline', ['pilotlight', '--help']);
  assert.is(help.code, 0, said(help));
  assert.match(help.stdout, /^Usage: pilotlight /);
  assert.is(help.stderr, '');
});

inWorkshop('nothing is left to build or install with, and nothing is there that no job needs', (shop) => {
  const tools = 'npm npx corepack yarn gcc g++ cc make cmake cargo rustc python3 git curl wget';
  assert.is(shell(shop, `for tool in ${tools}; do command -v "$tool" || :; done`), '');
  // A volume of the build leaves its mount point in every stage.
  const folders = `root/.npm root/.cache addon tmp/check var/cache/apt ${FULL ? '' : 'source'}`;
  assert.is(shell(shop, `cd /; for folder in ${folders}; do if [ -e "$folder" ]; then echo "$folder"; fi; done`), '');
  assert.is(shell(shop, 'find /var/lib/apt/lists -type f'), '');
  const top = shell(shop, 'ls -A /app').trim().split('\n');
  assert.equal(top, ['native', 'node_modules', 'package.json', 'packages', 'pipelines', 'weights']);
  const addon = shell(shop, 'find /app/native -type f -exec basename {} \\;').trim().split('\n').sort();
  assert.equal(addon, ['index.d.ts', 'load.cjs', 'package.json', 'pilotlight.node']);
  const own = `linux/${process.arch}`;
  const strange = shell(
    shop,
    `find /app/node_modules -name '*.node' -o -name '*.dylib' -o -name '*.dll' -o -name 'ort-*.wasm'`,
  );
  const others = strange
    .split('\n')
    .filter((line) => /darwin|win32|\.dylib|\.dll|wasm/.test(line) || (line.includes('napi-v') && !line.includes(own)));
  assert.equal(others, []);
  assert.is(shell(shop, 'find /app/node_modules -maxdepth 2 -iname "*pulumi*" -o -maxdepth 2 -iname "*biome*"'), '');
});

inWorkshop('the user that works can change nothing of the image', (shop) => {
  const pruned = '\\( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run \\) -prune';
  const find = `cd /; find . -xdev ${pruned} -o \\( -user node -o -perm -o+w ! -type l \\) -printf '%P\\n'`;
  const writable = shell(shop, find).trim().split('\n');
  const places = ['home/node', 'opt/ml', 'opt/ml/model', 'opt/ml/output', 'opt/ml/processing/output', 'tmp', 'var/tmp'];
  assert.equal(writable.filter((name) => !name.startsWith('home/node/')).sort(), places);
  const elsewhere = ['generate', 'segmentation', '--rows', '50', '--out', '/app/packages/new'];
  const refused = shop.run('pipeline', ['pilotlight', ...elsewhere]);
  assert.is.not(refused.code, 0, said(refused));
  assert.match(refused.stderr, /permission denied/);
});

inWorkshop('what works is `node`, for good: no rights of root and no way to new ones', (shop) => {
  const probe = makeJob(at, 'processing', {}, []);
  const script = `import { readFileSync } from 'node:fs';
    const wanted = /^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|NoNewPrivs):/;
    console.log(readFileSync('/proc/self/status', 'utf8').split('\\n').filter((line) => wanted.test(line)).join('\\n'), process.env.HOME);`;
  writeFileSync(join(probe, 'probe.mjs'), script);
  const env = { NODE_OPTIONS: `--import=${ML}/probe.mjs` };
  const { stdout } = shop.run('pipeline', ['pilotlight', '--version'], { mounts: { [ML]: probe }, env });
  assert.match(stdout, /^Uid:\s1000\s1000\s1000\s1000\nGid:\s1000\s1000\s1000\s1000\nGroups:\s1000\s*\n/);
  assert.match(stdout, /CapInh:\s0+\nCapPrm:\s0+\nCapEff:\s0+\nNoNewPrivs:\s1 \/home\/node\n0\.1\.0\n$/);
});

type Job = { kind: Kind; step: string; inputs: Record<string, string | null>; outputs: string[]; parameters: string[] };

/** One step's arguments, for folders wherever they are. */
function stepArguments(
  { step, inputs, outputs, parameters }: Job,
  place: Record<'input' | 'output', (key: string) => string>,
): string[] {
  return [
    ...['step', 'segmentation', step],
    ...Object.keys(inputs).flatMap((key) => ['--input', `${key}=${place.input(key)}`]),
    ...outputs.flatMap((key) => ['--output', `${key}=${place.output(key)}`]),
    ...parameters.flatMap((value) => ['--param', value]),
  ];
}

/** Runs it as SageMaker would. Returns the tree, too. */
function runAsJob(shop: Workshop, job: Job): { root: string; outcome: Outcome } {
  const { kind, inputs, outputs } = job;
  const root = makeJob(at, kind, inputs, outputs);
  const inside = {
    input: (key: string) => join(ML, PLACES[kind].input(key)),
    output: (key: string) => join(ML, PLACES[kind].output(key)),
  };
  const outcome = shop.run('pipeline', ['pilotlight', ...stepArguments(job, inside)], {
    mounts: { [ML]: root },
    env: jobEnv,
  });
  return { root, outcome };
}

/** Runs it outside. Returns the folder of the outputs. */
function runOutside(job: Job): string {
  const out = join(at, `outside-${job.step}`);
  const outside = { input: (key: string) => job.inputs[key] ?? '', output: (key: string) => join(out, key) };
  const outcome = pilotlight(...stepArguments(job, outside));
  assert.is(outcome.code, 0, outcome.stderr);
  return out;
}

inWorkshop("a processing job: the same bytes as outside, written by `node`, into mounts that are root's", (shop) => {
  const raw = join(at, 'raw');
  assert.is(pilotlight('generate', 'segmentation', '--rows', '400', '--out', raw).code, 0);
  const job: Job = {
    kind: 'processing',
    step: 'PreprocessSplit',
    inputs: { clie: join(raw, 'clie'), pola: join(raw, 'pola'), hfac: join(raw, 'hfac') },
    outputs: ['splits', 'cohorts'],
    parameters: [`ExecutionDate=${AS_OF}`, 'Mode=train'],
  };
  const { root, outcome } = runAsJob(shop, job);
  assert.is(outcome.code, 0, said(outcome));
  const written = join(root, 'processing/output');
  assert.ok(Object.keys(hashes(written)).length > 3);
  assert.equal(hashes(written), hashes(runOutside(job)));
  assert.equal(ownersOf(written), [NODE]);
  assert.equal(ownersOf(join(root, 'processing/input')), [0]);
});

inWorkshop('a training job: the same model as outside, in the folder that SageMaker takes', (shop) => {
  const splits = join(at, 'outside-PreprocessSplit/splits');
  const job: Job = {
    kind: 'training',
    step: 'TrainDomestic',
    inputs: { splits },
    outputs: ['model'],
    parameters: [`ExecutionDate=${AS_OF}`, 'ModelType=Domestic'],
  };
  const { root, outcome } = runAsJob(shop, job);
  assert.is(outcome.code, 0, said(outcome));
  const written = join(root, 'model');
  assert.ok(existsSync(join(written, 'model.tar.gz')));
  assert.equal(hashes(written), hashes(join(runOutside(job), 'model')));
  assert.equal(ownersOf(written), [NODE]);
});

for (const [kind, step, inputs, outputs] of [
  ['processing', 'PreprocessSplit', ['clie', 'pola', 'hfac'], ['splits', 'cohorts']],
  ['training', 'TrainDomestic', ['splits'], ['model']],
] as const) {
  inWorkshop(`bad input of a ${kind} job: exit code 2, and the reason in the file that SageMaker shows`, (shop) => {
    const empty = Object.fromEntries(inputs.map((key) => [key, null]));
    const job: Job = { kind, step, inputs: empty, outputs: [...outputs], parameters: [`ExecutionDate=${AS_OF}`] };
    const { root, outcome } = runAsJob(shop, job);
    assert.is(outcome.code, 2, said(outcome));
    const words = readFileSync(join(root, LAST_WORDS[kind]), 'utf8').trim();
    assert.match(words, new RegExp(`${inputs[0]}`));
    assert.not(words.includes('\n'));
    for (const key of outputs) assert.equal(readdirSync(join(root, PLACES[kind].output(key))), []);
  });
}

inWorkshop('started as another user, it works as that one and hands nothing over', (shop) => {
  const root = makeJob(at, 'processing', {}, ['made']);
  chownSync(join(root, 'processing/output/made'), 1234, 1234);
  const command = [
    'pilotlight',
    'generate',
    'segmentation',
    '--rows',
    '50',
    '--out',
    join(ML, 'processing/output/made'),
  ];
  const outcome = shop.run('pipeline', command, { mounts: { [ML]: root }, user: '1234:1234' });
  assert.is(outcome.code, 0, said(outcome));
  assert.equal(ownersOf(join(root, 'processing/output/made')), [1234]);
  assert.is(lstatSync(join(root, 'output')).uid, 0);
});

if (python() || workshop === null) {
  inWorkshop('weights that the image was given score texts, with what it has of ONNX Runtime', (shop) => {
    const script = `
      const { openSentiment } = await import('@pilotlight/text');
      const log = { info() {}, warn() {} };
      const scorer = await openSentiment({ weightsFolder: '/app/weights/tiny', log });
      const [score] = await scorer.score(['Happy!']);
      console.log(JSON.stringify({ kind: scorer.kind, name: scorer.name, score }));`;
    const file = join(at, 'score');
    mkdirSync(file);
    writeFileSync(join(file, 'score.mjs'), script);
    const outcome = shop.run('pipeline', ['node', '/app/packages/score/score.mjs'], {
      mounts: { '/app/packages/score': file },
      user: '1000:1000',
    });
    assert.is(outcome.code, 0, said(outcome));
    const { kind, name, score } = JSON.parse(outcome.stdout);
    assert.is(kind, 'model');
    assert.match(name, /^tiny-[0-9a-f]{12}$/);
    const total = Object.values(score as Record<string, unknown>)
      .filter((value) => typeof value === 'number')
      .reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(total - 1) < 1e-6, outcome.stdout);
  });
} else {
  skip('weights that the image was given score texts', 'no Python with tests/python/requirements.txt');
}

inWorkshop('the image of the functions: each handler a file that loads, and nothing beside them', (shop) => {
  const made = shop.build('lambda');
  assert.is(made.code, 0, said(made));
  const names = shop.run('lambda', ['ls', '/var/task']).stdout.trim().split('\n');
  assert.equal(names, [...HANDLERS.flatMap((name) => [`${name}.cjs`, `${name}.cjs.map`]), 'licences.txt'].sort());
  const script = `for (const name of ${JSON.stringify(HANDLERS)}) console.log(typeof require('/var/task/' + name + '.cjs').handler);`;
  const loaded = shop.run('lambda', ['node', '--eval', script], { user: '1234:1234' });
  assert.is(loaded.stdout, 'function\n'.repeat(HANDLERS.length), said(loaded));
  const size = `${mb(shop.sizeOf('lambda'))} MB on a base of Debian's, not AWS's`;
  console.log(`lambda: built in ${made.duration_s.toFixed(0)} s; ${size}`);
});

const DASHBOARD = 'the image of the dashboard: served by `node`, and its own check of its health says so';
const served = existsSync(join(ROOT, 'packages/dashboard/main.ts'));
if (workshop && served) {
  test(DASHBOARD, async () => {
    const made = workshop.build('dashboard');
    assert.is(made.code, 0, said(made));
    const { User, ExposedPorts, Healthcheck } = workshop.configOf('dashboard');
    assert.equal([User, Object.keys(ExposedPorts)], ['node', ['8080/tcp']]);
    const [, ...check] = Healthcheck.Test;
    const script = `node packages/dashboard/main.ts & server=$!
      for try in $(seq 30); do sleep 1; "$@" && break; done; code=$?; stat --format=%U /proc/$server; kill $server; exit $code`;
    // An empty bucket: runs will come. One that cannot be read would stop it.
    const moto = await startMoto();
    const body =
      '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
    await fetch(`${moto.url}/pilotlight-data`, { method: 'PUT', body });
    const env = {
      ...moto.env,
      ...{ HOST: '127.0.0.1', PORT: String(await freePort()), PILOTLIGHT_DATA_BUCKET: 'pilotlight-data' },
      ...{ PILOTLIGHT_STACK: 'dev' },
    };
    const outcome = workshop.run('dashboard', ['sh', '-c', script, 'sh', ...check], { env });
    await moto.stop();
    assert.is(outcome.code, 0, said(outcome));
    assert.match(outcome.stdout, /^node$/m);
    console.log(`dashboard: built in ${made.duration_s.toFixed(0)} s; ${mb(workshop.sizeOf('dashboard'))} MB`);
  });
} else {
  skip(DASHBOARD, reason ?? 'packages/dashboard has no main.ts');
}

/** A folder of weights for the image: a tiny model of the right form under `tiny/`. */
function tinyWeights(): string {
  const folder = join(at, 'weights');
  runPython('make_tiny_model.py', [], {
    folder: join(folder, 'tiny'),
    models: [{ file: 'onnx/model.onnx', seed: 11 }],
    texts: [],
  });
  return folder;
}

test.run();
