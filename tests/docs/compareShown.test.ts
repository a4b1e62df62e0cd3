import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findDifference } from './compareShown.ts';

const differs = (shown: string, printed: string) => findDifference(shown.split('\n'), printed) !== null;

test('what is printed is what is shown, line by line', () => {
  assert.not(differs('one\ntwo', 'one\ntwo\n'));
  assert.ok(differs('one\ntwo', 'one\nthree'));
  assert.ok(differs('one', 'one\ntwo'));
  assert.ok(differs('one\ntwo', 'one'));
  assert.ok(differs('', 'one'));
  assert.ok(differs('one', ''));
});

test('times, durations, memory, hashes and the width of columns differ from run to run', () => {
  assert.not(differs('Time 1.5 s, 300 MiB', 'Time  12.25 s,  1200 MiB'));
  assert.not(differs('at 2026-11-21T12:02:00.306Z', 'at 2027-01-01T00:00:00Z'));
  assert.not(differs('run 7660e8c73ee97a7b', 'run 0123456789abcdef'));
  assert.not(differs('run_2026-01-13_7660e8c73ee97a7b.txt', 'run_2026-01-13_0123456789abcdef.txt'));
  assert.not(differs('------  ---', '---  --------'));
});

test('a number may differ in its last digits, a count may not', () => {
  assert.not(differs('ROC-AUC 0.7803, PSI 0.10', 'ROC-AUC 0.7811, PSI 0.10'));
  assert.ok(differs('ROC-AUC 0.7803', 'ROC-AUC 0.6803'));
  assert.ok(differs('0.5 %', '0.5 s.'));
  assert.ok(differs('2,000 customers', '2,001 customers'));
  assert.ok(differs('57 of 100 trees', '58 of 100 trees'));
});

test('... stands for any lines, and what is around it keeps its order', () => {
  assert.not(differs('a\n...\nd', 'a\nb\nc\nd'));
  assert.not(differs('a\n...', 'a\nb'));
  assert.ok(differs('d\n...\na', 'a\nb\nc\nd'));
  assert.ok(differs('b\n...\nd', 'a\nb\nc\nd'), 'the first part stands at the beginning');
});

test.run();
