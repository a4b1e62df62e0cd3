import { InputError } from '@pilotlight/errors';
import { createLogger } from '@pilotlight/logging';
import { runPipeline } from '@pilotlight/pipeline';
import { fake } from './fakePipeline.ts';

/** The fake pipeline as a process of its own, to be killed: `node fakeRun.ts <data> <out>`. */
const [data = '', out = ''] = process.argv.slice(2);
const cli = `${import.meta.dirname}/fakeCli.ts`;

try {
  const report = await runPipeline({
    definition: fake,
    parameters: { DataUri: data },
    out,
    stepCommand: (step, args) => ({ command: process.execPath, args: [cli, step.name, ...args] }),
    sourceFingerprint: 'code-1',
    log: createLogger(),
  });
  process.exitCode = report.exit_code;
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
