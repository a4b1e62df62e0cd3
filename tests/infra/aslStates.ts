import { createRequire } from 'node:module';

export type AslState = { Type: string; Resource?: string; Next?: string } & Record<string, unknown>;
export type Asl = { StartAt: string; TimeoutSeconds?: number; States: Record<string, AslState> };

/** Every state with its name, those inside of maps too. */
export function statesOf(machine: Asl): [name: string, state: AslState][] {
  return Object.entries(machine.States).flatMap(([name, state]) => {
    const inner = state.ItemProcessor as Asl | undefined;
    return [[name, state], ...(inner === undefined ? [] : statesOf(inner))] as [string, AslState][];
  });
}

type Validate = (asl: unknown) => { isValid: boolean; errorsText: () => string };

/** Without types of its own. */
const validate = createRequire(import.meta.url)('asl-validator') as Validate;

/** What is wrong with a machine, as the library says it; nothing for a good one. */
export function faultsOf(machine: Asl): string[] {
  const { isValid, errorsText } = validate(machine);
  return isValid ? [] : [errorsText()];
}

/** Tasks that could hang, or fail without anybody being told. */
export function recklessTasks(machine: Asl): string[] {
  return statesOf(machine)
    .filter(([, state]) => state.Type === 'Task')
    .filter(
      ([, { Retry, Catch, TimeoutSeconds }]) => !hasItems(Retry) || !hasItems(Catch) || !(Number(TimeoutSeconds) > 0),
    )
    .map(([name]) => name);
}

const hasItems = (value: unknown) => Array.isArray(value) && value.length > 0;

/** Names of states that can come after a state of the same level. */
export function nextOf(state: AslState): string[] {
  const choices = (state.Choices ?? []) as { Next: string }[];
  const catches = (state.Catch ?? []) as { Next: string }[];
  return [state.Next, state.Default as string | undefined, ...[...choices, ...catches].map(({ Next }) => Next)].filter(
    (name) => name !== undefined,
  );
}

/** States that nothing leads to. */
export function unreached(machine: Asl): string[] {
  const reached = new Set([machine.StartAt]);
  for (const name of reached) for (const next of nextOf(machine.States[name] as AslState)) reached.add(next);
  return Object.keys(machine.States).filter((name) => !reached.has(name));
}
