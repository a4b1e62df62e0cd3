import { allow, arnOf, type Condition, type Grounds, ownTags, type Statement } from './document.ts';

const JOBS = ['processing-job', 'training-job'];

/** SageMaker names the jobs of a pipeline itself: `pipelines-<execution>-<step>-<hash>`. */
export const PIPELINE_JOBS = 'pipelines-*';

/** Machines name jobs after the run, so that nothing but their tags says whose they are. */
export const MACHINE_JOBS = '*';

/**
 * Starts, follows and stops processing and training jobs of this stack, as their tags say: none outside a VPC, none on an instance
 * type that the stack does not allow.
 */
export function runJobs(grounds: Grounds, names: string): Statement[] {
  const jobs = JOBS.map((kind) => arnOf(grounds, 'sagemaker', `${kind}/${names}`));
  const create = ['sagemaker:CreateProcessingJob', 'sagemaker:CreateTrainingJob'];
  const follow = ['Describe', 'Stop'].flatMap((verb) => [
    `sagemaker:${verb}ProcessingJob`,
    `sagemaker:${verb}TrainingJob`,
  ]);
  return [
    allow('JobsCreate', create, jobs, jobCondition(grounds)),
    allow('JobsTag', ['sagemaker:AddTags'], jobs, tagNew(grounds)),
    allow('JobsFollow', [...follow, 'sagemaker:ListTags'], jobs, ownTags(grounds, 'aws:ResourceTag')),
  ];
}

/** Hands a role to one service; without it a job with that role cannot be started. */
export function passRole(sid: string, roleArns: string[], service: string): Statement {
  return allow(sid, ['iam:PassRole'], roleArns, { StringEquals: { 'iam:PassedToService': service } });
}

/** The stack's tags, and on nothing that is another stack's already. */
export function tagNew(grounds: Grounds): Condition {
  return {
    ...ownTags(grounds, 'aws:RequestTag'),
    StringEqualsIfExists: { 'aws:ResourceTag/stack': grounds.settings.stack },
  };
}

function jobCondition(grounds: Grounds): Condition {
  const { instanceTypes } = grounds.settings;
  const condition: Condition = {
    ...ownTags(grounds, 'aws:RequestTag'),
    Null: { 'sagemaker:VpcSubnets': 'false', 'sagemaker:VpcSecurityGroupIds': 'false' },
  };
  if (instanceTypes === undefined) return condition;
  return { ...condition, 'ForAllValues:StringEquals': { 'sagemaker:InstanceTypes': instanceTypes } };
}
