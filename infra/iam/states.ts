import { actionsOf, allow, arnOf, documentOf, type Grounds, type PolicyDocument, type Statement } from './document.ts';
import { MACHINE_JOBS, passRole, runJobs } from './jobs.ts';
import { grantDataKey, useDataKey } from './keys.ts';
import { putMetrics, trace } from './telemetry.ts';
import { unscoped } from './unscoped.ts';

/** Rules through which Step Functions hears that a job has ended; it makes them itself, by these names. */
const JOB_RULES = [
  'StepFunctionsGetEventsForSageMakerProcessingJobsRule',
  'StepFunctionsGetEventsForSageMakerTrainingJobsRule',
];

/** The role of both state machines. */
export function statesPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  const { names } = grounds;
  const machines = Object.values(names.machines).map(({ arn }) => arn);
  const work = [
    ...runJobs(grounds, MACHINE_JOBS),
    passRole('PassJobRole', [names.roles.sagemaker.arn], 'sagemaker.amazonaws.com'),
    allow(
      'JobEvents',
      ['events:PutRule', 'events:PutTargets', 'events:DescribeRule'],
      JOB_RULES.map((rule) => arnOf(grounds, 'events', `rule/${rule}`)),
    ),
    allow('PipelineStart', ['sagemaker:StartPipelineExecution'], [names.pipeline.arn]),
    allow(
      'PipelineFollow',
      actionsOf('sagemaker', 'DescribePipelineExecution ListPipelineExecutionSteps StopPipelineExecution'),
      [`${names.pipeline.arn}/execution/*`],
    ),
    allow(
      'FunctionsInvoke',
      ['lambda:InvokeFunction'],
      [names.functions.decompress, names.functions.wakeTracking, names.functions.connectorWait].map(({ arn }) => arn),
    ),
    allow('MachinesWatch', actionsOf('states', 'DescribeStateMachine ListExecutions'), machines),
    allow('ManifestUpdate', ['dynamodb:UpdateItem'], [names.manifest.arn]),
    allow('AlertsPublish', ['sns:Publish'], [names.alerts.arn]),
    useDataKey(grounds, ['sns', 'dynamodb'], 'write'),
    ...grantDataKey(grounds),
  ];
  return { work: documentOf(work), telemetry: documentOf([logDelivery(), trace(), putMetrics(grounds)]) };
}

function logDelivery(): Statement {
  const actions = ['Create', 'Get', 'Update', 'Delete'].map((verb) => `logs:${verb}LogDelivery`);
  const account = ['ListLogDeliveries', 'PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'];
  return unscoped('LogDelivery', [...actions, ...account.map((action) => `logs:${action}`)]);
}
