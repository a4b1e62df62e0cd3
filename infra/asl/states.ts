/** A state machine in the Amazon States Language, JSONPath unless it says otherwise. */
export type StateMachine = {
  Comment: string;
  QueryLanguage?: 'JSONata';
  StartAt: string;
  /** Left out where every state has a limit of its own: that of the whole machine ends it where nothing can be caught. */
  TimeoutSeconds?: number;
  States: States;
};

export type States = Record<string, State>;
export type State = { Type: string } & Record<string, unknown>;

export type Retry = { errors: readonly string[]; attempts: number };

type Step = {
  /** Where the answer goes; null: nowhere. */
  resultPath: string | null;
  timeoutSeconds: number;
  next: string;
  /** Where an error goes that no retry cured; it stands at `$.error`. */
  failed: string;
};

/** For calls that may be made twice: whatever went wrong, again. */
export const REPEATABLE: Retry = { errors: ['States.TaskFailed', 'States.Timeout'], attempts: 4 };

/** For functions: what Lambda itself got wrong, never what the function said. */
const FUNCTION_FAULTS: Retry = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
    'Lambda.ClientExecutionTimeoutException',
    'States.Timeout',
  ],
  attempts: 4,
};

/** A call of an AWS API, tried again with growing, scattered pauses; never without a time limit. */
export function call(
  step: Step & {
    resource: string;
    parameters: Record<string, unknown>;
    resultSelector?: Record<string, unknown>;
    retry?: Retry;
  },
): State {
  return {
    Type: 'Task',
    Resource: step.resource,
    Parameters: step.parameters,
    ...(step.resultSelector && { ResultSelector: step.resultSelector }),
    ResultPath: step.resultPath,
    TimeoutSeconds: step.timeoutSeconds,
    Retry: [retryOf(step.retry ?? REPEATABLE)],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: step.failed }],
    Next: step.next,
  };
}

/** A call of a function; its answer stands at `<resultPath>.Payload`. */
export function invoke(step: Step & { functionArn: string; payload: Record<string, unknown> }): State {
  const { functionArn, payload, ...rest } = step;
  return call({
    ...rest,
    resource: 'arn:aws:states:::lambda:invoke',
    parameters: { FunctionName: functionArn, Payload: payload },
    resultSelector: { 'Payload.$': '$.Payload' },
    retry: FUNCTION_FAULTS,
  });
}

/** A message to people. */
export function publish(step: Step & { topicArn: string; subject: string; message: string }): State {
  const { topicArn, subject, message, ...rest } = step;
  return call({
    ...rest,
    resource: 'arn:aws:states:::sns:publish',
    parameters: { TopicArn: topicArn, Subject: subject, 'Message.$': message },
  });
}

export const retryOf = ({ errors, attempts }: Retry) => ({
  ErrorEquals: errors,
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxAttempts: attempts,
  MaxDelaySeconds: 120,
  JitterStrategy: 'FULL',
});

/** What stands at `$.error`, as text; an error that is a time-out has no cause of its own. */
export const ERROR_TEXT = 'States.JsonToString($.error)';

/** Ends the machine, or one turn of a map, with what stands at `$.error`. Names that begin with `States.` are not ours to give. */
export const failWith = (error: string): State => ({ Type: 'Fail', Error: error, CausePath: ERROR_TEXT });

/** Puts an error where {@link call} would have put one: for what an answer says, rather than a call that failed. */
export const blame = (error: string, causePath: string, next: string): State => ({
  Type: 'Pass',
  Parameters: { Error: error, 'Cause.$': causePath },
  ResultPath: '$.error',
  Next: next,
});
