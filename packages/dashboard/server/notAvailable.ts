/**
 * A result that is not there, not whole, or cannot be read. The page says `reason` and `todo` instead of showing figures; it is no
 * error of the server.
 */
export class NotAvailable extends Error {
  override readonly name = 'NotAvailable';
  readonly reason: string;
  readonly todo: string;

  constructor(reason: string, todo: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = oneLine(reason);
    this.todo = todo;
  }
}

/** The first line alone: what engines add below it names paths and code. */
export const oneLine = (text: string): string => (text.split('\n')[0] ?? '').trim();
