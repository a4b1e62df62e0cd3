import type { CompileOptions, Value } from './options.ts';

export type State = Readonly<Record<string, unknown>> & { readonly Type: string };
export type States = Record<string, State>;
export type StateMachine = { Comment: string; StartAt: string; States: States };

export type MachineOptions = CompileOptions & {
  /** The table of what has been done with which file: key `file_key`. */
  tableName: Value;
  /** Parameters that an execution's input may set, by their name in snake_case; those that conditions test may always be set. */
  inputs?: readonly string[];
  /** Where a failure is told, beside the table. Without it nobody is told. */
  alertTopicArn?: Value;
  retries?: MachineRetries;
};

export type MachineRetries = {
  /** Of a call that the service refused or could not do. */
  serviceAttempts: number;
  /** Of a job that failed. */
  jobAttempts: number;
  interval_s: number;
  backoffRate: number;
};

export const RETRIES: MachineRetries = { serviceAttempts: 4, jobAttempts: 1, interval_s: 60, backoffRate: 2 };

/** Names of states that a definition's steps may not have. */
export const OWN = {
  defaults: 'Defaults',
  settings: 'Settings',
  check: 'CheckSettings',
  refused: 'InputRefused',
  wrong: 'SettingsRefused',
  started: 'MarkStarted',
  taken: 'FileTaken',
  completed: 'UpdateManifest',
  complete: 'PipelineComplete',
  explain: 'ExplainFailure',
  readJob: 'ReadJob',
  judgeJob: 'JudgeJob',
  jobSaid: 'JobSaid',
  jobFailed: 'JobFailed',
  jobEnded: 'JobEnded',
  failure: 'RecordFailure',
  alert: 'AlertFailure',
  failed: 'PipelineFailed',
  untold: 'FailureUntold',
} as const;

/** `AsOf` is `as_of` in an execution's input. */
export const snakeCase = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();

/** What went wrong, kept beside the data; then it is put into words, and recorded. */
export const catchAll = () => [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: OWN.explain }];
