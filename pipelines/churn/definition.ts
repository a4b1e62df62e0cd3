import { definePipeline, type OutputRoots } from '@pilotlight/pipeline';

const processing = {
  instanceTypeParameter: 'ProcessingInstanceType',
  instanceCountParameter: 'ProcessingInstanceCount',
  volumeGb: 50,
  timeLimitMinutes: 120,
} as const;
const training = {
  ...processing,
  instanceTypeParameter: 'TrainingInstanceType',
  instanceCountParameter: 'TrainingInstanceCount',
} as const;

const parameters = {
  RawUri: { type: 'String', description: 'The raw files: a folder' },
  OutputUri: { type: 'String', description: 'Where a run leaves its evaluation, registration and recommendations' },
  RegistryUri: { type: 'String', description: 'The model registry: a folder' },
  AsOf: { type: 'String', description: 'YYYY-MM-DD; nothing later is looked at' },
  Mode: {
    type: 'String',
    default: 'score',
    values: ['train', 'score'],
    description: 'train, or score with the champion',
  },
  ModelGroup: { type: 'String', default: 'churn', description: 'Group of model versions in the registry' },
  ModelVersion: { type: 'String', default: 'champion', description: 'Version to score with: a number, or champion' },
  Experiment: { type: 'String', default: 'none', description: "Feature set to train on; none = the configuration's" },
  TextCacheUri: { type: 'String', default: 'none', description: 'File of texts scored before; none = score all' },
  ConfigUri: { type: 'String', default: 'none', description: 'Configuration file or folder; none = the built-in one' },
  ProcessingInstanceType: { type: 'String', default: 'ml.m5.large', description: 'Machine of the processing steps' },
  ProcessingInstanceCount: { type: 'Integer', default: 1, description: 'How many of them' },
  TrainingInstanceType: { type: 'String', default: 'ml.m5.large', description: 'Machine of the training step' },
  TrainingInstanceCount: { type: 'Integer', default: 1, description: 'How many of them' },
  ImageUri: { type: 'String', default: 'local', description: 'Container image of every step, by digest' },
  MlflowTrackingUri: { type: 'String', default: 'none', description: 'MLflow; none = run folders only' },
} as const;

const config = { parameter: 'ConfigUri', optional: true } as const;
const gold = { step: 'Gold', output: 'gold' } as const;
const model = { step: 'Train', output: 'model' } as const;
const scored = { step: 'Score', output: 'scored' } as const;
/** Left out when the run only scores. */
const registration = { step: 'Register', output: 'registration', optional: true } as const;

/** The churn pipeline, as data: the local runner runs it, the compilers write it for the cloud. */
export const churn = definePipeline({
  name: 'churn',
  description: 'Who will leave, why, and what to offer: from meter readings and contracts to recommendations',
  parameters,
  steps: [
    {
      name: 'Bronze',
      kind: 'processing',
      description: 'Check and type the raw files, hours to months, intents and sentiment',
      inputs: { raw: { parameter: 'RawUri' }, config },
      outputs: { bronze: { path: 'bronze' } },
      parameters: ['AsOf', 'TextCacheUri'],
      resources: processing,
    },
    {
      name: 'Silver',
      kind: 'processing',
      description: 'Impute prices, segments, channels, profit and loss a month',
      inputs: { bronze: { step: 'Bronze', output: 'bronze' }, config },
      outputs: { silver: { path: 'silver' } },
      parameters: ['AsOf'],
      resources: processing,
    },
    {
      name: 'Gold',
      kind: 'processing',
      description: 'One row a customer: every feature, and the label',
      inputs: { silver: { step: 'Silver', output: 'silver' }, config },
      outputs: { gold: { path: 'gold' } },
      parameters: ['AsOf'],
      resources: processing,
    },
    {
      name: 'TrainOrScore',
      kind: 'condition',
      all: [{ left: { parameter: 'Mode' }, op: 'Equals', right: 'train' }],
      then: ['Train'],
      otherwise: [],
    },
    {
      name: 'Train',
      kind: 'training',
      description: 'Boosted trees, calibration and threshold from out-of-fold predictions',
      inputs: { gold, config },
      outputs: { model: { path: 'models' } },
      parameters: ['AsOf', 'Experiment'],
      resources: training,
    },
    {
      name: 'Evaluate',
      kind: 'processing',
      description: 'Figures on held-out customers, the champion on the same rows, the gate',
      inputs: { gold, model, config },
      outputs: { evaluation: { path: 'evaluation' } },
      parameters: ['AsOf', 'RegistryUri', 'ModelGroup'],
      propertyFiles: { Evaluation: { output: 'evaluation', path: 'evaluation.json' } },
      resources: processing,
    },
    {
      name: 'Register',
      kind: 'processing',
      description: 'Keep the model in the registry; approve it when the gate says so, else reject it',
      inputs: { model, evaluation: { step: 'Evaluate', output: 'evaluation' }, config },
      outputs: { registration: { path: 'registration' } },
      parameters: ['AsOf', 'RegistryUri', 'ModelGroup'],
      resources: processing,
    },
    {
      name: 'Score',
      kind: 'processing',
      description: 'Probability, tier, expected loss and reasons of every customer',
      inputs: { gold, registration, config },
      outputs: { scored: { path: 'scored' } },
      parameters: ['AsOf', 'Mode', 'RegistryUri', 'ModelGroup', 'ModelVersion'],
      resources: processing,
    },
    {
      name: 'Recommend',
      kind: 'processing',
      description: 'Action, offer, channel and timing of every customer, within the guardrails',
      inputs: { gold, scored, config },
      outputs: { recommendations: { path: 'recommendations' } },
      parameters: ['AsOf'],
      resources: processing,
    },
    {
      name: 'DriftCheck',
      kind: 'processing',
      description: 'Features and scores against those that the model was trained on; alerts',
      inputs: { gold, scored, registration, config },
      outputs: { monitoring: { path: 'monitoring' } },
      parameters: ['AsOf', 'Mode', 'RegistryUri', 'ModelGroup'],
      propertyFiles: { DriftSummary: { output: 'monitoring', path: 'drift_summary.json' } },
      resources: processing,
    },
  ],
});

/**
 * Where it leaves what it makes in the cloud: layers stand where their name says, what has no layer of its own under OutputUri. Nothing
 * goes under RegistryUri, where every folder is a group of models.
 */
export const churnRoots: OutputRoots = {
  'Evaluate.evaluation': 'OutputUri',
  'Register.registration': 'OutputUri',
  'Recommend.recommendations': 'OutputUri',
};
