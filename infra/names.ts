import type { Settings } from './settings.ts';

/** Prefix of every physical name: `pilotlight-<stack>`. */
export const prefixOf = ({ stack }: Pick<Settings, 'stack'>): string => `pilotlight-${stack}`;

/**
 * Every physical name and ARN that another part of the program refers to, known before anything is made: policies are then pure
 * functions, and no part waits for another only to know its name.
 */
export function namesOf(settings: Pick<Settings, 'stack' | 'accountId' | 'region' | 'storage'>) {
  const { accountId, region, storage } = settings;
  const prefix = prefixOf(settings);
  const dataBucket =
    'existing' in storage.dataBucket ? storage.dataBucket.existing.name : `${prefix}-data-${accountId}`;
  const regional = (service: string, resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`;
  const role = (name: string) => `arn:aws:iam::${accountId}:role/${prefix}-${name}`;
  const bucket = (name: string) => ({ name, arn: `arn:aws:s3:::${name}` });
  const named = (service: string, name: string, resource: (name: string) => string) => ({
    name: `${prefix}-${name}`,
    arn: regional(service, resource(`${prefix}-${name}`)),
  });
  return {
    prefix,
    buckets: {
      data: bucket(dataBucket),
      mlflow: bucket(`${prefix}-mlflow-${accountId}`),
      logs: bucket(`${prefix}-logs-${accountId}`),
    },
    roles: {
      sagemaker: { name: `${prefix}-sagemaker`, arn: role('sagemaker') },
      states: { name: `${prefix}-states`, arn: role('states') },
      lambda: { name: `${prefix}-lambda`, arn: role('lambda') },
      scheduler: { name: `${prefix}-scheduler`, arn: role('scheduler') },
      transfer: { name: `${prefix}-transfer`, arn: role('transfer') },
      dashboardExecution: { name: `${prefix}-dashboard-execution`, arn: role('dashboard-execution') },
      dashboardTask: { name: `${prefix}-dashboard-task`, arn: role('dashboard-task') },
      preview: { name: `${prefix}-github-preview`, arn: role('github-preview') },
      deploy: { name: `${prefix}-github-deploy`, arn: role('github-deploy') },
    },
    repositories: {
      pipeline: named('ecr', 'pipeline', (name) => `repository/${name}`),
      lambda: named('ecr', 'lambda', (name) => `repository/${name}`),
      dashboard: named('ecr', 'dashboard', (name) => `repository/${name}`),
    },
    machines: {
      weekly: named('states', 'weekly', (name) => `stateMachine:${name}`),
      churn: named('states', 'churn', (name) => `stateMachine:${name}`),
    },
    functions: {
      trigger: named('lambda', 'trigger', (name) => `function:${name}`),
      decompress: named('lambda', 'decompress', (name) => `function:${name}`),
      wakeTracking: named('lambda', 'wake-tracking', (name) => `function:${name}`),
      connectorWait: named('lambda', 'connector-wait', (name) => `function:${name}`),
    },
    pipeline: named('sagemaker', 'segmentation', (name) => `pipeline/${name}`),
    modelGroups: {
      segmentationDomestic: named('sagemaker', 'segmentation-domestic', (name) => `model-package-group/${name}`),
      segmentationIndustrial: named('sagemaker', 'segmentation-industrial', (name) => `model-package-group/${name}`),
      churn: named('sagemaker', 'churn', (name) => `model-package-group/${name}`),
    },
    manifest: named('dynamodb', 'manifest', (name) => `table/${name}`),
    alerts: named('sns', 'alerts', (name) => name),
    tracking: named('sagemaker', 'mlflow', (name) => `mlflow-app/${name}`),
    logGroups: {
      weekly: `/aws/vendedlogs/states/${prefix}-weekly`,
      churn: `/aws/vendedlogs/states/${prefix}-churn`,
      dashboard: `/pilotlight/${prefix}/dashboard`,
      function: (name: string) => `/aws/lambda/${name}`,
    },
    metricNamespace: 'Pilotlight',
  };
}

export type Names = ReturnType<typeof namesOf>;

/** Prefixes of the data bucket. */
export const PREFIXES = [
  'raw',
  'bronze',
  'silver',
  'gold',
  'models',
  'scored',
  'monitoring',
  'tmp',
  'metrics-logs',
] as const;
