// Boosted trees, drift statistics and sums of meter readings on Parquet: the typed face of the native core.

export {
  type BoostingParams,
  type CrossValidateOptions,
  crossValidate,
  type Feature,
  type Importance,
  type Machines,
  meanContributions,
  type PredictOptions,
  predict,
  readModel,
  type TrainingData,
  type TrainOptions,
  type TrainResult,
  train,
  type UnseenCategories,
} from './boosting.ts';
export {
  buildProfile,
  type ColumnDrift,
  type CompareOptions,
  chiSquared,
  compareDatasets,
  type DriftBin,
  type DriftTable,
  ksTwoSample,
  mergeProfiles,
  psi,
  type Severity,
  type ZeroRule,
} from './drift.ts';
export type { ModelingCode } from './errors.ts';
export { type AggregateOptions, type AggregateReport, aggregateReadings, type ReadingColumns } from './meter.ts';
