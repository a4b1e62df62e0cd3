/**
 * A stand-in for SageMaker Pipelines and its jobs. It takes a pipeline's JSON as CreatePipeline does, runs it as SageMaker documents it, and
 * knows nothing of the definitions that this project compiles: what the JSON does not say does not happen. S3 is whatever the environment
 * of the {@link Cloud} names; each job is a process with an `/opt/ml` of its own.
 */

export { downloadPrefix, getText, keysUnder, putFolder, putText } from './bucket.ts';
export { checkRequests } from './checkRequests.ts';
export { evaluate } from './evaluate.ts';
export { readPipeline } from './readPipeline.ts';
export { resolveParameters } from './resolveParameters.ts';
export { startExecution } from './startExecution.ts';
export { testConditions } from './testConditions.ts';
export { type Cloud, type Execution, type Fault, type Json, type JsonObject, Refused } from './types.ts';
