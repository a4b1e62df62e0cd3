/** Kills a process before each of its changes in a service, one process after the other, and looks at what is left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Registry } from '@pilotlight/registry';
import * as assert from 'uvu/assert';
import { requestOf } from './folder.ts';

export type Killed = {
  uri: string;
  registry: Registry;
  at: (...parts: string[]) => string;
  /** Of a group, from the API of the service: the numbers of its versions. */
  numbers: (group: string) => Promise<number[]>;
};

type Scenario = {
  method: 'register' | 'approve' | 'reject';
  /** What is done before: registrations of a, b ..., each with a status. */
  before: readonly ('approved' | 'pending')[];
  request: (group: string, at: Killed['at']) => Record<string, unknown>;
  /** Champion before, champion after, statuses after, events after. */
  from: number | null;
  to: number | null;
  statuses: readonly string[];
  events: number;
};

const decision = { by: 'ana', reason: 'by hand' };

export const SCENARIOS: readonly Scenario[] = [
  {
    method: 'register',
    before: [],
    request: (group, at) => requestOf(at('artifacts'), 'b', { group, status: 'approved', by: 'train' }),
    from: null,
    to: 1,
    statuses: ['approved'],
    events: 1,
  },
  {
    method: 'register',
    before: ['approved'],
    request: (group, at) => requestOf(at('artifacts'), 'b', { group, status: 'approved', by: 'train' }),
    from: 1,
    to: 2,
    statuses: ['superseded', 'approved'],
    events: 2,
  },
  {
    method: 'approve',
    before: ['approved', 'pending'],
    request: (group) => ({ group, version: 2, ...decision }),
    from: 1,
    to: 2,
    statuses: ['superseded', 'approved'],
    events: 3,
  },
  {
    method: 'reject',
    before: ['approved', 'approved', 'pending'],
    request: (group) => ({ group, version: 2, replacement: 3, ...decision }),
    from: 2,
    to: 3,
    statuses: ['superseded', 'rejected', 'approved'],
    events: 4,
  },
];

const NAMES = ['a', 'c', 'd'];

/**
 * After each kill a reader must find the state before or the one after, and the same call again must end with the one after,
 * nothing twice. Returns how many were killed.
 */
export async function killAtEach(killed: Killed, scenario: Scenario): Promise<number> {
  const { registry, uri, at } = killed;
  const seen = new Set<number | null>();
  for (let change = 1; ; change += 1) {
    const group = `${scenario.method}-${scenario.before.length}-${change}`;
    for (const [i, status] of scenario.before.entries()) {
      await registry.register(requestOf(at('artifacts'), NAMES[i] as string, { group, status }));
    }
    const given = scenario.request(group, at);
    const { code, signal, said } = await run(uri, change, scenario.method, given);
    if (code === 0) {
      assert.equal(
        [...seen].sort(),
        [scenario.from, scenario.to].sort(),
        'kills both before and after the change was done',
      );
      return change - 1;
    }
    assert.is(signal, 'SIGKILL', said);
    const where = `${scenario.method} killed before change ${change}`;
    const champion = (await registry.champion(group))?.version ?? null;
    assert.ok(champion === scenario.from || champion === scenario.to, `${where}: champion ${champion}`);
    seen.add(champion);
    await (registry[scenario.method] as (request: unknown) => Promise<unknown>)(given);
    await check(killed, scenario, group, where);
  }
}

async function check({ registry, numbers }: Killed, scenario: Scenario, group: string, where: string): Promise<void> {
  const { to, statuses, events } = scenario;
  assert.is((await registry.champion(group))?.version ?? null, to, where);
  assert.equal(
    (await registry.list(group)).map(({ status }) => status),
    statuses,
    where,
  );
  const history = await registry.history(group);
  assert.equal(
    history.map(({ sequence }) => sequence),
    Array.from({ length: events }, (_, i) => i + 1),
    where,
  );
  assert.is(history.at(-1)?.by, scenario.method === 'register' ? 'train' : 'ana', where);
  assert.equal(
    await numbers(group),
    [...statuses.keys()].map((i) => i + 1),
    where,
  );
}

async function run(uri: string, change: number, method: string, given: unknown) {
  const args = [join(import.meta.dirname, 'killedClient.ts'), uri, String(change), method, JSON.stringify(given)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said, [code, signal]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code, signal, said };
}
