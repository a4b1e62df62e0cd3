#!/usr/bin/env node
/** `./dev platform ...`: what a person or a workflow must know before Pulumi can run. Prints; never runs anything, never asks AWS. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { factsText } from './bootstrap/facts.ts';
import { bootstrapScript } from './bootstrap/script.ts';
import { secretsOf, secretsText, valuesOf } from './bootstrap/secrets.ts';
import { parseStack, readContext, STACKS, UsageError } from './bootstrap/stackContext.ts';
import { SettingsError } from './settings.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const OK = 0;
const WRONG_INPUT = 2;

const USAGE = `usage: ./dev platform COMMAND
  bootstrap --print --stack STACK    what an administrator runs once, as a shell script: state, key, first role
  secrets [--stack STACK] [--json]   secrets that a person makes, for one request; of all stacks where none is named
  facts --stack STACK                role ARNs, state, repositories, for workflows
`;

type Options = { stack?: string; print?: boolean; json?: boolean };

const COMMANDS: Record<string, { takes: (keyof Options)[]; run: (options: Options) => string }> = {
  bootstrap: { takes: ['stack', 'print'], run: bootstrap },
  secrets: { takes: ['stack', 'json'], run: secrets },
  facts: { takes: ['stack'], run: ({ stack }) => factsText(readContext(ROOT, parseStack(stack))) },
};

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(OK);
});
process.exitCode = main(process.argv.slice(2));

function main(args: string[]): number {
  try {
    process.stdout.write(answer(args));
    return OK;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof SettingsError)) throw error;
    process.stderr.write(`pilotlight: ${error.message}\n`);
    return WRONG_INPUT;
  }
}

function answer(args: string[]): string {
  const { help, command, options } = parse(args);
  if (help) return USAGE;
  const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (known === undefined) {
    const names = Object.keys(COMMANDS).join(' | ');
    throw new UsageError(
      `${command === '' ? 'no command' : `no command is called "${command}"`}: platform ${names} (--help shows more)`,
    );
  }
  const foreign = Object.keys(options).find((option) => !known.takes.includes(option as keyof Options));
  if (foreign !== undefined) throw new UsageError(`${command} takes no --${foreign} (--help shows more)`);
  return known.run(options);
}

function parse(args: string[]): { help: boolean; command: string; options: Options } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        stack: { type: 'string' },
        print: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { help = false, ...options } = values;
    if (positionals.length > 1) throw new UsageError(`one command at a time, not "${positionals.join(' ')}"`);
    return { help, command: positionals[0] ?? '', options };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${(error as Error).message.split('\n')[0]} (--help shows more)`);
  }
}

function bootstrap({ stack, print }: Options): string {
  const context = readContext(ROOT, parseStack(stack));
  if (print !== true) throw new UsageError('bootstrap only prints, a person runs it: add --print');
  return bootstrapScript(context);
}

function secrets({ stack, json }: Options): string {
  const stacks = stack === undefined ? STACKS : [parseStack(stack)];
  const wanted = stacks.map((name) => {
    const context = readContext(ROOT, name);
    return { stack: name, secrets: secretsOf(context), values: valuesOf(context) };
  });
  if (json !== true) return secretsText(wanted);
  const all = { secrets: wanted.flatMap((one) => one.secrets), values: wanted.flatMap((one) => one.values) };
  return `${JSON.stringify(all, null, 2)}\n`;
}
