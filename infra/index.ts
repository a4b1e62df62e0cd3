import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { Churn } from './components/churn.ts';
import { Dashboard } from './components/dashboard.ts';
import { Identity } from './components/identity.ts';
import { Ingest } from './components/ingest.ts';
import { Keys } from './components/keys.ts';
import { Models } from './components/models.ts';
import { Monitoring } from './components/monitoring.ts';
import { Network } from './components/network.ts';
import { Registry } from './components/registry.ts';
import { Segmentation } from './components/segmentation.ts';
import { Storage } from './components/storage.ts';
import { Studio } from './components/studio.ts';
import { Tracking } from './components/tracking.ts';
import { readSettings } from './config.ts';
import type { RoleName } from './iam/index.ts';
import { namesOf } from './names.ts';
import { SettingsError } from './settings.ts';

const settings = settingsOfStack();
const context = { settings, names: namesOf(settings) };

/** The one account that the stack may touch, and what its cost is told by. */
const provider = new aws.Provider('aws', {
  region: settings.region as aws.Region,
  allowedAccountIds: [settings.accountId],
  defaultTags: {
    tags: {
      project: pulumi.getProject(),
      stack: settings.stack,
      owner: settings.owner,
      'cost-centre': settings.costCentre,
    },
  },
});
const options = { providers: { aws: provider } };

// What everything else stands on.
const { arns: keys } = new Keys('keys', { context }, options);
const identity = new Identity('identity', { context, keys }, options);
const { roles, boundaryArn } = identity;
/** What must stand before something is made that works with these roles. */
const policies = (...of: RoleName[]) => of.flatMap((role) => identity.policies[role]);
const network = new Network('network', { context, keys, boundaryArn }, options);
const { placement } = network;
const storage = new Storage('storage', { context, keys }, options);
const registry = new Registry('registry', { context, keys }, options);
const models = new Models('models', { context }, options);

// Where people and jobs find what was tried.
const learner = { context, roleArn: roles.sagemaker.arn, after: policies('sagemaker') };
const tracking = new Tracking('tracking', { ...learner, storage }, options);
identity.allowTracking(tracking.arn);
const studio = settings.studio && new Studio('studio', { ...learner, keys, placement }, options);

// The two systems.
const common = { context, keys, placement, roles, storage, trackingUri: tracking.uri };
const ingest = new Ingest('ingest', { ...common, after: policies('lambda') }, options);
if (ingest.connectorArn) identity.allowConnector(ingest.connectorArn);
const { functions, connectorId } = ingest;
const weekly = { ...common, functions, connectorId, after: policies('sagemaker', 'states', 'scheduler') };
const segmentation = new Segmentation('segmentation', weekly, options);
const churn = new Churn('churn', { ...common, after: policies('states', 'lambda', 'scheduler') }, options);

// Who looks at them.
const pages = { ...common, table: churn.table, after: policies('dashboardExecution', 'dashboardTask') };
const dashboard = settings.dashboard && new Dashboard('dashboard', pages, options);
const watched = [ingest.watched, segmentation.watched, churn.watched];
const watch = { context, keys, roles, watched, after: policies('states', 'scheduler') };
const monitoring = new Monitoring('monitoring', watch, options);

/** What other programs, workflows and people need; never a secret. */
export default {
  accountId: settings.accountId,
  region: settings.region,
  dataBucket: storage.data.name,
  mlflowBucket: storage.mlflow.name,
  imageRepositories: {
    pipeline: registry.repositories.pipeline.repositoryUrl,
    lambda: registry.repositories.lambda.repositoryUrl,
    dashboard: registry.repositories.dashboard.repositoryUrl,
  },
  modelGroups: Object.values(models.groups).map((group) => group.modelPackageGroupName),
  trackingUri: tracking.uri,
  segmentationPipeline: segmentation.pipeline.pipelineName,
  weeklyMachineArn: segmentation.machine.arn,
  churnMachineArn: churn.machine.arn,
  manifestTable: churn.table.name,
  alertsTopicArn: monitoring.topicArn,
  previewRoleArn: roles.preview.arn,
  deployRoleArn: roles.deploy.arn,
  ...(studio && { studioDomainId: studio.domainId, studioSpace: studio.spaceName }),
  ...(dashboard && { dashboardUrl: dashboard.url, dashboardPointsAt: dashboard.balancerDnsName }),
  /** What the owner of an adopted network or bucket has to give. */
  requirements: pulumi.all([network.requirements, storage.requirements]).apply((lists) => lists.flat()),
};

/** Of what was refused Pulumi shows the message, and no stack trace. */
function settingsOfStack() {
  try {
    return readSettings(pulumi.runtime.allConfig(), pulumi.getProject(), pulumi.getStack());
  } catch (error) {
    throw error instanceof SettingsError ? new pulumi.RunError(error.message) : error;
  }
}
