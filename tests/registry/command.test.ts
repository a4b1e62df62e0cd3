import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { openLocalRegistry } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeFolder, requestOf, sha256 } from './folder.ts';

const CLI = path.resolve(import.meta.dirname, '../../pipelines/cli.ts');

let { at, remove } = makeFolder();
remove();
test.before.each(async () => {
  ({ at, remove } = makeFolder());
  const registry = openLocalRegistry(at('registry'), { clock: () => new Date(Date.UTC(2025, 0, 1)) });
  await registry.register(requestOf(at('artifacts'), 'a', { status: 'approved', by: 'train', reason: 'gate' }));
  await registry.register(requestOf(at('artifacts'), 'b'));
});
test.after.each(() => remove());

const pilotlight = (...given: string[]) => spawnSync(process.execPath, [CLI, ...given], { encoding: 'utf8' });

/** What the command prints; it must end well. */
function output(action: string, ...given: string[]): string {
  const { status, stdout, stderr } = pilotlight('registry', action, '--registry', at('registry'), ...given);
  assert.is(status, 0, stderr);
  assert.is(stderr, '');
  return stdout;
}

/** The line that the command refuses with; it must end with 2 and print nothing else. */
function refused(action: string, ...given: string[]): string {
  const { status, stdout, stderr } = pilotlight('registry', action, '--registry', at('registry'), ...given);
  assert.is(status, 2, stderr);
  assert.is(stdout, '');
  assert.match(stderr, /^pilotlight: .*\n$/);
  return stderr.slice('pilotlight: '.length, -1);
}

const decision = (version: number) => ['--model-version', String(version), '--reason', 'by hand', '--by', 'eva'];
const lines = (text: string) => text.trimEnd().split('\n');
const squeezed = (text: string) => lines(text).map((line) => line.replace(/ {2,}/g, ' ').trim());

test('list', () => {
  assert.equal(squeezed(output('list')), [
    'version status registered by pr_auc model',
    squeezed(output('list'))[1],
    `1 approved 2025-01-01T00:00:00.000Z train 0.7100 ${sha256('model a').slice(0, 12)}`,
    `2 pending 2025-01-01T00:00:00.000Z - 0.7100 ${sha256('model b').slice(0, 12)}`,
  ]);
  const versions = JSON.parse(output('list', '--json'));
  assert.equal(
    versions.map((one: { version: number; status: string }) => [one.version, one.status]),
    [
      [1, 'approved'],
      [2, 'pending'],
    ],
  );
  assert.is(versions[1].model_sha256, sha256('model b'));
  assert.is(versions[0].registered_by, 'train');
});

test('show', () => {
  const shown = output('show', '--model-version', '2');
  assert.match(shown, /^churn version 2: pending\n=+\n/);
  assert.match(shown, /\nmetrics\.pr_auc +0\.71\n/);
  assert.match(shown, /\nfeatures +tenure\n/);
  assert.match(shown, new RegExp(`\nmodel\\.txt +7 +${sha256('model b')}\n`));
  assert.match(shown, /\n2 +2025-01-01T00:00:00\.000Z +register +2 +pending +1 +- +-\n$/m);
  assert.match(output('show'), /^churn version 1: approved\n/, 'the champion by default');
  const json = JSON.parse(output('show', '--model-version', '1', '--json'));
  assert.is(json.history.length, 1);
  assert.is(json.facts.threshold, 0.4);
});

test('approve moves the champion, and again does nothing', () => {
  assert.is(output('approve', ...decision(2)), 'churn version 2 is the champion\n');
  assert.is(output('approve', ...decision(2)), 'churn version 2 is the champion\n');
  assert.is(JSON.parse(output('champion', '--json')).version, 2);
  assert.is(JSON.parse(output('history', '--json')).length, 3);
  const former = JSON.parse(output('show', '--model-version', '1', '--json'));
  assert.is(former.status, 'superseded');
  assert.equal(
    former.history.map(({ sequence }: { sequence: number }) => sequence),
    [1, 3],
    'and what took its place',
  );
});

test('who decides is the user of the process, unless it is said', () => {
  output('approve', '--model-version', '2', '--reason', 'by hand');
  assert.is(JSON.parse(output('history', '--json'))[2].by, os.userInfo().username);
});

test('reject goes back by force, or on to a replacement', () => {
  assert.match(refused('reject', ...decision(1)), /^version 1 is the champion: group churn: name the version/);
  assert.is(
    output('reject', ...decision(1), '--replacement', '2'),
    'churn version 1 is rejected; the champion is version 2\n',
  );
  assert.match(refused('approve', ...decision(1)), /^version 1 is rejected: /);
  output('approve', ...decision(1), '--force');
  assert.is(output('reject', ...decision(1), '--force'), 'churn version 1 is rejected; the champion is version 2\n');
  const last = JSON.parse(output('reject', ...decision(2), '--force', '--json'));
  assert.is(last.status, 'rejected');
  assert.is(
    output('reject', ...decision(2)),
    'churn version 2 is rejected; there is no champion\n',
    'again does nothing',
  );
  assert.match(refused('champion'), /^the group churn has no champion: .*registry: approve a version/);
  assert.match(refused('show'), /^the group churn has no champion: /);
});

test('champion says where it is, and refuses a file that was changed', () => {
  const folder = at('registry/churn/versions/1/artifacts');
  assert.equal(squeezed(output('champion')), [
    'champion churn version 1',
    `folder ${folder}`,
    'files 2, each with its SHA-256',
    `model sha256 ${sha256('model a')}`,
  ]);
  assert.is(JSON.parse(output('champion', '--json')).folder, folder);
  fs.appendFileSync(path.join(folder, 'model.txt'), ' ');
  assert.match(refused('champion'), /^a file of churn version 1 was changed .*model\.txt: restore it/);
  output('list');
});

test('history', () => {
  output('approve', ...decision(2));
  const [header, dashes, ...rows] = squeezed(output('history'));
  assert.is(header, '# time action version status champion by reason');
  assert.match(dashes ?? '', /^[- ]+$/);
  assert.is(rows[0], '1 2025-01-01T00:00:00.000Z register 1 approved 1 train gate');
  assert.match(rows[2] ?? '', /^3 \S+ approve 2 approved 2 eva by hand$/);
});

test('bad input is one line, with the options named', () => {
  assert.match(
    refused('list', '--group', 'chrun'),
    /^the registry has no group chrun: .*: choose one that it has: churn$/,
  );
  assert.match(refused('champion', '--group', 'chrun'), /^the registry has no group chrun: /);
  assert.match(refused('history', '--group', '../x'), /^the group has a name that cannot be used: "\.\.\/x": /);
  assert.match(refused('show', '--model-version', '7'), /^there is no version 7: group churn: choose one from 1 to 2$/);
  assert.match(refused('show', '--model-version', 'x'), /--model-version.*give a whole number, 1 or more/);
  assert.match(refused('approve', '--model-version', '1'), /--reason/);
  assert.match(refused('approve', '--model-version', '1', '--reason', ' '), /^there is no reason: /);
  assert.match(refused('approve', '--reason', 'x'), /--model-version/);
  fs.writeFileSync(at('registry/churn/state.json'), '{');
  assert.match(refused('list'), /^is not JSON: .*state\.json: restore it from a copy$/);
  const { status, stderr } = pilotlight('registry', 'list');
  assert.is(status, 2);
  assert.match(stderr, /--registry/);
});

test('help tells every action and option', () => {
  const help = pilotlight('registry', '--help');
  assert.is(help.status, 0);
  for (const action of ['list', 'show', 'approve', 'reject', 'champion', 'history']) {
    assert.match(help.stdout, new RegExp(`^  ${action} \\[options\\] +\\S`, 'm'));
  }
  const reject = pilotlight('registry', 'reject', '--help').stdout;
  for (const option of ['--registry <uri>', '--group <name>', '--model-version <n>', '--replacement <n>', '--force']) {
    assert.ok(reject.includes(`  ${option} `), option);
  }
});

test.run();
