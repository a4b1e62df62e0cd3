import { OWN, type States } from './machineTypes.ts';

/** Of a job that was waited for, the cause is the whole job as JSON. */
const IS_JOB = '{*"ProcessingJobStatus":*}';

/**
 * The states that put a failure into words. The error of a job is `States.TaskFailed` with the whole job as its cause, thousands of
 * characters long; what remains of it is the job's name (its log is named after it), what the step said, and what SageMaker said.
 * Every other error is left as it is.
 */
export function explainStates(): States {
  const present = (Variable: string) => ({ Variable, IsPresent: true });
  const Variable = '$.error.Cause';
  return {
    [OWN.explain]: {
      Type: 'Choice',
      // A time-out has no cause.
      Choices: [{ And: [present(Variable), { Variable, StringMatches: IS_JOB }], Next: OWN.readJob }],
      Default: OWN.failure,
    },
    [OWN.readJob]: {
      Type: 'Pass',
      Parameters: { 'job.$': 'States.StringToJson($.error.Cause)' },
      ResultPath: '$.ended',
      Next: OWN.judgeJob,
    },
    [OWN.judgeJob]: {
      Type: 'Choice',
      Choices: [
        { And: [present('$.ended.job.ExitMessage'), present('$.ended.job.FailureReason')], Next: OWN.jobSaid },
        { ...present('$.ended.job.FailureReason'), Next: OWN.jobFailed },
      ],
      Default: OWN.jobEnded,
    },
    [OWN.jobSaid]: blame("'{}: {} ({})'", '$.ended.job.ExitMessage', '$.ended.job.FailureReason'),
    [OWN.jobFailed]: blame("'{}: {}'", '$.ended.job.FailureReason'),
    [OWN.jobEnded]: blame("'{}: it ended as {}'", '$.ended.job.ProcessingJobStatus'),
  };
}

function blame(shape: string, ...paths: string[]): States[string] {
  const cause = `States.Format(${[shape, '$.ended.job.ProcessingJobName', ...paths].join(', ')})`;
  return {
    Type: 'Pass',
    Parameters: { Error: 'JobFailed', 'Cause.$': cause },
    ResultPath: '$.error',
    Next: OWN.failure,
  };
}
