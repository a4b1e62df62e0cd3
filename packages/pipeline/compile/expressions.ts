import { asJson, type Json, type JsonObject, type Value } from './options.ts';

/** A value that SageMaker fills in when the pipeline runs. */
export const get = (path: string): JsonObject => ({ Get: path });

export const getParameter = (name: string): JsonObject => get(`Parameters.${name}`);

/** The id of a run of the pipeline. */
export const RUN_ID = get('Execution.PipelineExecutionId');

/** Texts and expressions joined by `on`; what is text alone is joined at once. */
export function join(on: string, values: readonly Value[]): Json {
  const parts: Value[] = [];
  for (const value of values) {
    const last = parts.at(-1);
    if (typeof value === 'string' && typeof last === 'string') parts[parts.length - 1] = last + on + value;
    else parts.push(value);
  }
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return asJson(only);
  return { 'Std:Join': { On: on, Values: parts.map(asJson) } };
}

/** A value in a property file of a step that has run. */
export function jsonGet(step: string, propertyFile: string, path: string): JsonObject {
  return { 'Std:JsonGet': { PropertyFile: get(`Steps.${step}.PropertyFiles.${propertyFile}`), Path: path } };
}

/** The S3 URI of an output of a processing step. */
export const processingOutput = (step: string, output: string): JsonObject =>
  get(`Steps.${step}.ProcessingOutputConfig.Outputs['${output}'].S3Output.S3Uri`);

/** The S3 URI under which a training step's `/opt/ml/model` went. */
export const trainingOutput = (step: string): JsonObject => get(`Steps.${step}.ModelArtifacts.S3ModelArtifacts`);
