import native, {
  type NamedTexts,
  type NativeTrainingData,
  type NativeUnseen,
  type ProgressEvent,
} from '@pilotlight/native';
import { runNative, type Watched } from './run.ts';

/** LightGBM's parameters by any of their names; a list is joined by commas. */
export type BoostingParams = Record<string, string | number | boolean | readonly (string | number)[]>;

/** A column to learn from. `categorical` takes text, whole numbers or booleans. */
export type Feature = { name: string; kind: 'numeric' | 'boolean' | 'categorical' };

/** Importance of a feature: the sum of its splits' gains, and their number. */
export type Importance = { feature: string; gain: number; split: number };

/** Categories that training never saw, by feature: rows that have one, and up to five of them. They count as missing. */
export type UnseenCategories = Record<string, { rows: number; examples: string[] }>;

/** What to learn from. Paths are Parquet files, or folders read to the bottom. */
export type TrainingData = {
  trainPaths: string[];
  /** Numbers or booleans, none missing; 0 and 1 for `binary`, 0 to `num_class` - 1 for `multiclass`. */
  target: string;
  /** Row weights: finite, from 0 up. */
  weight?: string | undefined;
  /** `all`: every column of a usable type but target, weight and excluded ones; text as categories. */
  features: readonly Feature[] | 'all';
  exclude?: string[] | undefined;
  params: BoostingParams;
  /** Boosting iterations at most; 100 unless given here or as `num_iterations`. */
  rounds?: number | undefined;
};

export type TrainOptions = Watched &
  TrainingData & {
    validPaths?: string[] | undefined;
    /** Stop when the first metric has not got better on the validation rows for so many iterations. */
    earlyStoppingRounds?: number | undefined;
    modelPath: string;
    /** The machines that train this model together; left out: this one alone. */
    machines?: Machines | undefined;
    onProgress?:
      | ((progress: { iteration: number; rounds: number; metrics: Record<string, number> }) => void)
      | undefined;
  };

/**
 * Several machines that train one model, by LightGBM's own data-parallel learner. Each has all files, is handed the same options, learns
 * from its share of the row groups, and ends with the same model file. Validation rows are not shared, so that all stop together.
 */
export type Machines = {
  /** `ip:port` of each (IPv4), in the same order everywhere. */
  addresses: string[];
  /** Which of them this is, from 0. */
  place: number;
  /** How long to wait for the others before training, in seconds; 600. */
  waitSeconds?: number | undefined;
};

export type TrainResult = {
  /** Iterations that the model file has: the best by validation with early stopping, else all. */
  bestIteration: number;
  /** Iterations that were run. */
  rounds: number;
  /** `valid_<metric>` by iteration; `training_<metric>` too with `is_provide_training_metric`. */
  evaluations: Record<string, number[]>;
  features: string[];
  /** Categories of categorical features; a category's code is its place in the list. */
  categories: Record<string, string[]>;
  importance: Importance[];
  /** Columns of unusable types that `all` left out, and why. */
  skipped: { name: string; reason: string }[];
  /** Of the validation rows. */
  unseenCategories: UnseenCategories;
  trainRows: number;
  validRows: number;
  /** 2 for `binary`, `num_class` for many classes, 1 otherwise. */
  classesCount: number;
  /** LightGBM's own. */
  warnings: string[];
};

/**
 * Trains boosted trees on Parquet streamed into bins (the raw matrix is never held) and writes LightGBM's text model, cut at the best
 * iteration, categories included: the file alone predicts, here and in LightGBM's Python package.
 *
 * Missing numbers (null, NaN) and missing categories are LightGBM's missing values; infinite numbers are values at the ends.
 * `deterministic` is on unless given, and one of `force_row_wise` and `force_col_wise`: the latter where the copy of the binned rows
 * that the former needs would be over 1 GiB. The same data and parameters give the same file on any machine.
 *
 * @throws InputError for bad data and parameters, see {@link import('./errors.ts').ModelingCode}; nothing is written then.
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const training = {
    data: nativeData(options),
    validPaths: options.validPaths ?? [],
    ...(options.earlyStoppingRounds === undefined ? {} : { earlyStoppingRounds: options.earlyStoppingRounds }),
    modelPath: options.modelPath,
    ...nativeMachines(options.machines),
  };
  const found = await runNative(options.signal, options.onProgress, iterations, (token, listen) =>
    native.train(training, token, listen),
  );
  return {
    bestIteration: found.bestIteration,
    rounds: found.rounds,
    evaluations: Object.fromEntries(found.evaluations.map((one) => [one.name, one.values])),
    features: found.features,
    categories: byName(found.categories),
    importance: found.importance,
    skipped: found.skipped,
    unseenCategories: byFeature(found.unseen),
    trainRows: found.trainRows,
    validRows: found.validRows,
    classesCount: found.classesCount,
    warnings: found.warnings,
  };
}

const WAIT_S = 600;

function nativeMachines(machines: Machines | undefined) {
  if (machines === undefined || machines.addresses.length < 2) return {};
  const { addresses, place, waitSeconds: waitS = WAIT_S } = machines;
  return { machines: { addresses, place, waitS } };
}

export type CrossValidateOptions = Watched &
  TrainingData & {
    /** Whole numbers, one a fold, none missing; not a feature. */
    foldColumn: string;
    outPath: string;
    keepColumns: string[];
    onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  };

/**
 * Trains one model a fold on the rows of the other folds, rounds fixed, and writes each row's prediction by the model that never saw
 * it: `keepColumns` and the columns of {@link predict}, rows in reading order. Bins come from all rows, as in LightGBM's own `cv`.
 *
 * @throws InputError as {@link train}, and BAD_FOLD; nothing is written then.
 */
export async function crossValidate(
  options: CrossValidateOptions,
): Promise<{ folds: { fold: number; rows: number }[]; rows: number; features: string[]; warnings: string[] }> {
  const { foldColumn, outPath, keepColumns } = options;
  const plan = { data: nativeData(options), foldColumn, outPath, keepColumns };
  return runNative(options.signal, options.onProgress, counts, (token, listen) =>
    native.crossValidate(plan, token, listen),
  );
}

export type PredictOptions = Watched & {
  modelPath: string;
  dataPaths: string[];
  outPath: string;
  /** Columns copied to the output. */
  keepColumns: string[];
  kind?: 'probability' | 'raw' | 'contributions' | undefined;
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
};

/**
 * Predicts Parquet to Parquet in bounded memory. The output has `keepColumns`, then by `kind`:
 * `probability` (the default): `probability` for two classes, `probability_0`... for many, `prediction` for regression;
 * `raw`: `raw_score` or `raw_score_0`...; `contributions`: SHAP values, a column a feature by its name and `bias`, which add up to the
 * raw score (names end in `_0`... for many classes).
 *
 * @throws InputError MODEL_NOT_FOUND, BAD_MODEL, MISSING_COLUMN, BAD_COLUMN and those of reading; nothing is written then.
 */
export async function predict(options: PredictOptions): Promise<{ rows: number; unseenCategories: UnseenCategories }> {
  const { modelPath, dataPaths, outPath, keepColumns, kind = 'probability' } = options;
  const prediction = { modelPath, dataPaths, outPath, keepColumns, kind };
  const found = await runNative(options.signal, options.onProgress, counts, (token, listen) =>
    native.predict(prediction, token, listen),
  );
  return { rows: found.rows, unseenCategories: byFeature(found.unseen) };
}

/**
 * Mean SHAP values of each feature, in the order of the model, over at most `rowsMax` rows (10,000 unless given; a fixed-seed sample
 * of larger data): `mean_abs` says how much it moves the raw score, `mean` which way. With many classes, means over classes too.
 *
 * @throws InputError as {@link predict}, and NO_ROWS.
 */
export async function meanContributions(
  options: Watched & { modelPath: string; dataPaths: string[]; rowsMax?: number | undefined },
): Promise<{ feature: string; mean_abs: number; mean: number }[]> {
  const { modelPath, dataPaths, rowsMax = 10_000 } = options;
  const found = await runNative(options.signal, undefined, counts, (token) =>
    native.meanContributions(modelPath, dataPaths, rowsMax, token),
  );
  return found.map(({ feature, meanAbs, mean }) => ({ feature, mean_abs: meanAbs, mean }));
}

/**
 * What a model file says of itself, whoever wrote it.
 *
 * @throws InputError MODEL_NOT_FOUND, BAD_MODEL.
 */
export async function readModel(modelPath: string): Promise<{
  features: string[];
  categories: Record<string, string[]>;
  importance: Importance[];
  classesCount: number;
}> {
  const found = await runNative(undefined, undefined, counts, () => native.readModel(modelPath));
  return { ...found, categories: byName(found.categories) };
}

function nativeData(options: TrainingData): NativeTrainingData {
  const params = Object.entries(options.params).map(([name, value]) => ({ name, value: String(value) }));
  return {
    paths: options.trainPaths,
    target: options.target,
    ...(options.weight === undefined ? {} : { weight: options.weight }),
    ...(options.features === 'all' ? {} : { features: [...options.features] }),
    exclude: options.exclude ?? [],
    params,
    ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
  };
}

function iterations(event: ProgressEvent): { iteration: number; rounds: number; metrics: Record<string, number> } {
  const metrics = Object.fromEntries(event.metrics.map(({ name, value }) => [name, value]));
  return { iteration: event.done, rounds: event.total, metrics };
}

function counts(event: ProgressEvent): { done: number; total: number } {
  return { done: event.done, total: event.total };
}

function byName(lists: NamedTexts[]): Record<string, string[]> {
  return Object.fromEntries(lists.map(({ name, values }) => [name, values]));
}

function byFeature(unseen: NativeUnseen[]): UnseenCategories {
  return Object.fromEntries(unseen.map(({ feature, rows, examples }) => [feature, { rows, examples }]));
}
