import { InputError } from '@pilotlight/errors';
import { applyEvent, emptyGroup, type GroupEvent, type GroupState } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/**
 * An event in words: `register A`, `register A approved`, `register A approved 7` (its number), `approve 2`, `approve 2 force`,
 * `reject 1`, `reject 1 for 2`, `reject 1 for 2 force`, `withdraw 2`.
 */
function eventOf(words: string): GroupEvent {
  const [action, what = '', ...rest] = words.split(' ');
  const force = rest.at(-1) === 'force' ? { force: true } : {};
  const version = Number(what);
  if (action === 'approve') return { action, version, ...force };
  if (action === 'reject')
    return { action, version, ...force, ...(rest[0] === 'for' && { replacement: Number(rest[1]) }) };
  if (action === 'withdraw') return { action, version };
  const status = rest[0] as 'approved' | 'rejected' | 'pending' | undefined;
  const number = rest[1] === undefined ? {} : { version: Number(rest[1]) };
  return { action: 'register', digest: what, ...(status && { status }), ...number };
}

const after = (events: string) =>
  events.split(', ').reduce((state, words) => applyEvent(state, eventOf(words)), emptyGroup('churn'));

/** `champion | status of version 1, of version 2, ...` with p, a, s, r for the statuses. */
const show = ({ champion, versions }: GroupState) =>
  `${champion ?? '-'} | ${versions.map(({ status }) => status[0]).join(' ')}`;

const CASES: [events: string, expected: string][] = [
  ['register A', '- | p'],
  ['register A rejected', '- | r'],
  ['register A approved', '1 | a'],
  ['register A, register A', '- | p'],
  ['register A, register A approved', '- | p'],
  ['register A, register B', '- | p p'],
  ['register A approved, register B', '1 | a p'],
  ['register A approved, register B rejected', '1 | a r'],
  ['register A approved, register B approved', '2 | s a'],
  ['register A approved, register B approved, register A approved', '2 | s a'],
  ['register A, approve 1', '1 | a'],
  ['register A, approve 1, approve 1', '1 | a'],
  ['register A, register B, approve 2', '2 | p a'],
  ['register A, register B, approve 1, approve 2', '2 | s a'],
  ['register A, register B, approve 2, approve 1', '1 | a s'],
  ['register A, register B, approve 1, approve 2, approve 1', '1 | a s'],
  ['register A, reject 1', '- | r'],
  ['register A, reject 1, reject 1', '- | r'],
  ['register A, reject 1, register A', '- | r'],
  ['register A, reject 1, approve 1 force', '1 | a'],
  ['register A, approve 1 force', '1 | a'],
  ['register A approved, register B, reject 2', '1 | a r'],
  ['register A approved, register B, reject 2 force', '1 | a r'],
  // Rollback.
  ['register A approved, reject 1 force', '- | r'],
  ['register A approved, reject 1 force, register B approved', '2 | r a'],
  ['register A, register B approved, reject 2 force', '- | p r'],
  ['register A approved, register B approved, reject 2 force', '1 | a r'],
  ['register A approved, register B approved, reject 1', '2 | r a'],
  ['register A approved, register B approved, reject 1, reject 2 force', '- | r r'],
  ['register A approved, register B approved, register C approved, reject 3 force', '2 | s a r'],
  ['register A approved, register B approved, register C approved, reject 2, reject 3 force', '1 | a r r'],
  ['register A approved, register B approved, register C approved, reject 3 force, reject 2 force', '1 | a r r'],
  // It goes back in the order of approval, not of number.
  ['register A approved, register B approved, register C approved, approve 1, reject 1 force', '3 | r s a'],
  ['register A, register B, register C, approve 3, approve 1, approve 2, reject 2 force', '1 | a r s'],
  ['register A approved, register B approved, reject 2 force, approve 2 force, reject 2 force', '1 | a r'],
  // Replacement.
  ['register A approved, register B, reject 1 for 2', '2 | r a'],
  ['register A approved, register B, reject 1 for 2, reject 1 for 2', '2 | r a'],
  ['register A approved, register B approved, reject 2 for 1', '1 | a r'],
  ['register A approved, register B approved, register C approved, reject 3 for 1', '1 | a s r'],
  ['register A approved, register B rejected, reject 1 for 2 force', '2 | r a'],
  // A decision taken back.
  ['register A approved, withdraw 1', '- | p'],
  ['register A rejected, withdraw 1', '- | p'],
  ['register A, withdraw 1', '- | p'],
  ['register A approved, register B approved, withdraw 2', '1 | a p'],
  ['register A approved, register B approved, withdraw 1', '2 | p a'],
  ['register A approved, register B approved, withdraw 2, approve 2', '2 | s a'],
  // Numbers that a service gave.
  ['register A pending 3, register B approved 7, register C', '7 | p a p'],
  ['register B pending 7, register A approved 3', '3 | a p'],
  ['register A approved 3, register B approved 7, reject 7 force', '3 | a r'],
];
for (const [events, expected] of CASES) {
  test(`${events}: ${expected}`, () => assert.is(show(after(events)), expected));
}

const REFUSED: [events: string, code: string, message: RegExp][] = [
  ['register A, approve 2', 'unknown_version', /^there is no version 2: group churn: it has version 1 only$/],
  ['register A, register B, approve 0', 'unknown_version', /^there is no version 0: .* choose one from 1 to 2$/],
  ['register A, reject 1.5', 'unknown_version', /^there is no version 1\.5/],
  ['register A rejected, approve 1', 'version_rejected', /^version 1 is rejected: group churn: .* by force$/],
  ['register A approved, reject 1', 'champion_needed', /^version 1 is the champion: group churn: name the version/],
  ['register A approved, register B approved, reject 2', 'champion_needed', /^version 2 is the champion/],
  ['register A approved, reject 1 for 1', 'champion_needed', /^version 1 cannot take its own place/],
  ['register A approved, reject 1 for 7', 'unknown_version', /^there is no version 7/],
  ['register A approved, register B, reject 2 for 1', 'not_champion', /^version 2 is not the champion/],
  ['register A approved, register B rejected, reject 1 for 2', 'version_rejected', /^version 2 is rejected/],
  ['register A, withdraw 2', 'unknown_version', /^there is no version 2/],
  ['register A pending 3, approve 1', 'unknown_version', /^there is no version 1: .* it has version 3 only$/],
  ['register A pending 3, register B pending 7, approve 4', 'unknown_version', /choose one of 3, 7$/],
  ['register A, register B, reject 1, reject 1 for 2', 'not_champion', /^version 1 is not the champion/],
];
for (const [events, code, message] of REFUSED) {
  test(`${events}: ${code}`, () => {
    try {
      after(events);
    } catch (error) {
      assert.instance(error, InputError);
      assert.is((error as InputError).code, code);
      assert.match((error as InputError).message, message);
      return;
    }
    throw new Error('it was accepted');
  });
}

test('an event that changes nothing gives the same object back, any other one a higher sequence', () => {
  const state = after('register A approved, register B approved, reject 1');
  assert.is(state.sequence, 3);
  for (const words of ['register B', 'register A approved', 'approve 2', 'reject 1', 'reject 1 for 2']) {
    assert.is(applyEvent(state, eventOf(words)), state, words);
  }
  assert.is(applyEvent(state, eventOf('register C')).sequence, 4);
});

test('a state is never changed in place', () => {
  const state = after('register A approved, register B');
  const before = structuredClone(state);
  for (const words of ['register C', 'approve 2', 'reject 1 force', 'reject 1 for 2', 'reject 2']) {
    applyEvent(state, eventOf(words));
    assert.equal(state, before, words);
  }
});

test.run();
