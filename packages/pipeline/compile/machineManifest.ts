import { type MachineOptions, OWN, RETRIES, type States } from './machineTypes.ts';

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
 */
export function manifestStates(first: string, options: MachineOptions): States {
  return {
    [OWN.started]: update(options, {
      set: { '#status': ':started', run_id: ':run_id', started_at: ':now' },
      remove: ['completed_at', '#error'],
      condition: 'attribute_not_exists(file_key) OR #status = :failed OR (run_id = :run_id AND #status <> :completed)',
      values: { ':started': STARTED, ':failed': FAILED, ':completed': COMPLETED },
      next: first,
      otherwise: OWN.unreachable,
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
    [OWN.unreachable]: failWithError('ManifestUnreachable'),
  };
}

/** The states that a failure leads to: recorded, told, and the end. Whatever fails on this way, the execution still fails. */
export function failureStates(options: MachineOptions): States {
  const afterwards = options.alertTopicArn === undefined ? OWN.failed : OWN.alert;
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
    ...(alertTopicArn === undefined ? {} : { [OWN.alert]: alertState(alertTopicArn) }),
    [OWN.failed]: failWithError('PipelineFailed'),
  };
}

function alertState(TopicArn: NonNullable<MachineOptions['alertTopicArn']>): States[string] {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::sns:publish',
    Parameters: {
      TopicArn,
      'Subject.$': "States.Format('pilotlight: run {} failed', $.settings.run_id)",
      Message: {
        'file_key.$': '$.settings.file_key',
        'run_id.$': '$.settings.run_id',
        'execution.$': '$$.Execution.Id',
        'error.$': '$.error',
      },
    },
    ResultPath: null,
    TimeoutSeconds: TIME_LIMIT_S,
    Retry: [retryService()],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.alert_error', Next: OWN.failed }],
    Next: OWN.failed,
  };
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
