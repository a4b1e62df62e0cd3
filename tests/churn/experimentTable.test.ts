import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import { Command } from 'commander';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExperimentTable } from '../../pipelines/churn/experimentTable.ts';
import { addExperimentsCommand } from '../../pipelines/commands/experiments.ts';
import { readJson, remove, temporary } from '../folders.ts';
import { writeConfig, writeGold } from './goldFixture.ts';

const folder = temporary();
const at = (...parts: string[]) => path.join(folder, ...parts);
test.after(() => remove(folder));

writeGold(at('run', 'gold'));
const config = writeConfig(at('config.json'));

/** Runs the command; what it prints. */
async function experiments(...args: string[]): Promise<string> {
  const program = new Command().exitOverride();
  addExperimentsCommand(program);
  const { write } = process.stdout;
  let printed = '';
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  try {
    await program.parseAsync(['experiments', 'churn', '--config', config, ...args], { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

async function refused(code: string, says: string, ...args: string[]): Promise<void> {
  try {
    await experiments(...args);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    assert.is(error.code, code);
    assert.match(error.message, says);
    return;
  }
  assert.unreachable(`${args} was not refused`);
}

test('every experiment of the configuration, with the features of its tiers', async () => {
  const printed = await experiments('--run', at('run'));
  const table: ExperimentTable = readJson(at('run', 'experiments'), 'experiments.json');
  assert.is(table.rows, 1200);
  const features = table.experiments.map((one) => [one.experiment, one.status === 'measured' ? one.features : null]);
  assert.equal(Object.fromEntries(features), {
    E0_baseline: 15,
    E1_lifecycle_market: 23,
    E2_add_risk: 36,
    E3_add_behavioral: 47,
    E4_add_sentiment: 50,
    E5_full: 56,
    E6_with_strings: 64,
    E7_market_only: 21,
    E8_no_sentiment: 53,
  });
  const prAuc = new Map(
    table.experiments.map((one) => [one.experiment, one.status === 'measured' ? one.pr_auc : null]),
  );
  assert.ok((prAuc.get('E5_full') ?? 0) > (prAuc.get('E2_add_risk') ?? 1) + 0.1, 'texts tell more');
  assert.ok(
    (prAuc.get('E0_baseline') ?? 0) > (prAuc.get('E7_market_only') ?? 1),
    'the renewal tells more than the market',
  );
  const text = readFileSync(at('run', 'experiments', 'experiments.txt'), 'utf8');
  assert.ok(printed.startsWith(text));
  assert.match(text, /E8_no_sentiment +53/);
});

test('only some; the same figures and the same bytes', async () => {
  const printed = await experiments(
    '--gold',
    at('run/gold'),
    '--out',
    at('some'),
    '--only',
    'E2_add_risk,E0_baseline',
    '--json',
  );
  const table: ExperimentTable = readJson(at('some'), 'experiments.json');
  const all: ExperimentTable = readJson(at('run', 'experiments'), 'experiments.json');
  assert.equal(table.experiments, [all.experiments[0], all.experiments[2]]);
  assert.equal(JSON.parse(printed), { out: at('some'), ...table });
});

test('an experiment whose tiers are declared absent is listed as that', async () => {
  await experiments(
    '--run',
    at('run'),
    '--out',
    at('absent'),
    '--only',
    'E2_add_risk,E4_add_sentiment',
    '--set',
    'features.absent.tiers=["2a","2b"]',
  );
  const { experiments: listed }: ExperimentTable = readJson(at('absent'), 'experiments.json');
  assert.is(listed[0]?.status, 'measured');
  assert.equal(listed[1], {
    experiment: 'E4_add_sentiment',
    status: 'absent',
    tiers: ['1a', 'mp_core', 'mp_risk', '2a', '2b'],
    absent_tiers: ['2a', '2b'],
  });
  assert.match(readFileSync(at('absent', 'experiments.txt'), 'utf8'), /E4_add_sentiment +-.*tiers 2a, 2b/);
});

test('bad input is one line', async () => {
  await refused('experiment_unknown', 'no experiment E9', '--run', at('run'), '--only', 'E9,E5_full');
  await refused('option_invalid', 'no gold table');
  await refused('option_invalid', 'a gold table and a run', '--run', at('run'), '--gold', at('run/gold'));
  await refused('path_missing', 'no such file', '--run', at('nowhere'));
  await refused('gold_missing', 'gold_master.parquet', '--gold', folder);
});

test.run();
