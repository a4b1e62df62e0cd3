type Rule = Readonly<Record<string, unknown>>;
type Machine = { StartAt?: unknown; States?: Readonly<Record<string, Rule>> };

const NAME_LENGTH_MAX = 80;
const LENGTH_MAX = 1_048_576;
const ENDS = ['Succeed', 'Fail'];
const WORKS = ['Task', 'Map', 'Parallel'];

/**
 * Faults of a state machine that Step Functions would find late or never: what is not reachable, what leads nowhere, work without
 * `Retry`, `Catch` or a time limit, a choice without a way out. Empty when there are none.
 *
 * @param machine the parsed definition, of JSONPath or JSONata; machines inside `Map` and `Parallel` are looked into
 */
export function lintStateMachine(machine: unknown): string[] {
  if (typeof machine !== 'object' || machine === null) return ['it is no JSON object'];
  const { length } = JSON.stringify(machine);
  const long = length > LENGTH_MAX ? [`${length} characters, ${LENGTH_MAX} are allowed`] : [];
  return [...long, ...lintMachine(machine as Machine, '')];
}

function lintMachine({ StartAt, States }: Machine, where: string): string[] {
  if (typeof States !== 'object' || States === null) return [`${where}it has no states`];
  const states = new Map(Object.entries(States));
  const faults: string[] = [];
  if (typeof StartAt !== 'string' || !states.has(StartAt)) faults.push(`${where}it starts at the unknown ${StartAt}`);
  const reached = reach(String(StartAt), states);
  for (const [name, state] of states) {
    const at = `${where}${name}: `;
    if (!reached.has(name)) faults.push(`${at}nothing leads to it`);
    if (name.length > NAME_LENGTH_MAX) faults.push(`${at}its name has over ${NAME_LENGTH_MAX} characters`);
    for (const next of nextOf(state)) if (!states.has(next)) faults.push(`${at}leads to the unknown ${next}`);
    faults.push(...[...lintWay(state), ...lintWork(state)].map((fault) => at + fault));
    for (const inner of innerOf(state)) faults.push(...lintMachine(inner, `${where}${name}/`));
  }
  if (![...reached].some((name) => isEnd(states.get(name)))) faults.push(`${where}it has no end`);
  return faults;
}

function reach(start: string, states: ReadonlyMap<string, Rule>): Set<string> {
  const reached = new Set([start]);
  for (const name of reached) for (const next of nextOf(states.get(name) ?? {})) reached.add(next);
  return reached;
}

function nextOf(state: Rule): string[] {
  const choices = [...listOf(state.Choices), ...listOf(state.Catch)].map(({ Next }) => Next);
  return [state.Next, state.Default, ...choices].filter((name) => typeof name === 'string');
}

function innerOf(state: Rule): Machine[] {
  const { ItemProcessor, Iterator: iterator } = state;
  return [...listOf(state.Branches), ...listOf([ItemProcessor, iterator].filter(Boolean))] as Machine[];
}

const listOf = (value: unknown): Rule[] => (Array.isArray(value) ? (value as Rule[]) : []);

const isEnd = (state: Rule | undefined) => state?.End === true || ENDS.includes(String(state?.Type));

/** How a state goes on. */
function lintWay(state: Rule): string[] {
  const { Type, Next, End } = state;
  if (ENDS.includes(String(Type))) return Next || End ? ['an end has no Next and no End'] : [];
  if (Type !== 'Choice') return (Next === undefined) === (End === true) ? [] : ['it needs Next or End, one of the two'];
  const faults = listOf(state.Choices).some(({ Next: next }) => typeof next !== 'string')
    ? ['a choice has no Next']
    : [];
  if (listOf(state.Choices).length === 0) faults.push('it has no choices');
  if (typeof state.Default !== 'string') faults.push('it has no Default: what matches no choice ends the execution');
  return faults;
}

/** What a state that works must have. */
function lintWork(state: Rule): string[] {
  if (!WORKS.includes(String(state.Type))) return [];
  const faults: string[] = [];
  const [retries, catches] = [listOf(state.Retry), listOf(state.Catch)];
  if (!catches.some(isForAll)) faults.push('it has no Catch of States.ALL');
  for (const list of [retries, catches]) {
    const [rule] = list.filter((one, index) => isForAll(one) && (index < list.length - 1 || errorsOf(one).length > 1));
    if (rule) faults.push('States.ALL stands alone, and last');
  }
  if (state.Type !== 'Task') return faults;
  if (retries.length === 0) faults.push('it has no Retry');
  const limits = [state.TimeoutSeconds, state.TimeoutSecondsPath];
  if (limits.every((limit) => limit === undefined)) faults.push('it has no TimeoutSeconds');
  const isSync = /\.sync(:2)?$/.test(String(state.Resource));
  if (isSync && state.HeartbeatSeconds !== undefined) faults.push('a .sync task sends no heartbeats');
  return faults;
}

const errorsOf = ({ ErrorEquals }: Rule): unknown[] => (Array.isArray(ErrorEquals) ? ErrorEquals : []);
const isForAll = (rule: Rule) => errorsOf(rule).includes('States.ALL');
