import { TrackingError, type TrackingFault } from '@pilotlight/tracking';
import { fault } from '../errors.ts';

/** What a person can mend, and how; other faults are of the server or pass. */
const REMEDY: Partial<Record<TrackingFault, string>> = {
  unreachable: 'check the address, or start the server',
  denied: 'allow it to who runs this, or give credentials',
  deleted: 'restore the experiment, or remove it for good',
  unsupported: 'serve artifacts by the proxy, or from s3://',
  bad_answer: 'give the address of an MLflow tracking server',
};

export function explainMlflow(error: unknown): unknown {
  if (!(error instanceof TrackingError)) return error;
  const todo = REMEDY[error.code];
  if (todo === undefined) return error;
  const what = error.message.replace(`MLflow at ${error.uri}: `, '');
  return fault(error.code === 'denied' ? 'denied' : 'bad_registry', what, `mlflow:${error.uri}`, todo, error);
}
