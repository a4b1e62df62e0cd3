/** Tags of ours on registered models (`REGISTRY`, events, `SHOWN`) and on their versions (the others). */

/** On the registered models that are groups of this registry. */
export const REGISTRY_TAG = 'pilotlight.registry';
/** The key of the last event that the alias follows. */
export const SHOWN_TAG = 'pilotlight.shown';
export const STATUS_TAG = 'pilotlight.status';
export const MODEL_SHA256_TAG = 'pilotlight.model_sha256';
/** Who asked for the registration, and how: JSON. */
export const REQUEST_TAG = 'pilotlight.request';

/** Names the champion: setting it in MLflow's pages approves a version. */
export const CHAMPION_ALIAS = 'champion';

/** Every server takes values of this length. */
const VALUE_LENGTH_MAX = 5000;
/** Of a reason, which is the only long text in a value. */
const REASON_LENGTH_MAX = VALUE_LENGTH_MAX / 2;

export function shorten(reason: string | null): string | null {
  return reason === null || reason.length <= REASON_LENGTH_MAX ? reason : `${reason.slice(0, REASON_LENGTH_MAX)}...`;
}
