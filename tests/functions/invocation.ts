import type { Invocation } from '../../packages/functions/index.ts';

/** An invocation as Lambda makes it. */
export const invocation = (remaining_ms = 60_000): Invocation => ({
  awsRequestId: '8f507cfc-xmpl-4697-b07a-ac58fc914c95',
  getRemainingTimeInMillis: () => remaining_ms,
});

/** The error that a call ends with; an error of the test's own where it does not. */
export async function failureOf(call: Promise<unknown>): Promise<Error> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: Error) => error,
  );
  if (answer instanceof Error) return answer;
  throw new Error(`no failure, but ${JSON.stringify(answer.value)}`);
}
