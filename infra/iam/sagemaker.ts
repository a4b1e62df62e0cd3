import { type AccessByPrefix, prefixStatements, wholeBucketStatements } from './buckets.ts';
import { allow, arnOf, documentOf, type Grounds, type PolicyDocument, type Statement } from './document.ts';
import { pullImages } from './images.ts';
import { PIPELINE_JOBS, passRole, runJobs } from './jobs.ts';
import { grantDataKey, useDataKey } from './keys.ts';
import { putMetrics, writeServiceLogs } from './telemetry.ts';
import { unscoped } from './unscoped.ts';

/**
 * What the steps of both pipelines read and write: raw files are only read, every layer after them is written and versioned but
 * never deleted (its lifecycle does that), and tmp is theirs.
 */
export const STEP_ACCESS: AccessByPrefix = {
  raw: 'read',
  bronze: 'write',
  silver: 'write',
  gold: 'write',
  models: 'write',
  scored: 'write',
  monitoring: 'write',
  'metrics-logs': 'write',
  tmp: 'own',
};

/** Where a deployment leaves the code that Studio starts with. */
export const SOURCE_PREFIX = 'source';

/** The role of every job, of the segmentation pipeline, of Studio and of MLflow's artifact store. */
export function sagemakerPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  const { names, settings } = grounds;
  const data = [
    ...prefixStatements(names.buckets.data.arn, STEP_ACCESS),
    ...wholeBucketStatements(names.buckets.mlflow.arn),
    useDataKey(grounds, ['s3', 'sns'], 'write'),
    ...grantDataKey(grounds),
  ];
  const run = [
    ...pullImages(Object.values(names.repositories)),
    writeServiceLogs(grounds, ['/aws/sagemaker/*']),
    putMetrics(grounds),
    allow('AlertsPublish', ['sns:Publish'], [names.alerts.arn]),
    ...networkInterfaces(grounds),
    ...runJobs(grounds, PIPELINE_JOBS),
    passRole('PassItselfToJobs', [names.roles.sagemaker.arn], 'sagemaker.amazonaws.com'),
    ...modelPackages(grounds),
  ];
  const policies: Record<string, PolicyDocument> = { data: documentOf(data), run: documentOf(run) };
  return settings.studio === undefined ? policies : { ...policies, studio: documentOf(editors(grounds)) };
}

/** Jobs in a VPC: their network interfaces. Subnets and groups are ids that AWS gives, so the account and region bound them. */
function networkInterfaces(grounds: Grounds): Statement[] {
  const made = arnOf(grounds, 'ec2', 'network-interface/*');
  const describes = ['NetworkInterfaces', 'Subnets', 'SecurityGroups', 'Vpcs', 'DhcpOptions'];
  return [
    allow(
      'InterfacesCreate',
      ['ec2:CreateNetworkInterface'],
      [made, arnOf(grounds, 'ec2', 'subnet/*'), arnOf(grounds, 'ec2', 'security-group/*')],
    ),
    allow(
      'InterfacesUse',
      ['CreateNetworkInterfacePermission', 'DeleteNetworkInterface', 'DeleteNetworkInterfacePermission'].map(
        (action) => `ec2:${action}`,
      ),
      [made],
    ),
    unscoped(
      'InterfacesDescribe',
      describes.map((what) => `ec2:Describe${what}`),
    ),
  ];
}

/** Registers versions in the stack's groups; approving one is part of it, deleting one is not. */
function modelPackages({ names }: Grounds): Statement[] {
  const groups = Object.values(names.modelGroups).map(({ arn }) => arn);
  const packages = groups.map((arn) => `${arn.replace(':model-package-group/', ':model-package/')}/*`);
  const verbs = ['CreateModelPackage', 'DescribeModelPackage', 'UpdateModelPackage', 'ListModelPackages'];
  return [
    allow(
      'ModelVersions',
      [...verbs, 'AddTags'].map((verb) => `sagemaker:${verb}`),
      [...groups, ...packages],
    ),
    allow('ModelGroupsDescribe', ['sagemaker:DescribeModelPackageGroup'], groups),
  ];
}

/** Code Editor in the spaces of the stack. Domain ids are AWS's, names of spaces and users are ours. */
function editors(grounds: Grounds): Statement[] {
  const { names, settings } = grounds;
  const spaces = arnOf(grounds, 'sagemaker', `space/*/${names.prefix}-*`);
  const apps = arnOf(grounds, 'sagemaker', `app/*/${names.prefix}-*/*/*`);
  const users = (settings.studio?.users ?? []).map((user) => arnOf(grounds, 'sagemaker', `user-profile/*/${user}`));
  return [
    allow('EditorSource', ['s3:GetObject'], [`${names.buckets.data.arn}/${SOURCE_PREFIX}/*`]),
    allow('EditorRun', ['sagemaker:CreateApp', 'sagemaker:DeleteApp', 'sagemaker:DescribeApp'], [apps]),
    allow('EditorSpace', ['sagemaker:DescribeSpace', 'sagemaker:UpdateSpace'], [spaces]),
    allow(
      'EditorDescribe',
      ['sagemaker:DescribeDomain', 'sagemaker:DescribeUserProfile'],
      [arnOf(grounds, 'sagemaker', 'domain/*'), ...users],
    ),
    unscoped(
      'EditorList',
      ['Apps', 'Domains', 'Spaces', 'UserProfiles'].map((what) => `sagemaker:List${what}`),
    ),
  ];
}
