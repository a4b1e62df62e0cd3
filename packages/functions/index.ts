/** The functions that Lambda runs: each file here that exports `handler` is one, bundled by `bundle.ts`. */

export { handler as connectorWait } from './connectorWait.ts';
export { handler as decompress } from './decompress.ts';
export { ChecksFailed, type FunctionFault } from './errors.ts';
export type { Handler, Invocation } from './handler.ts';
export { PATTERN as TRIGGER_PATTERN } from './manifest/triggerRule.ts';
export { handler as trigger } from './trigger.ts';
export type { ConnectorWait, Decompress, ListingInput, TransferInput, Trigger, WakeTracking } from './types.ts';
export { Checks } from './unpack/checks.ts';
export { handler as wakeTracking } from './wakeTracking.ts';
