import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '@pilotlight/errors';
import { runStep, type StepContext, type StepEnding } from '@pilotlight/pipeline';
import { fake, forked } from './fakePipeline.ts';

/**
 * A step of a fake pipeline: `node fakeCli.ts <Step> --input ...`. What it does beside copying text comes from the
 * environment, so that it changes no fingerprint: `FAKE_<Step>` is one of the keys below, `FAKE_EVENTS` a file that gets
 * a line at the start and at the end.
 */
const [stepName = '', ...args] = process.argv.slice(2);
const behaviour = process.env[`FAKE_${stepName}`] ?? 'copy';

const misbehave: Record<string, (context: StepContext) => Promise<void> | void> = {
  brief: () => sleep(50),
  slow: () => sleep(400),
  hang: (context) => sleep(60_000, undefined, { signal: context.signal }),
  deaf: () => sleep(60_000),
  input: () => {
    throw new InputError({ code: 'x', what: 'bad column amount_eur', where: 'hfac.csv', todo: 'correct it' });
  },
  bug: () => {
    throw new RangeError('index out of\n  range');
  },
  long: () => {
    const what = `bad columns ${'ñandú, '.repeat(400)}\n    at every line`;
    throw new InputError({ code: 'x', what, where: 'hfac.csv', todo: 'correct them' });
  },
  full: () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  },
  big: ({ outputs }) => writeFileSync(join(outputs.report ?? '', 'big'), Buffer.alloc(8e6)),
  sigkill: () => void process.kill(process.pid, 'SIGKILL'),
  sigsegv: () => void process.kill(process.pid, 'SIGSEGV'),
  outside: () => {
    setTimeout(() => {
      throw new Error('thrown outside any promise');
    });
    return sleep(1000);
  },
  noisy: (context) => {
    console.log('plain text on stdout');
    for (let done = 0; done <= 100; done += 10) context.progress.update(done, 100);
  },
};

async function copy(context: StepContext): Promise<void> {
  tell('start');
  writeAll(context);
  await misbehave[behaviour]?.(context);
  tell('end');
}

function writeAll({ inputs, outputs, parameters, run }: StepContext): void {
  const lines = [stepName, JSON.stringify(parameters), run.execution_date];
  for (const [key, folder] of Object.entries(inputs)) lines.push(`${key}: ${readAll(folder ?? '')}`);
  if (behaviour === 'empty') return;
  for (const folder of Object.values(outputs)) writeFileSync(join(folder, 'text.txt'), lines.join('\n'));
  if (!outputs.report || behaviour === 'factless') return;
  const overall = Number(process.env.FAKE_DRIFT ?? '0.2');
  const facts = behaviour === 'mistyped' ? { drift: { overall: 'much' } } : { drift: { overall } };
  writeFileSync(join(outputs.report, 'facts.json'), JSON.stringify(facts));
}

function readAll(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, 'utf8');
  const names = readdirSync(path).sort();
  return names.map((name) => `${name}=${readFileSync(join(path, name), 'utf8')}`).join('\n');
}

/** `FAKE_CONCLUDE`: `throw`, or a file that gets what the hook was handed and what it could read. */
async function conclude({ log, signal, ...ending }: StepEnding): Promise<void> {
  const { FAKE_CONCLUDE: wanted } = process.env;
  if (wanted === 'throw') throw new Error('the hook\n  failed');
  if (wanted === 'stray') setImmediate(() => Promise.reject(new Error('stray')));
  await sleep(10);
  const texts = Object.values(ending.outputs).map((folder) => readAll(join(folder, 'text.txt')));
  if (wanted && wanted !== 'stray')
    writeFileSync(wanted, JSON.stringify({ ...ending, texts, aborted: signal.aborted }));
  log.info({}, 'concluded');
}

function tell(what: string): void {
  const { FAKE_EVENTS: path } = process.env;
  if (path) appendFileSync(path, `${what} ${stepName}\n`);
}

const definition = forked.steps.some(({ name }) => name === stepName) ? forked : fake;
process.exitCode = await runStep({ definition, step: stepName, args, run: copy, conclude });
