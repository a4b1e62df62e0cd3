import { type Facts, is, isGiven, onResources, onStack, type Policy, type Seen, unless } from './policy.ts';

/** What holds data: to lose it is to lose what nobody can make again. */
export const HOLDS_DATA = [
  'aws:s3/bucket:Bucket',
  'aws:dynamodb/table:Table',
  'aws:kms/key:Key',
  'aws:ecr/repository:Repository',
  'aws:sagemaker/domain:Domain',
  'aws:sagemaker/modelPackageGroup:ModelPackageGroup',
  'aws:cognito/userPool:UserPool',
];

/** What a user can start in Studio, and forget. */
const NOTEBOOKS = ['codeEditorAppSettings', 'jupyterLabAppSettings'] as const;
const DOMAIN = 'aws:sagemaker/domain:Domain';

/** Lines 10 and 11: what it costs, and what must not be lost. */
export const upkeepPolicies = ({ stack }: Facts): Policy[] => [
  onStack({
    name: 'budget-set',
    line: 10,
    description: 'Every stack has a budget that somebody is told of',
    faults: (all) => {
      const told = all.of('aws:budgets/budget:Budget').filter(({ props }) => isGiven(props.notifications));
      return unless(told.length > 0, 'the stack has no budget with notifications: add an aws.budgets.Budget').map(
        (fault) => ({ fault }),
      );
    },
  }),
  onResources({
    name: 'studio-stops-idle',
    line: 10,
    description: 'Studio stops what nobody uses',
    types: [DOMAIN],
    faults: ({ name, props }) => {
      const running = NOTEBOOKS.filter((kind) => {
        const idle = props.defaultUserSettings?.[kind]?.appLifecycleManagement?.idleSettings;
        return !(is(idle?.lifecycleManagement, 'ENABLED') && isGiven(idle?.idleTimeoutInMinutes));
      });
      return running.map(
        (kind) => `${name}: ${kind} run for ever: set appLifecycleManagement.idleSettings to ENABLED with a time`,
      );
    },
  }),
  onResources({
    name: 'data-protected',
    line: 11,
    description: 'In prod, what holds data is protected',
    types: HOLDS_DATA,
    faults: ({ name, protect }) =>
      unless(stack !== 'prod' || protect, `${name} holds data and is not protected: pass protect: settings.protect`),
  }),
  onResources({
    name: 'data-not-forced-away',
    line: 11,
    description: 'In prod, nothing that holds data is deleted with what is in it',
    types: HOLDS_DATA,
    faults: ({ name, props }: Seen) => {
      const forced = ['forceDestroy', 'forceDelete'].filter((key) => stack === 'prod' && props[key] === true);
      return forced.map((key) => `${name} sets ${key}: leave it out in prod`);
    },
  }),
];
