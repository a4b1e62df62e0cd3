import type { State, States } from './states.ts';

/** How long and how often to ask. */
export type Patience = { everySeconds: number; attempts: number };

type Poll = {
  /** Name of the state that asks; the others are named after it. */
  name: string;
  /** The state that asks, given where to go next. */
  ask: (next: string) => State;
  /** Path of what it answers, and what means which; anything else is a failure. */
  status: string;
  done: readonly string[];
  waiting: readonly string[];
  patience: Patience;
  next: string;
  /** Where to go when the answer is neither. */
  failed: string;
  /** Where to go when the patience is at its end. */
  late: string;
};

/** A standard execution may have 25,000 events; a turn of a poll makes 11, so this many leave room for all else. */
const ATTEMPTS_MAX = 1000;

/** Asks every minute where the limit is near, less often where it is far, so that the history never overflows. */
export function patienceOf(limitSeconds: number): Patience {
  const everySeconds = Math.max(60, Math.ceil(limitSeconds / ATTEMPTS_MAX));
  return { everySeconds, attempts: Math.ceil(limitSeconds / everySeconds) };
}

/** Name of the state that a poll begins with. */
export const pollStart = (name: string): string => `${name}Begin`;

/** Asks, waits and asks again, up to a limit. The number of the turn stands at `$.poll.turn`. */
export function poll({ name, ask, status, done, waiting, patience, next, failed, late }: Poll): States {
  const isOneOf = (answers: readonly string[]) => ({
    Or: answers.map((answer) => ({ Variable: status, StringEquals: answer })),
  });
  const [judge, wait, count] = [`${name}Judge`, `${name}Wait`, `${name}Count`];
  return {
    [pollStart(name)]: { Type: 'Pass', Result: { turn: 1 }, ResultPath: '$.poll', Next: name },
    [name]: ask(judge),
    [judge]: {
      Type: 'Choice',
      Choices: [
        { ...isOneOf(done), Next: next },
        {
          And: [isOneOf(waiting), { Variable: '$.poll.turn', NumericLessThan: patience.attempts }],
          Next: wait,
        },
        { ...isOneOf(waiting), Next: late },
      ],
      Default: failed,
    },
    [wait]: { Type: 'Wait', Seconds: patience.everySeconds, Next: count },
    [count]: {
      Type: 'Pass',
      Parameters: { 'turn.$': 'States.MathAdd($.poll.turn, 1)' },
      ResultPath: '$.poll',
      Next: name,
    },
  };
}
