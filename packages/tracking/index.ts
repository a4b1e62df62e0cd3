/**
 * What a run wants remembered: parameters, metrics, tags, artifacts. Written to a local folder; an upload replays it to MLflow,
 * whose registered models are reached from here too.
 */

export {
  deleteModelAlias,
  describeModelVersion,
  setModelAlias,
  setModelVersionTag,
  setRegisteredModelTag,
} from './changeModels.ts';
export { createModelVersion, DIGEST_TAG, findModelVersion, type ModelVersionRequest } from './createModelVersion.ts';
export { createRegisteredModel } from './createRegisteredModel.ts';
export { TrackingError, type TrackingFault } from './errors.ts';
export { equals, tag } from './filter.ts';
export { getModelVersion, getModelVersionByAlias, getRegisteredModel } from './getModels.ts';
export type { ModelVersion, RegisteredModel } from './models.ts';
export { openExperiment } from './openExperiment.ts';
export { type CallOptions, type JsonObject, type MlflowClient, type MlflowOptions, openMlflow } from './openMlflow.ts';
export {
  DUPLICATE_TAG,
  type MlflowRun,
  openRun,
  RUN_KEY_TAG,
  type RunRequest,
  setRunStatus,
} from './openRun.ts';
export { openRunArtifacts, type RunArtifacts } from './openRunArtifacts.ts';
export { openRunLog, type RunLog } from './openRunLog.ts';
export { parseTrackingUri } from './parseTrackingUri.ts';
export { type MetricPoint, type RecordedRun, readRunLog } from './readRunLog.ts';
export { type SearchOptions, searchModelVersions, searchRegisteredModels } from './searchModels.ts';
export { type Signing, signRequest, type UnsignedRequest } from './signRequest.ts';
export { type UploadOptions, uploadRun } from './uploadRun.ts';
