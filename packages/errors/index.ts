/** Exit codes of the command; what a job's orchestrator reads. */
export const EXIT = { done: 0, failure: 1, input: 2, drift: 3, unmeasurable: 4 } as const;

/**
 * Something that the user gave cannot be used. The command prints `what`, `where` and `todo` on one line and exits with
 * {@link EXIT.input}; nothing half-written stays behind.
 *
 * `code` is for programs (each package lists its own), `cause` keeps the error underneath.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: string;
  readonly where: string;
  readonly todo: string;

  constructor(facts: { code: string; what: string; where: string; todo: string; cause?: unknown }) {
    super(`${facts.what}: ${facts.where}: ${facts.todo}`.replace(/\s*\n\s*/g, ' '), { cause: facts.cause });
    this.code = facts.code;
    this.where = facts.where;
    this.todo = facts.todo;
  }
}
