import { definePipeline, type OutputRoots } from '@pilotlight/pipeline';

const processing = {
  instanceTypeParameter: 'ProcessingInstanceType',
  instanceCountParameter: 'ProcessingInstanceCount',
  volumeGb: 200,
  timeLimitMinutes: 360,
} as const;
const training = {
  instanceTypeParameter: 'TrainingInstanceType',
  instanceCountParameter: 'TrainingInstanceCount',
  volumeGb: 200,
  timeLimitMinutes: 360,
} as const;

const parameters = {
  ClieInputUri: { type: 'String', description: 'Customers (CLIE): a folder' },
  PolaInputUri: { type: 'String', description: 'Contracts (POLA): a folder' },
  HfacInputUri: { type: 'String', description: 'Invoice history (HFAC): a folder' },
  OutputUri: { type: 'String', description: 'Where the scored contracts go' },
  ArtifactUri: { type: 'String', description: 'Where models and reports go' },
  ExecutionDate: { type: 'String', description: 'YYYY-MM-DD; nothing later is looked at' },
  ProcessingInstanceType: { type: 'String', default: 'ml.m5.large', description: 'Machine of the processing steps' },
  ProcessingInstanceCount: { type: 'Integer', default: 1, description: 'How many of them' },
  TrainingInstanceType: { type: 'String', default: 'ml.m5.large', description: 'Machine of the training steps' },
  TrainingInstanceCount: { type: 'Integer', default: 1, description: 'How many of them' },
  ImageUri: { type: 'String', default: 'local', description: 'Container image of every step, by digest' },
  ConfigUri: { type: 'String', default: 'none', description: 'Configuration file or folder; none = the built-in one' },
  MlflowTrackingUri: { type: 'String', default: 'none', description: 'MLflow; none = run folders only' },
  ModelPackageGroups: {
    type: 'String',
    default: 'segmentation-domestic,segmentation-industrial',
    description: 'Where the two models are registered',
  },
  BenchmarkMode: {
    type: 'String',
    default: 'standalone',
    values: ['standalone', 'compare'],
    description: 'compare = changes against the BENCHMARK at PreviousBenchmarkUri',
  },
  PreviousBenchmarkUri: { type: 'String', default: 'none', description: 'BENCHMARK folder of an earlier run' },
  BaselineFeaturesUri: {
    type: 'String',
    default: 'none',
    description:
      'The run that drift is measured against: its output on this machine, <ArtifactUri>/splits/<run id> in the cloud; none = no baseline',
  },
  BaselineModelsUri: {
    type: 'String',
    default: 'none',
    description:
      'Models of that run, for the drift of predictions: <ArtifactUri>/models/<run id> in the cloud; none = those in its output, if there',
  },
  DriftThreshold: { type: 'Float', default: 0.25, description: 'PSI above which a feature counts as HIGH drift' },
  FailOnDrift: {
    type: 'String',
    default: 'false',
    values: ['true', 'false'],
    description: 'Stop before training when the overall drift flag is up',
  },
} as const;

const preprocess = {
  name: 'PreprocessSplit',
  kind: 'processing',
  inputs: {
    clie: { parameter: 'ClieInputUri' },
    pola: { parameter: 'PolaInputUri' },
    hfac: { parameter: 'HfacInputUri' },
    config: { parameter: 'ConfigUri', optional: true },
  },
  parameters: ['ExecutionDate'],
  resources: processing,
} as const;

const train = (modelType: 'Domestic' | 'Industrial') =>
  ({
    name: `Train${modelType}`,
    kind: 'training',
    description: `Boosted trees for ${modelType} contracts: model, predictions, curves, importance`,
    inputs: {
      splits: { step: 'PreprocessSplit', output: 'splits' },
      config: { parameter: 'ConfigUri', optional: true },
    },
    outputs: { model: { path: `models/${modelType}` } },
    parameters: ['ExecutionDate'],
    arguments: { ModelType: modelType },
    after: ['DriftGate'],
    sharesWork: true,
    resources: training,
  }) as const;

/** The weekly pipeline, as data: the local runner runs it, the compilers write it for the cloud. */
export const segmentation = definePipeline({
  name: 'segmentation',
  description: 'Weekly risk and segment of every contract, with a drift gate',
  parameters,
  steps: [
    {
      ...preprocess,
      description: 'Check, join, invoices to columns, split by tarifa and into train / test / inference',
      outputs: { splits: { path: 'splits' }, cohorts: { path: 'cohorts' } },
      arguments: { Mode: 'train' },
    },
    {
      name: 'DriftCheck',
      kind: 'processing',
      description: 'Drift of every feature, and of the predictions, against the baseline',
      inputs: {
        current: { step: 'PreprocessSplit', output: 'splits' },
        cohorts: { step: 'PreprocessSplit', output: 'cohorts' },
        reference: { parameter: 'BaselineFeaturesUri', optional: true },
        models: { parameter: 'BaselineModelsUri', optional: true },
        config: { parameter: 'ConfigUri', optional: true },
      },
      outputs: { report: { path: 'drift' } },
      parameters: ['ExecutionDate', 'DriftThreshold'],
      propertyFiles: { DriftSummary: { output: 'report', path: 'drift_summary.json' } },
      resources: processing,
    },
    {
      name: 'DriftGate',
      kind: 'condition',
      all: [
        { left: { parameter: 'FailOnDrift' }, op: 'Equals', right: 'true' },
        {
          left: { step: 'DriftCheck', propertyFile: 'DriftSummary', path: 'overall_drift' },
          op: 'Equals',
          right: true,
        },
      ],
      then: ['DriftFound'],
      otherwise: ['TrainDomestic', 'TrainIndustrial'],
    },
    {
      name: 'DriftFound',
      kind: 'fail',
      message: 'drift found and FailOnDrift is "true": read the drift report, then retrain or correct the data',
      exitCode: 3,
    },
    train('Domestic'),
    train('Industrial'),
    {
      name: 'InferenceReporting',
      kind: 'processing',
      description: 'Score every contract, cluster, BENCHMARK, summary',
      inputs: {
        splits: { step: 'PreprocessSplit', output: 'splits' },
        domestic: { step: 'TrainDomestic', output: 'model' },
        industrial: { step: 'TrainIndustrial', output: 'model' },
        drift: { step: 'DriftCheck', output: 'report' },
        previous: { parameter: 'PreviousBenchmarkUri', optional: true },
        config: { parameter: 'ConfigUri', optional: true },
      },
      outputs: { clusters: { path: 'clusters' }, benchmark: { path: 'benchmark' }, report: { path: 'report' } },
      parameters: ['ExecutionDate', 'BenchmarkMode'],
      resources: processing,
    },
  ],
});

/** Scores new rows with models of an earlier run; needs no labels. */
export const segmentationScore = definePipeline({
  name: 'segmentation-score',
  description: 'Score and cluster contracts with the models of an earlier run',
  parameters: {
    ...parameters,
    ModelsUri: {
      type: 'String',
      description: 'Models of a training run: its models folder, <ArtifactUri>/models/<run id> in the cloud',
    },
  },
  steps: [
    {
      ...preprocess,
      description: 'Check, join, invoices to columns; the features that the models want',
      inputs: { ...preprocess.inputs, models: { parameter: 'ModelsUri' } },
      outputs: { splits: { path: 'splits' }, cohorts: { path: 'cohorts' } },
      arguments: { Mode: 'score' },
    },
    {
      name: 'InferenceReporting',
      kind: 'processing',
      description: 'Score every contract, cluster, BENCHMARK, summary',
      inputs: {
        splits: { step: 'PreprocessSplit', output: 'splits' },
        models: { parameter: 'ModelsUri' },
        previous: { parameter: 'PreviousBenchmarkUri', optional: true },
        config: { parameter: 'ConfigUri', optional: true },
      },
      outputs: { clusters: { path: 'clusters' }, benchmark: { path: 'benchmark' }, report: { path: 'report' } },
      parameters: ['ExecutionDate', 'BenchmarkMode'],
      resources: processing,
    },
  ],
});

/**
 * Where both leave what they make in the cloud. What goes to people and to the customer value model goes under OutputUri; all else of
 * a run under ArtifactUri, since its splits and models are the baseline of later runs.
 */
export const segmentationRoots: OutputRoots = {
  '*': 'ArtifactUri',
  'InferenceReporting.clusters': 'OutputUri',
  'InferenceReporting.benchmark': 'OutputUri',
};
