import type { Handler } from '@pilotlight/functions';
import type { Front } from './front.ts';

/**
 * Lambda, as far as Step Functions sees it: functions of a stack by name, each the real handler in this process. Neither the image nor the
 * bundle is looked at here.
 */
export function serveFunctions(front: Front, handlers: Readonly<Record<string, Handler<unknown>>>): void {
  let requests = 0;
  for (const [name, handler] of Object.entries(handlers)) {
    front.answer(`Lambda.pilotlight-dev-${name}`, (event) => {
      requests += 1;
      return handler(event, { awsRequestId: `request-${requests}`, getRemainingTimeInMillis: () => 60_000 });
    });
  }
}

/** Answers one after the other; the last one for good. */
export function inTurn<T>(...answers: T[]): () => T {
  let turn = 0;
  return () => answers[Math.min(turn++, answers.length - 1)] as T;
}
