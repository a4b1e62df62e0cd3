import { patienceOf, poll, pollStart } from './poll.ts';
import { blame, call, REPEATABLE, type States } from './states.ts';

/** The SageMaker pipeline: what starts it, and how long it may take. */
export type PipelineFacts = {
  pipelineName: string;
  /** As `startPipelineExecution` takes them. */
  parameters: readonly Record<string, unknown>[];
  /** Seconds that it may take before it is stopped. */
  pipelineSecondsMax: number;
};

/** The node of the pipeline that ends it where its data drifted and it was asked to fail then. */
const DRIFT = 'DriftFound';

/** A run of hours is not given up because SageMaker does not answer for a few minutes. */
const PATIENT = { ...REPEATABLE, attempts: 10 };

/** The first step that failed, where any is known. */
const FIRST = '$.steps.failed[0]';
/** What SageMaker says of a failed pipeline: that one or more of its steps failed. */
const REASON = '$.state.FailureReason';

/**
 * Starts the pipeline, follows it to its end, stops it when it takes too long. There is no `.sync` for pipelines. Ends at `next`, else at
 * `failed` with `$.error`; but a run that its drift gate ended ends the machine with `DriftFound`: the alarm of the drift metric
 * has told people already.
 */
export function pipelineStates(facts: PipelineFacts, next: string, failed: string): States {
  return { ...startStates(facts, failed), ...followStates(facts, next), ...failureStates(failed) };
}

function startStates({ pipelineName, parameters }: PipelineFacts, failed: string): States {
  return {
    StartPipeline: call({
      resource: 'arn:aws:states:::aws-sdk:sagemaker:startPipelineExecution',
      parameters: {
        PipelineName: pipelineName,
        'PipelineExecutionDisplayName.$': "States.Format('weekly-{}', $.run.execution_date)",
        // The same for every try of this execution: a call whose answer was lost does not start a second run.
        'ClientRequestToken.$': "States.Hash($$.Execution.Id, 'SHA-256')",
        PipelineParameters: parameters,
      },
      ...{ resultPath: '$.pipeline', timeoutSeconds: 60, next: pollStart('Pipeline'), failed },
    }),
  };
}

function followStates({ pipelineSecondsMax }: PipelineFacts, next: string): States {
  return poll({
    name: 'Pipeline',
    ask: (judge) =>
      call({
        resource: 'arn:aws:states:::aws-sdk:sagemaker:describePipelineExecution',
        parameters: { 'PipelineExecutionArn.$': '$.pipeline.PipelineExecutionArn' },
        retry: PATIENT,
        ...{ resultPath: '$.state', timeoutSeconds: 60, next: judge, failed: 'StopPipeline' },
      }),
    status: '$.state.PipelineExecutionStatus',
    ...{ done: ['Succeeded'], waiting: ['Executing', 'Stopping'] },
    patience: patienceOf(pipelineSecondsMax),
    ...{ next, failed: 'PipelineEnded', late: 'PipelineLate' },
  });
}

function failureStates(failed: string): States {
  return {
    PipelineEnded: {
      Type: 'Choice',
      Choices: [{ Variable: REASON, IsPresent: true, Next: 'FailedSteps' }],
      Default: 'PipelineStopped',
    },
    FailedSteps: call({
      resource: 'arn:aws:states:::aws-sdk:sagemaker:listPipelineExecutionSteps',
      parameters: { 'PipelineExecutionArn.$': '$.pipeline.PipelineExecutionArn', MaxResults: 100 },
      resultSelector: {
        'failed.$': failedSteps('StepName'),
        'reasons.$': failedSteps('FailureReason'),
      },
      ...{ resultPath: '$.steps', timeoutSeconds: 60, next: 'WhichFailed', failed: 'PipelineFailed' },
    }),
    WhichFailed: {
      Type: 'Choice',
      Choices: [
        {
          And: [
            { Variable: FIRST, IsPresent: true },
            { Variable: FIRST, StringEquals: DRIFT },
          ],
          Next: 'DriftFound',
        },
        { Variable: FIRST, IsPresent: true, Next: 'StepsFailed' },
      ],
      Default: 'PipelineFailed',
    },
    DriftFound: { Type: 'Fail', Error: DRIFT, Cause: 'the data drifted, and the pipeline was asked to fail then' },
    StepsFailed: blame('PipelineFailed', 'States.JsonToString($.steps)', failed),
    PipelineFailed: blame('PipelineFailed', REASON, failed),
    PipelineStopped: blame('PipelineStopped', '$.state.PipelineExecutionStatus', failed),
    PipelineLate: blame('PipelineLate', "States.Format('still {}', $.state.PipelineExecutionStatus)", 'StopPipeline'),
    StopPipeline: call({
      resource: 'arn:aws:states:::aws-sdk:sagemaker:stopPipelineExecution',
      parameters: {
        'PipelineExecutionArn.$': '$.pipeline.PipelineExecutionArn',
        'ClientRequestToken.$': "States.Hash($$.Execution.Id, 'SHA-256')",
      },
      ...{ resultPath: null, timeoutSeconds: 60, next: failed, failed },
    }),
  };
}

/** One field of every step that failed. */
const failedSteps = (field: string) => `$.PipelineExecutionSteps[?(@.StepStatus == 'Failed')].${field}`;
