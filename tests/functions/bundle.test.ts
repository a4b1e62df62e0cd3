import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path, { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namesOf } from '../../infra/names.ts';
import { bundle, HANDLERS } from '../../packages/functions/bundle.ts';
import { hashes, remove, temporary } from '../folders.ts';
import { TEST_EVENT } from './bucketEvents.ts';

/** What Lambda takes unzipped is 250 MB; this is what a cold start should read. */
const BYTES_MAX = 1_000_000;
const BUNDLER = resolve(import.meta.dirname, '../../packages/functions/bundle.ts');

const folders = [temporary(), path.join(temporary(), 'deep/er')] as const;
const [first, second] = folders;

test.after(() => {
  for (const folder of folders) remove(folder);
});

/** Away from every node_modules, with nothing but what Lambda would give. */
function inLambda(script: string, env: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['-e', script], {
    cwd: first,
    encoding: 'utf8',
    env: { AWS_REGION: 'eu-west-1', ...env },
  });
}

test('one file and one map a function, the same bytes wherever they go', async () => {
  const written = await bundle(first);
  const expected = [...HANDLERS.flatMap((name) => [`${name}.cjs`, `${name}.cjs.map`]), 'licences.txt'].sort();
  assert.equal(
    written.map(({ name }) => name),
    expected,
  );
  assert.equal(readdirSync(first).sort(), expected);
  for (const { name, bytes } of written) if (name.endsWith('.cjs')) assert.ok(bytes < BYTES_MAX, `${name}: ${bytes}`);
  await bundle(second);
  assert.equal(hashes(second), hashes(first));
});

test('as many as the stack has functions, named as its images call them', () => {
  const storage = { dataBucket: { create: true } } as Parameters<typeof namesOf>[0]['storage'];
  const { functions } = namesOf({ stack: 'dev', accountId: '111111111111', region: 'eu-west-1', storage });
  assert.equal([...HANDLERS].sort(), Object.keys(functions).sort());
});

test('they load under plain Node, with nothing to import but its own modules', () => {
  for (const name of HANDLERS) {
    const { stdout, stderr, status } = inLambda(`
      const asked = new Set();
      const { Module } = require('node:module');
      const load = Module._load;
      Module._load = (id, ...rest) => { asked.add(id); return load(id, ...rest); };
      const { handler } = require('./${name}.cjs');
      console.log(JSON.stringify({ kind: typeof handler, asked: [...asked] }));`);
    assert.is(status, 0, stderr);
    const { kind, asked } = JSON.parse(stdout);
    assert.is(kind, 'function');
    assert.equal(
      asked.filter((id: string) => id !== `./${name}.cjs` && !isBuiltin(id)),
      [],
    );
    // A bracket before it: the text of an error that names a package nobody here has.
    const texts = readFileSync(path.join(first, `${name}.cjs`), 'utf8');
    const required = [...texts.matchAll(/(?<!\[)\brequire\("([^"]+)"\)/g)].map((match) => match[1] ?? '');
    assert.ok(required.length > 0);
    assert.equal(
      required.filter((id) => !isBuiltin(id)),
      [],
    );
  }
});

test('the licences of all that is in them stand beside them', () => {
  const licences = readFileSync(path.join(first, 'licences.txt'), 'utf8');
  for (const name of ['@aws-sdk/client-s3', 'yauzl', 'zod', 'pino', 'tar-stream', '@smithy/core'])
    assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ `, 'm'));
  assert.match(licences, /Apache License/);
  assert.match(licences, /Permission is hereby granted, free of charge/);
  assert.not.match(licences, /no licence/);
});

test('maps lead to sources of this repository, by paths that no machine has for itself', () => {
  for (const name of HANDLERS) {
    const { sources } = JSON.parse(readFileSync(path.join(first, `${name}.cjs.map`), 'utf8'));
    assert.ok(sources.includes(`../../packages/functions/${name}.ts`), sources.slice(0, 3));
    assert.equal(
      sources.filter((source: string) => !source.startsWith('../../')),
      [],
    );
  }
});

const CALL = `
  const invocation = { awsRequestId: 'request-1', getRemainingTimeInMillis: () => 30000 };
  require('./trigger.cjs').handler(JSON.parse(process.env.EVENT), invocation).then(
    (output) => console.log(JSON.stringify(output)),
    (error) => { console.log(JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: error.stack.split('\\n') })); },
  );`;
const ENVIRONMENT = {
  PILOTLIGHT_BUCKET: 'data',
  PILOTLIGHT_RAW_PREFIX: 'raw/churn/',
  PILOTLIGHT_TABLE: 'manifest',
  PILOTLIGHT_MACHINE_ARN: 'arn:aws:states:eu-west-1:111111111111:stateMachine:churn',
};

test('a bundled function answers, and every log line is JSON with the request’s id', () => {
  const { stdout, stderr } = inLambda(CALL, { ...ENVIRONMENT, EVENT: JSON.stringify(TEST_EVENT) });
  assert.equal(JSON.parse(stdout).runs, []);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(lines.length > 0);
  assert.ok(lines.every((line) => line.request_id === 'request-1' && line.function === 'trigger'));
});

test('what is not configured is named, in one line without a stack, in the log and in the answer', () => {
  const { PILOTLIGHT_TABLE: _, ...environment } = ENVIRONMENT;
  const env = { ...environment, PILOTLIGHT_RAW_PREFIX: '/raw', PILOTLIGHT_MACHINE_ARN: '', EVENT: '{}' };
  const { stdout, stderr } = inLambda(CALL, env);
  const { errorType, errorMessage, trace } = JSON.parse(stdout);
  assert.is(errorType, 'InputError');
  assert.match(errorMessage, /PILOTLIGHT_RAW_PREFIX is wrong \(a prefix as raw\/churn\/\)/);
  assert.match(errorMessage, /PILOTLIGHT_TABLE is not set, PILOTLIGHT_MACHINE_ARN is not set/);
  assert.equal(trace, [`InputError: ${errorMessage}`]);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(
    lines.map(({ level, msg, request_id, stack }) => [level, msg, request_id, stack]),
    [['error', errorMessage, 'request-1', undefined]],
  );
});

test('the bundler wants a folder', () => {
  const { status, stderr } = spawnSync(process.execPath, [BUNDLER], { encoding: 'utf8' });
  assert.is(status, 2);
  assert.match(stderr, /--out/);
  assert.is(stderr.trim().split('\n').length, 1);
});

test.run();
