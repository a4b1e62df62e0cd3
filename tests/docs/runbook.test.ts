import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { captureStack, of, STACKS } from '../infra/mocks.ts';
import { ROOT } from '../python.ts';

const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm';
const RUNBOOK = 'docs/guides/runbook.md';
const PARTS = ['**What it says.**', '**Look.**', '**Mend.**', '**It is over when.**'];

/** Name -> description of every alarm that the program makes, in any stack. */
async function alarms(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const stack of STACKS) {
    for (const { name, inputs } of of((await captureStack(stack)).resources, ALARM)) {
      found.set(name, inputs.alarmDescription as string);
    }
  }
  return found;
}

/** Section title -> its text. A title names one alarm or several. */
function readSections(): Map<string, string> {
  const text = readFileSync(path.join(ROOT, RUNBOOK), 'utf8');
  const parts = text.split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.split('\n')[0] as string, part]));
}

const made = await alarms();
const sections = readSections();
const titled = [...sections.keys()].flatMap((title) => [...title.matchAll(/`([^`]+)`/g)].map((match) => match[1]));

test('the program makes alarms, and the runbook has sections', () => {
  assert.ok(made.size >= 10, [...made.keys()].join(', '));
  assert.ok(titled.length >= 10, titled.join(', '));
});

test('every alarm has one section in the runbook, and every section an alarm', () => {
  assert.equal(titled.toSorted(), [...made.keys()].sort());
});

test('every section says what, where to look, what to do, and when it is over', () => {
  const faults = [...sections].flatMap(([title, text]) =>
    title.includes('`') ? PARTS.filter((part) => !text.includes(part)).map((part) => `${title}: no ${part}`) : [],
  );
  assert.equal(faults, []);
});

test.run();
