import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { type Logger, measure, memory } from '@pilotlight/logging';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chosenFormat, chosenLevel, jobName } from '../../packages/logging/logger.ts';
import { lineIsDue } from '../../packages/logging/progress.ts';
import { formatText } from '../../packages/logging/text.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Runs a program that logs, in a process of its own: stderr is what is under test. */
function stderrOf(body: string, env: Record<string, string> = {}, command: string[] = []): string {
  const source = `import { createLogger, createProgress, memory } from '@pilotlight/logging';\n${body}`;
  const own = ['--input-type=module', '-e', source];
  const [program = process.execPath, ...args] = command;
  const { PATH = '' } = process.env;
  const ended = spawnSync(program, [...args, ...own], { cwd: ROOT, encoding: 'utf8', env: { PATH, ...env } });
  assert.is(ended.status, 0, ended.stderr);
  return ended.stderr + (command.length > 0 ? ended.stdout : '');
}

const records = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const HELLO = `createLogger({ run_id: 'r1', step: 'Train', execution_date: '2026-01-31' }).info({ rows_count: 7 }, 'hello');`;

test('a line is JSON with the run, the time, the level and the fields', () => {
  const [record = {}] = records(stderrOf(HELLO));
  const { time, ...rest } = record;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(rest, {
    ...{ level: 'info', run_id: 'r1', step: 'Train', execution_date: '2026-01-31' },
    ...{ rows_count: 7, msg: 'hello' },
  });
});

test("the job's name comes from its environment", () => {
  assert.is(records(stderrOf(HELLO, { TRAINING_JOB_NAME: 'job-1' }))[0]?.job_name, 'job-1');
  assert.is(jobName({ PROCESSING_JOB_NAME: 'p' }), 'p');
  assert.is(jobName({ TRAINING_JOB_NAME: 't', PROCESSING_JOB_NAME: 'p' }), 't');
  assert.is(jobName({}), undefined);
});

test('the level is chosen by the environment, and a wrong one does no harm', () => {
  const all = `const log = createLogger(); for (const level of ['debug', 'info', 'warn', 'error']) log[level]({}, level);`;
  const messages = (level: string) => stderrOf(all, { PILOTLIGHT_LOG_LEVEL: level }).match(/"msg":"\w+"/g)?.length ?? 0;
  assert.equal(['debug', 'info', 'warn', 'error', 'silent', 'loud'].map(messages), [4, 3, 2, 1, 0, 3]);
  assert.is(chosenLevel(undefined), 'info');
});

test('text for people, JSON for machines', () => {
  assert.match(stderrOf(HELLO, { PILOTLIGHT_LOG_FORMAT: 'text' }), /^\d\d:\d\d:\d\d Train: hello\n$/);
  assert.is(chosenFormat(undefined, true), 'text');
  assert.is(chosenFormat(undefined, false), 'json');
  assert.is(chosenFormat('json', true), 'json');
  assert.is(chosenFormat('odd', false), 'json');
});

test('the text form says the level when it matters', () => {
  const line = (level: string) => formatText(`{"level":"${level}","time":"2026-01-31T10:11:12.000Z","msg":"m"}`);
  assert.is(line('info'), '10:11:12 m\n');
  assert.is(line('warn'), '10:11:12 warning: m\n');
  assert.is(line('error'), '10:11:12 error: m\n');
  assert.is(formatText('no JSON\n'), 'no JSON\n');
});

test('a child adds its fields', () => {
  const [record] = records(stderrOf(`createLogger({ step: 'A' }).child({ model_type: 'B' }).warn({}, 'm');`));
  assert.is(record?.step, 'A');
  assert.is(record?.model_type, 'B');
});

test('what was logged before a kill is there', () => {
  const body = `const log = createLogger(); for (let i = 0; i < 500; i += 1) log.info({ i }, 'x'.repeat(200)); process.kill(process.pid, 'SIGKILL');`;
  const source = `import { createLogger } from '@pilotlight/logging';\n${body}`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', source], { cwd: ROOT, encoding: 'utf8' });
  assert.is(ended.signal, 'SIGKILL');
  assert.is(records(ended.stderr).length, 500);
});

test('a reader that goes away does not stop the program', () => {
  const body = `for (let i = 0; i < 3000; i += 1) createLogger().info({}, 'x'.repeat(100)); process.stdout.write('whole');`;
  const source = `import { createLogger } from '@pilotlight/logging';\n${body}`;
  const quoted = source.replaceAll("'", `'\\''`);
  const shell = `'${process.execPath}' --input-type=module -e '${quoted}' 2>&1 1>&3 | head -n 1 >/dev/null`;
  const ended = spawnSync('sh', ['-c', `exec 3>&1; ${shell}`], { cwd: ROOT, encoding: 'utf8' });
  assert.is(ended.stdout, 'whole', ended.stderr);
});

test('progress that is no terminal: a line each tenth, with how far it is', () => {
  const body = `const p = createProgress(createLogger(), 'rows'); for (let i = 0; i <= 1000; i += 1) p.update(i, 1000, 'part'); p.end();`;
  const lines = records(stderrOf(body));
  assert.is(lines.length, 10);
  const { progress, done, total, label, msg } = lines[4] ?? {};
  assert.equal(
    { progress, done, total, label, msg },
    { progress: 'rows', done: 500, total: 1000, label: 'part', msg: 'rows 50 %' },
  );
});

test('progress: a line is due after 5 seconds or a tenth of the work', () => {
  const last = { time_ms: 1000, share: 0.2 };
  assert.not(lineIsDue(last, { time_ms: 5999, share: 0.29 }));
  assert.ok(lineIsDue(last, { time_ms: 6000, share: 0.2 }));
  assert.ok(lineIsDue(last, { time_ms: 1001, share: 0.3 }));
});

test('progress of nothing says nothing', () => {
  assert.is(stderrOf(`const p = createProgress(createLogger(), 'rows'); p.update(0, 0); p.end();`), '');
});

test('progress on a terminal is a bar, with log lines above it', () => {
  if (spawnSync('sh', ['-c', 'command -v script']).status !== 0) return;
  const body = `
    const log = createLogger(); const p = createProgress(log, 'rows');
    for (let i = 0; i <= 30; i += 1) {
      p.update(i, 30, 'part');
      if (i === 15) log.info({}, 'half');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    p.end(); log.info({}, 'end');`;
  const source = `import { createLogger, createProgress } from '@pilotlight/logging';\n${body}`.replaceAll(
    "'",
    `'\\''`,
  );
  const line = `'${process.execPath}' --input-type=module -e '${source}'`;
  const ended = spawnSync('script', ['-qec', line, '/dev/null'], { cwd: ROOT, encoding: 'utf8', input: '' });
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /rows .*█.* \d+ % .*part/);
  assert.match(ended.stdout, /\d\d:\d\d:\d\d half/);
  assert.match(ended.stdout, /\d\d:\d\d:\d\d end/);
});

test('memory is in bytes, and its highest is not below what it was', () => {
  const block = Buffer.alloc(50e6, 1);
  const { rss_bytes, rss_bytes_max } = memory();
  assert.ok(rss_bytes > block.length && rss_bytes < 5e9);
  assert.ok(rss_bytes_max >= rss_bytes);
});

test("the highest memory is the process's own, not that of the one that started it", () => {
  const block = Buffer.alloc(300e6, 1);
  const [record] = records(stderrOf(`createLogger().info(memory(), 'm');`));
  assert.ok(Number(record?.rss_bytes_max) < block.length, String(record?.rss_bytes_max));
});

test('work is measured: its result comes back, its seconds are logged, its failure is passed on', async () => {
  const said: Record<string, unknown>[] = [];
  const say = (fields: object, msg: string) => void said.push({ ...fields, msg });
  const log: Logger = { debug: say, info: say, warn: say, error: say, child: () => log };
  const wait = () => new Promise<number>((resolve) => setTimeout(() => resolve(7), 30));
  assert.is(await measure(log, 'waiting', wait), 7);
  assert.is(said[0]?.msg, 'waiting');
  assert.ok(Number(said[0]?.duration_s) >= 0.029 && Number(said[0]?.duration_s) < 5);
  let failed = false;
  await measure(log, 'failing', () => Promise.reject(new Error('x'))).catch(() => {
    failed = true;
  });
  assert.ok(failed);
  assert.is(said.length, 1);
});

test.run();
