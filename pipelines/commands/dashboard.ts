import { EXIT, InputError } from '@pilotlight/errors';
import { createLogger } from '@pilotlight/logging';
import { type Command, InvalidArgumentError } from 'commander';
import { collect } from './options.ts';

type Options = { out?: string[]; s3?: string; manifest?: string; port: number; host: string };

export function addDashboardCommand(program: Command): void {
  program
    .command('dashboard')
    .description(
      'Pages on the results of runs: Overview, Explorer, Performance, Drift, Customers, Recommendations, Status',
    )
    .option('--out <dir>', 'output folder of a run, or a folder of such; may be given again', collect)
    .option('--s3 <bucket>', 'the data bucket of a stack, instead of folders')
    .option('--manifest <table>', 'with --s3: the table of what was done with which file, for runs that left nothing')
    .option('--port <n>', 'port to listen on; 0 = any that is free', portNumber, 8787)
    .option('--host <address>', 'address to listen on; any other than loopback needs PILOTLIGHT_ALB_ARN', '127.0.0.1')
    .action(dashboardCommand);
}

function portNumber(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port < 65_536) return port;
  throw new InvalidArgumentError('give a whole number below 65536.');
}

async function dashboardCommand({ out = [], s3, manifest, port, host }: Options): Promise<void> {
  if (out.length > 0 === (s3 !== undefined)) {
    throw new InputError({
      code: 'option_invalid',
      what: 'the pages read folders or a bucket',
      where: 'dashboard',
      todo: 'give --out DIR (once or more) or --s3 BUCKET',
    });
  }
  const { authOf, openServer } = await import('@pilotlight/dashboard');
  const log = createLogger({ step: 'dashboard' });
  const bucket = s3?.replace(/^s3:\/\//, '').replace(/\/+$/, '');
  const place = bucket === undefined ? { folders: out } : { bucket, manifest };
  const server = await openServer({ place, host, port, auth: authOf(process.env), log });
  process.stdout.write(`Dashboard: ${server.url} (Ctrl+C ends it)\n`);
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  log.info({ signal }, 'ending');
  await server.close();
  process.exitCode = EXIT.done;
}
