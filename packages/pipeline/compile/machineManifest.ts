import type { Definition } from '../definition.ts';
import { type MachineOptions, OWN, RETRIES, type States } from './machineTypes.ts';
import type { Value } from './options.ts';

const TAKEN = 'DynamoDB.ConditionalCheckFailedException';
const TIME_LIMIT_S = 60;

const STARTED = { S: 'started' };
const COMPLETED = { S: 'completed' };
const FAILED = { S: 'failed' };

/** The whole error: a time-out has no `Cause`, and a path to what is not there would end the execution before it is recorded. */
const ERROR_TEXT = 'States.JsonToString($.error)';

/**
 * The states that keep the manifest: one item a file (`file_key`, `run_id`, `status`, `started_at`, `completed_at`; `error` where it
 * failed). Every change is conditional on `run_id`: a run that another has replaced changes nothing. A file is taken when it is new,
 * when its last run failed, or when whoever started this run has taken it already; done once, it is never done again.
 *
 * A run that a person stopped has no chance to write so: its item stays `started`, and it can be started again with the same input.
 */
export function manifestStates(first: string, options: MachineOptions): States {
  const afterwards = told(options);
  return {
    [OWN.started]: update(options, {
      set: { '#status': ':started', run_id: ':run_id', started_at: ':now' },
      remove: ['completed_at', '#error'],
      condition: 'attribute_not_exists(file_key) OR #status = :failed OR (run_id = :run_id AND #status <> :completed)',
      values: { ':started': STARTED, ':failed': FAILED, ':completed': COMPLETED },
      next: first,
      otherwise: afterwards,
    }),
    [OWN.completed]: update(options, {
      set: { '#status': ':completed', completed_at: ':now' },
      remove: [],
      condition: 'run_id = :run_id',
      values: { ':completed': COMPLETED },
      next: OWN.complete,
      otherwise: OWN.failure,
    }),
    [OWN.complete]: { Type: 'Succeed' },
    [OWN.taken]: fail('FileTaken', 'the file is done, or another run is at it: its item in the manifest says which'),
  };
}

/**
 * The states that a failure leads to: recorded, told, and the end. Whatever fails on this way, the execution still fails. An execution
 * that has told people ends with `PipelineFailed`; one that could not, with `FailureUntold`, for whoever watches executions from outside.
 */
export function failureStates(definition: Definition, options: MachineOptions): States {
  const afterwards = told(options);
  const record = update(options, {
    set: { '#status': ':failed', completed_at: ':now', '#error': ':error' },
    remove: [],
    condition: 'run_id = :run_id AND #status <> :completed',
    values: { ':failed': FAILED, ':completed': COMPLETED, ':error': { 'S.$': ERROR_TEXT } },
    next: afterwards,
    otherwise: afterwards,
  });
  const kept = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.manifest_error', Next: afterwards }];
  const { alertTopicArn } = options;
  return {
    [OWN.failure]: { ...record, Catch: kept },
    ...(alertTopicArn === undefined ? {} : alertStates(definition, options, alertTopicArn)),
    [OWN.failed]: failWithError('PipelineFailed'),
  };
}

const told = ({ alertTopicArn }: MachineOptions) => (alertTopicArn === undefined ? OWN.failed : OWN.alert);

/** SNS takes a subject of 100 characters, so it has nothing in it that an execution's input says. */
function alertStates({ name }: Definition, { stack, tableName }: MachineOptions, TopicArn: Value): States {
  const state = {
    Type: 'Task',
    Resource: 'arn:aws:states:::sns:publish',
    Parameters: {
      TopicArn,
      Subject: `pilotlight ${name} failed${typeof stack === 'string' ? ` in ${stack}` : ''}`,
      Message: {
        'error.$': '$.error',
        'run_id.$': '$.settings.run_id',
        'file_key.$': '$.settings.file_key',
        'execution.$': '$$.Execution.Id',
        look_at: [
          'the red state of the execution',
          'logs of its jobs: group /aws/sagemaker/ProcessingJobs, streams that begin with the run_id',
          ...(typeof tableName === 'string' ? [`the item of the file_key in the table ${tableName}`] : []),
        ],
      },
    },
    ResultPath: null,
    TimeoutSeconds: TIME_LIMIT_S,
    Retry: [retryService()],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.alert_error', Next: OWN.untold }],
    Next: OWN.failed,
  };
  return { [OWN.alert]: state, [OWN.untold]: failWithError('FailureUntold') };
}

type Update = {
  /** Attributes and the names of the values that they are set to. */
  set: Readonly<Record<string, string>>;
  remove: readonly string[];
  condition: string;
  values: Readonly<Record<string, unknown>>;
  next: string;
  otherwise: string;
};

function update(
  { tableName }: MachineOptions,
  { set, remove, condition, values, next, otherwise }: Update,
): States[string] {
  const sets = Object.entries(set).map(([name, value]) => `${name} = ${value}`);
  const removes = remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : '';
  const expression = `SET ${sets.join(', ')}${removes}`;
  const names = { '#status': 'status', ...(expression.includes('#error') ? { '#error': 'error' } : {}) };
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::dynamodb:updateItem',
    Parameters: {
      TableName: tableName,
      Key: { file_key: { 'S.$': '$.settings.file_key' } },
      UpdateExpression: expression,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: {
        ':run_id': { 'S.$': '$.settings.run_id' },
        ':now': { 'S.$': '$$.State.EnteredTime' },
        ...values,
      },
    },
    ResultPath: null,
    TimeoutSeconds: TIME_LIMIT_S,
    Retry: [{ ErrorEquals: [TAKEN], MaxAttempts: 0 }, retryService()],
    Catch: [
      { ErrorEquals: [TAKEN], ResultPath: '$.error', Next: OWN.taken },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: otherwise },
    ],
    Next: next,
  };
}

const retryService = () => ({
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  MaxAttempts: RETRIES.serviceAttempts,
  BackoffRate: RETRIES.backoffRate,
});

const failWithError = (code: string): States[string] => ({ Type: 'Fail', Error: code, CausePath: ERROR_TEXT });

const fail = (code: string, cause: string): States[string] => ({ Type: 'Fail', Error: code, Cause: cause });
