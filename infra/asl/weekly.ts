import type { WakeTracking } from '@pilotlight/functions';
import { FETCH_START, FETCHED, type FetchFacts, fetchStates, unpackedFolder } from './fetch.ts';
import { pipelineStates } from './follow.ts';
import { type Patience, poll, pollStart } from './poll.ts';
import { blame, ERROR_TEXT, failWith, invoke, publish, type StateMachine, type States } from './states.ts';

export type WeeklyFacts = {
  pipelineName: string;
  bucket: string;
  topicArn: string;
  /** What drift is measured against where an execution's input says nothing; left out: nothing. */
  baseline?: { featuresUri: string; modelsUri: string | undefined } | undefined;
  wakeTrackingArn: string;
  /** None: people, or another system, put the files where {@link datasetFolder} says. */
  fetch?: Omit<FetchFacts, 'bucket'>;
  /** Seconds that the pipeline may take before it is stopped. */
  pipelineSecondsMax: number;
};

const DATASETS = { clie: 'ClieInputUri', pola: 'PolaInputUri', hfac: 'HfacInputUri' } as const;

/** Where people, or another system, put a data set's files when nothing is fetched. */
export const datasetFolder = (dataset: keyof typeof DATASETS): string => `${FETCHED}/${dataset}/`;

/** Half an hour: what a stopped tracking server takes to start, and then some. */
const TRACKING: Patience = { everySeconds: 60, attempts: 40 };

/**
 * The weekly run: tracking up, files fetched, checked and unpacked, the pipeline started and waited for, people told. The input may
 * have `execution_date` (default: the day it starts, UTC), `baseline_features_uri` and `baseline_models_uri` (default: those of the
 * stack, else `none`); the schedule gives none.
 *
 * The metrics log is no state of its own: the pipeline's last step writes it. A tracking server that does not come up is told and no
 * more: steps keep their results first and upload after.
 *
 * It has no time limit as a whole, since nobody could catch that one: every task has its own, every poll ends, and so the machine does.
 */
export function weeklyMachine(facts: WeeklyFacts): StateMachine {
  const afterTracking = facts.fetch === undefined ? 'StartPipeline' : FETCH_START;
  return {
    Comment: `Weekly run of ${facts.pipelineName}`,
    StartAt: 'Defaults',
    States: {
      ...inputStates(facts),
      ...trackingStates(facts, afterTracking),
      ...(facts.fetch && fetchStates({ ...facts.fetch, bucket: facts.bucket }, 'StartPipeline', 'TellFailure')),
      ...pipelineStates({ ...facts, parameters: parametersOf(facts) }, 'TellSuccess', 'TellFailure'),
      ...endStates(facts),
    },
  };
}

/** The input over the defaults, at `$.run`. */
function inputStates({ baseline }: WeeklyFacts): States {
  return {
    Defaults: {
      Type: 'Pass',
      Parameters: {
        'execution_date.$': "States.ArrayGetItem(States.StringSplit($$.State.EnteredTime, 'T'), 0)",
        baseline_features_uri: baseline?.featuresUri ?? 'none',
        baseline_models_uri: baseline?.modelsUri ?? 'none',
      },
      ResultPath: '$.defaults',
      Next: 'ReadInput',
    },
    ReadInput: {
      Type: 'Pass',
      Parameters: { 'run.$': 'States.JsonMerge($.defaults, $$.Execution.Input, false)' },
      Next: 'CheckInput',
    },
    CheckInput: {
      Type: 'Choice',
      Choices: [
        {
          And: [
            { Variable: '$.run.execution_date', IsString: true },
            { Variable: '$.run.execution_date', StringMatches: '20*-*-*' },
            { Variable: '$.run.baseline_features_uri', IsString: true },
            { Variable: '$.run.baseline_models_uri', IsString: true },
          ],
          Next: pollStart('WakeTracking'),
        },
      ],
      Default: 'BadInput',
    },
    BadInput: blame('BadInput', 'States.JsonToString($.run)', 'TellFailure'),
  };
}

function trackingStates(facts: WeeklyFacts, next: string): States {
  const states = poll({
    name: 'WakeTracking',
    ask: (judge) =>
      invoke({
        functionArn: facts.wakeTrackingArn,
        payload: {} satisfies WakeTracking['input'],
        ...{ resultPath: '$.tracking', timeoutSeconds: 60, next: judge, failed: 'TellNoTracking' },
      }),
    status: '$.tracking.Payload.status',
    ...{ done: ['ready'], waiting: ['starting'], patience: TRACKING },
    ...{ next, failed: 'TrackingFailed', late: 'TrackingLate' },
  });
  return {
    ...states,
    TrackingFailed: blame('TrackingFailed', 'States.JsonToString($.tracking.Payload)', 'TellNoTracking'),
    TrackingLate: blame('TrackingLate', 'States.JsonToString($.tracking.Payload)', 'TellNoTracking'),
    TellNoTracking: publish({
      topicArn: facts.topicArn,
      subject: `${facts.pipelineName}: MLflow is not there, the run goes on`,
      message: ERROR_TEXT,
      ...{ resultPath: null, timeoutSeconds: 60, next, failed: next },
    }),
  };
}

/** What differs from run to run; all else are the pipeline's own defaults, so that a run by hand in the console has them too. */
function parametersOf({ bucket, fetch }: WeeklyFacts) {
  const unpacked = Object.entries(DATASETS).map(([dataset, Name]) => ({
    Name,
    'Value.$': unpackedFolder(`s3://${bucket}/`, `/${dataset}/`),
  }));
  return [
    ...(fetch === undefined ? [] : unpacked),
    { Name: 'ExecutionDate', 'Value.$': '$.run.execution_date' },
    { Name: 'BaselineFeaturesUri', 'Value.$': '$.run.baseline_features_uri' },
    { Name: 'BaselineModelsUri', 'Value.$': '$.run.baseline_models_uri' },
  ];
}

/** Who reads it has no console open: the message says where to look. */
const LOOK_AT =
  'Look at the red state of the execution; at the log of the step, group /aws/sagemaker/ProcessingJobs or TrainingJobs.';

function endStates({ pipelineName, topicArn }: WeeklyFacts): States {
  const told = { resultPath: null, timeoutSeconds: 60 };
  return {
    TellSuccess: publish({
      topicArn,
      subject: `${pipelineName}: done`,
      message: "States.Format('execution date {}, {}', $.run.execution_date, $.pipeline.PipelineExecutionArn)",
      ...{ ...told, next: 'Done', failed: 'Done' },
    }),
    Done: { Type: 'Succeed', OutputPath: '$.run' },
    TellFailure: publish({
      topicArn,
      subject: `${pipelineName}: failed`,
      message: `States.Format('{} in {}. ${LOOK_AT}', ${ERROR_TEXT}, $$.Execution.Id)`,
      ...{ ...told, next: 'Failed', failed: 'FailureUntold' },
    }),
    Failed: failWith('WeeklyFailed'),
    FailureUntold: failWith('FailureUntold'),
  };
}
