/** kill -9 in each step: the same command goes on, and ends with the bytes of a run that nothing befell. */
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exists, hashes, readJson, remove, temporary } from '../folders.ts';
import { lastLine, pilotlight } from '../pilotlight.ts';
import {
  churnArgs,
  differing,
  filesIn,
  generateCustomers,
  readText,
  STEPS,
  statuses,
  succeed,
  versionsOf,
} from './churnRun.ts';
import { killDuring } from './killedRun.ts';

const OUTPUTS: Record<(typeof STEPS)[number], string> = {
  ...{ Bronze: 'bronze', Silver: 'silver', Gold: 'gold', Train: 'models', Evaluate: 'evaluation' },
  ...{ Register: 'registration', Score: 'scored', Recommend: 'recommendations', DriftCheck: 'monitoring' },
};
const work = temporary();
const [data, whole, killed] = ['data', 'whole', 'killed'].map((name) => path.join(work, name)) as [
  string,
  string,
  string,
];
const args = churnArgs(data, killed, '--mode', 'train');

test.before(() => {
  generateCustomers(data, 600, 3);
  succeed(...churnArgs(data, whole, '--mode', 'train'));
});
test.after(() => remove(work));

for (const step of STEPS) {
  test(`killed during ${step}: nothing of it stands there, all before it does`, async () => {
    await killDuring(step, killed, args);
    assert.is(readJson(killed, 'run.json').status, 'running', 'nobody was left to say more');
    assert.not.ok(exists(killed, OUTPUTS[step]));
    const before = STEPS.slice(0, Math.min(STEPS.indexOf(step), STEPS.indexOf('Recommend')));
    const now = hashes(killed);
    for (const done of before)
      assert.ok(
        Object.keys(now).some((name) => name.startsWith(`${OUTPUTS[done]}/`)),
        done,
      );
    const clean = hashes(whole);
    for (const [name, hash] of Object.entries(now)) assert.is(hash, clean[name], name);
  });
}

test('killed when the model stands in the registry and the run does not know it yet', async () => {
  const state = path.join(killed, 'registry', 'churn', 'state.json');
  remove(path.join(killed, 'registry'));
  remove(path.join(killed, '.pilotlight', 'steps', 'Register.json'));
  await killDuring('Register', killed, args, () => exists(state));
  assert.equal([versionsOf(path.join(killed, 'registry')).champion, exists(killed, 'registration')], [1, false]);
});

test('the same command goes on where it was killed, and ends with the same bytes and one version', () => {
  const { stderr } = succeed(...args);
  for (const step of ['Bronze', 'Silver', 'Gold', 'Train', 'Evaluate']) {
    assert.match(stderr, new RegExp(`${step}: skipped`));
    assert.is(statuses(killed)[step], 'skipped');
  }
  assert.is(statuses(killed).DriftCheck, 'succeeded');
  assert.equal(differing(hashes(killed), hashes(whole)), []);
  assert.equal(versionsOf(path.join(killed, 'registry')), versionsOf(path.join(whole, 'registry')));
  assert.is(versionsOf(path.join(killed, 'registry')).versions.length, 1);
  assert.is(readText(killed, 'registry/churn/history.jsonl').trim().split('\n').length, 1, 'registered once');
});

test('what was killed leaves no work, no lock, and no half of anything', () => {
  const hidden = filesIn(killed).filter((name) => name.split('/').some((part) => part.startsWith('.')));
  assert.equal(hidden, []);
  assert.equal(filesIn(path.join(killed, '.pilotlight/work')), []);
  assert.not.ok(exists(killed, '.pilotlight/lock'));
  assert.not.ok(exists(killed, 'registry/churn/lock'));
  assert.equal(filesIn(killed), filesIn(whole));
});

test('after a kill other data are another run: nothing of the killed one is left', async () => {
  const other = path.join(work, 'other');
  generateCustomers(other, 300, 5);
  await killDuring('Score', killed, [...args, '--fresh']);
  const outcome = pilotlight(...churnArgs(other, killed, '--mode', 'score', '--model-version', '1'));
  assert.is(outcome.code, 0, lastLine(outcome));
  assert.is(readJson(killed, 'scored/summary.json').rows, 300);
  assert.not.ok(exists(killed, 'models'), 'a model of other customers');
});

test.run();
