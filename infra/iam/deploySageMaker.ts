import { actionsOf, allow, arnOf, type Grounds, ownTags, type Statement } from './document.ts';
import { tagNew } from './jobs.ts';

const NAMED = ['pipeline', 'model-package-group', 'mlflow-tracking-server', 'space/*', 'studio-lifecycle-config'];
const BY_ID = ['domain', 'user-profile', 'mlflow-app'];

const makeNamed =
  'CreatePipeline UpdatePipeline DeletePipeline CreateModelPackageGroup DeleteModelPackageGroup CreateSpace UpdateSpace DeleteSpace CreateMlflowTrackingServer UpdateMlflowTrackingServer DeleteMlflowTrackingServer CreateStudioLifecycleConfig DeleteStudioLifecycleConfig AddTags DeleteTags';

/** What SageMaker knows of the stack by name. */
export const sagemakerNamed = (grounds: Grounds): string[] =>
  NAMED.map((kind) => arnOf(grounds, 'sagemaker', `${kind}/${grounds.names.prefix}-*`));

/** Kinds of SageMaker that AWS gives ids to; whose they are is told by tags. */
export const sagemakerById = (grounds: Grounds): string[] =>
  BY_ID.map((kind) => arnOf(grounds, 'sagemaker', `${kind}/*`));

/** Pipeline, groups of models, Studio, MLflow: a part of {@link import('./deploy.ts').deployPolicies}. */
export function deploySageMaker(grounds: Grounds): Statement[] {
  const byId = sagemakerById(grounds);
  const make = 'CreateDomain CreateUserProfile CreateMlflowApp';
  const change = 'UpdateDomain UpdateUserProfile UpdateMlflowApp DeleteDomain DeleteUserProfile DeleteMlflowApp';
  return [
    allow('SageMakerNamed', actionsOf('sagemaker', makeNamed), sagemakerNamed(grounds)),
    allow('SageMakerMake', actionsOf('sagemaker', make), byId, ownTags(grounds, 'aws:RequestTag')),
    allow('SageMakerTag', actionsOf('sagemaker', 'AddTags'), byId, tagNew(grounds)),
    allow('SageMakerChange', actionsOf('sagemaker', `${change} DeleteTags`), byId, ownTags(grounds, 'aws:ResourceTag')),
  ];
}
