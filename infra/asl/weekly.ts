import { FETCH_SECONDS_MAX, FETCH_START, FETCHED, type FetchFacts, fetchStates, UNPACKED } from './fetch.ts';
import { type Patience, patienceOf, poll, pollStart } from './poll.ts';
import { blame, call, ERROR_TEXT, failWith, invoke, publish, type StateMachine, type States } from './states.ts';

export type WeeklyFacts = {
  pipelineName: string;
  bucket: string;
  topicArn: string;
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
const SLACK_SECONDS = 3600;

/**
 * The weekly run: tracking up, files fetched, checked and unpacked, the pipeline started and waited for, people told. The input may
 * have `execution_date` (default: the day it starts, UTC) and `baseline_features_uri` (default `none`); the schedule gives none.
 *
 * The metrics log is no state of its own: the pipeline's last step writes it. A tracking server that does not come up is told and no
 * more: steps keep their results first and upload after.
 */
export function weeklyMachine(facts: WeeklyFacts): StateMachine {
  const fetchSeconds = facts.fetch === undefined ? 0 : FETCH_SECONDS_MAX;
  const trackingSeconds = TRACKING.everySeconds * TRACKING.attempts;
  const afterTracking = facts.fetch === undefined ? 'StartPipeline' : FETCH_START;
  return {
    Comment: `Weekly run of ${facts.pipelineName}`,
    StartAt: 'Defaults',
    TimeoutSeconds: trackingSeconds + fetchSeconds + facts.pipelineSecondsMax + SLACK_SECONDS,
    States: {
      ...inputStates(),
      ...trackingStates(facts, afterTracking),
      ...(facts.fetch && fetchStates({ ...facts.fetch, bucket: facts.bucket }, 'StartPipeline', 'TellFailure')),
      ...pipelineStates(facts),
      ...endStates(facts),
    },
  };
}

/** The input over the defaults, at `$.run`. */
function inputStates(): States {
  return {
    Defaults: {
      Type: 'Pass',
      Parameters: {
        'execution_date.$': "States.ArrayGetItem(States.StringSplit($$.State.EnteredTime, 'T'), 0)",
        baseline_features_uri: 'none',
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
        payload: {},
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

function pipelineStates(facts: WeeklyFacts): States {
  const states = poll({
    name: 'Pipeline',
    ask: (next) =>
      call({
        resource: 'arn:aws:states:::aws-sdk:sagemaker:describePipelineExecution',
        parameters: { 'PipelineExecutionArn.$': '$.pipeline.PipelineExecutionArn' },
        ...{ resultPath: '$.state', timeoutSeconds: 60, next, failed: 'StopPipeline' },
      }),
    status: '$.state.PipelineExecutionStatus',
    ...{ done: ['Succeeded'], waiting: ['Executing', 'Stopping'] },
    patience: patienceOf(facts.pipelineSecondsMax),
    ...{ next: 'TellSuccess', failed: 'PipelineEnded', late: 'PipelineLate' },
  });
  return {
    StartPipeline: call({
      resource: 'arn:aws:states:::aws-sdk:sagemaker:startPipelineExecution',
      parameters: {
        PipelineName: facts.pipelineName,
        'PipelineExecutionDisplayName.$': "States.Format('weekly-{}', $.run.execution_date)",
        // The same for every try of this execution: a call whose answer was lost does not start a second run.
        'ClientRequestToken.$': "States.Hash($$.Execution.Id, 'SHA-256')",
        PipelineParameters: parametersOf(facts),
      },
      ...{ resultPath: '$.pipeline', timeoutSeconds: 60, next: pollStart('Pipeline'), failed: 'TellFailure' },
    }),
    ...states,
    PipelineEnded: {
      Type: 'Choice',
      Choices: [{ Variable: '$.state.FailureReason', IsPresent: true, Next: 'PipelineFailed' }],
      Default: 'PipelineStopped',
    },
    PipelineFailed: blame('PipelineFailed', '$.state.FailureReason', 'TellFailure'),
    PipelineStopped: blame('PipelineStopped', '$.state.PipelineExecutionStatus', 'TellFailure'),
    PipelineLate: blame('PipelineLate', "States.Format('still {}', $.state.PipelineExecutionStatus)", 'StopPipeline'),
    StopPipeline: call({
      resource: 'arn:aws:states:::aws-sdk:sagemaker:stopPipelineExecution',
      parameters: {
        'PipelineExecutionArn.$': '$.pipeline.PipelineExecutionArn',
        'ClientRequestToken.$': "States.Hash($$.Execution.Id, 'SHA-256')",
      },
      ...{ resultPath: null, timeoutSeconds: 60, next: 'TellFailure', failed: 'TellFailure' },
    }),
  };
}

/** What differs from run to run; all else are the pipeline's own defaults, so that a run by hand in the console has them too. */
function parametersOf({ bucket, fetch }: WeeklyFacts) {
  const unpacked = Object.entries(DATASETS).map(([dataset, Name]) => ({
    Name,
    'Value.$': `States.Format('s3://${bucket}/${UNPACKED}/{}/${dataset}/', $.run.execution_date)`,
  }));
  return [
    ...(fetch === undefined ? [] : unpacked),
    { Name: 'ExecutionDate', 'Value.$': '$.run.execution_date' },
    { Name: 'BaselineFeaturesUri', 'Value.$': '$.run.baseline_features_uri' },
  ];
}

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
      message: `States.Format('{} in {}', ${ERROR_TEXT}, $$.Execution.Id)`,
      ...{ ...told, next: 'Failed', failed: 'Failed' },
    }),
    Failed: failWith('WeeklyFailed'),
  };
}
