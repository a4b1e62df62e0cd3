import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addCounts, countCargo, countUvu, formatCounts, judge } from './count.ts';

const ROOT = `${import.meta.dirname}/../..`;

function runFile(body: string): { endedWell: boolean; output: string } {
  const source = `import { test } from 'uvu';\n${body}`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', source], { cwd: ROOT, encoding: 'utf8' });
  return { endedWell: ended.status === 0, output: ended.stdout + ended.stderr };
}

function judged(body: string) {
  const { endedWell, output } = runFile(body);
  return judge(countUvu(output), endedWell);
}

test('a good file counts its tests', () => {
  const body = "test('a', () => {}); test('b', () => {}); test.skip('c', () => {}); test.run();";
  assert.equal(judged(body), { passed: 2, failed: 0, skipped: 1 });
});

test('a failing test is counted', () => {
  const body = "test('a', () => {}); test('b', () => { throw new Error('no'); }); test.run();";
  assert.equal(judged(body), { passed: 1, failed: 1, skipped: 0 });
});

test('a file without test.run() fails', () => {
  assert.equal(judged("test('a', () => {});"), { passed: 0, failed: 1, skipped: 0 });
});

test('a file that runs no test fails', () => {
  assert.equal(judged('test.run();'), { passed: 0, failed: 1, skipped: 0 });
});

test('a file whose tests are all skipped is not a failure', () => {
  assert.equal(judged("test.skip('a', () => {}); test.run();"), { passed: 0, failed: 0, skipped: 1 });
});

test('a file that dies is a failure even when its tests passed', () => {
  const dies = "test('a', () => {}); test.run(); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300);";
  assert.equal(judged(dies), { passed: 1, failed: 1, skipped: 0 });
  assert.equal(judged("throw new Error('at import');"), { passed: 0, failed: 1, skipped: 0 });
});

test('cargo results are summed over crates', () => {
  const output = [
    'test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s',
    'test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s',
  ].join('\n');
  assert.equal(countCargo(output), { passed: 15, failed: 2, skipped: 1 });
  assert.is(countCargo('error: could not compile'), null);
});

test('the closing line', () => {
  const total = addCounts([
    { passed: 3, failed: 1, skipped: 0 },
    { passed: 4, failed: 0, skipped: 2 },
  ]);
  assert.is(formatCounts(total), '7 passed, 1 failed, 2 skipped');
  assert.is(formatCounts({ passed: 7, failed: 0, skipped: 0 }), '7 passed, 0 failed');
});

test.run();
