/**
 * `unreachable`: no answer (no connection, a hang); `failed`: the server's own fault (5xx); `throttled`: too many requests; all
 * three to the last try. `denied`: no permission. `not_found`, `exists`: of what was asked for. `refused`: the server does not
 * take what was sent. `deleted`: an experiment that somebody deleted. `conflict`: the run has another value already.
 * `bad_answer`: whatever answers is not MLflow. `unsupported`: artifacts in a place that cannot be written from here.
 */
export type TrackingFault =
  | 'unreachable'
  | 'failed'
  | 'throttled'
  | 'denied'
  | 'not_found'
  | 'exists'
  | 'refused'
  | 'deleted'
  | 'conflict'
  | 'bad_answer'
  | 'unsupported';

/**
 * MLflow did not do what it was asked for. The message is one line with the tracking URI and never a credential. What was to be
 * tracked is on the disk still, so the caller warns and goes on.
 */
export class TrackingError extends Error {
  override readonly name = 'TrackingError';
  readonly code: TrackingFault;
  /** The tracking URI, without credentials. */
  readonly uri: string;
  /** The server may have done it and the answer was lost: look before doing it again. */
  readonly maybeDone: boolean;

  constructor(facts: { code: TrackingFault; uri: string; what: string; maybeDone?: boolean; cause?: unknown }) {
    super(`MLflow at ${facts.uri}: ${facts.what}`.replace(/\s*[\n\r]\s*/g, ' '), { cause: facts.cause });
    this.code = facts.code;
    this.uri = facts.uri;
    this.maybeDone = facts.maybeDone ?? false;
  }
}
