/** The model registry: versions of a model group, and which of them is the champion. One interface: a folder, SageMaker or MLflow. */

export { applyEvent, emptyGroup, type GroupEvent, type GroupState, latestOf, type VersionState } from './applyEvent.ts';
export type { RegistryFault } from './errors.ts';
export { type LocalRegistryOptions, openLocalRegistry } from './openLocalRegistry.ts';
export { openRegistry, type RegistryOptions } from './openRegistry.ts';
export type {
  ApproveRequest,
  Decision,
  Facts,
  FetchedVersion,
  HistoryEvent,
  RegisterRequest,
  Registry,
  RejectRequest,
  Status,
  Version,
  VersionFile,
} from './registry.ts';
