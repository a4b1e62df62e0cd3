import { type Facts, jsonOf, onResources, type Policy, type Props, type Seen, UNKNOWN, unless } from './policy.ts';

export const PIPELINE = 'aws:sagemaker/pipeline:Pipeline';
export const MACHINE = 'aws:sfn/stateMachine:StateMachine';
const SPACE = 'aws:sagemaker/space:Space';

/** A job as SageMaker is asked for it, from a pipeline or from a state machine. */
type Job = { where: string; kind: 'processing' | 'training'; asked: Props };

/** Line 5: jobs; line 10: what they run on. */
export const jobPolicies = ({ stack, instanceTypes }: Facts): Policy[] => [
  onResources({
    name: 'job-closed-and-bounded',
    line: 5,
    description:
      'Every job runs in the VPC, encrypts volume and output, ends in time, and encrypts what its hosts say to one another',
    types: [PIPELINE, MACHINE],
    faults: (seen) =>
      jobsOf(seen).flatMap((job) => faultsOf(job).map((fault) => `${seen.name}, ${job.where}: ${fault}`)),
  }),
  onResources({
    name: 'instance-allowed',
    line: 10,
    description: 'Outside prod, jobs and notebooks run on the instance types that the configuration lists',
    types: [PIPELINE, MACHINE, SPACE],
    faults: (seen) =>
      instancesOf(seen).flatMap(({ where, type }) => {
        if (stack === 'prod' || typeof type !== 'string' || type.includes(UNKNOWN)) return [];
        const unlisted = `${where}: the stack lists no instance types: set pilotlight:instanceTypes`;
        if (instanceTypes === undefined) return [unlisted];
        const isListed = instanceTypes.includes(type);
        return unless(
          isListed,
          `${where}: ${type} is not in pilotlight:instanceTypes: use ${instanceTypes.join(', ')}`,
        );
      }),
  }),
];

/** What jobs, or a notebook's space, run on. */
function instancesOf(seen: Seen): { where: string; type: unknown }[] {
  const { spaceSettings } = seen.props;
  const app = spaceSettings?.codeEditorAppSettings ?? spaceSettings?.jupyterLabAppSettings;
  if (seen.type === SPACE) return [{ where: seen.name, type: app?.defaultResourceSpec?.instanceType }];
  return jobsOf(seen).map((job) => ({ where: `${seen.name}, ${job.where}`, type: clusterOf(job)?.InstanceType }));
}

/** Every place where an image is named, of jobs. */
export const imagesOfJobs = (seen: Seen): { where: string; image: unknown }[] =>
  jobsOf(seen).map(({ where, asked }) => ({
    where,
    image:
      (asked.AppSpecification ?? asked.AlgorithmSpecification)?.ImageUri ?? asked.AlgorithmSpecification?.TrainingImage,
  }));

function jobsOf({ type, props }: Seen): Job[] {
  const definition = jsonOf(type === PIPELINE ? props.pipelineDefinition : props.definition);
  if (definition === null) return [];
  return type === PIPELINE ? jobsOfPipeline(definition) : jobsOfStates(definition.States ?? {});
}

function jobsOfPipeline(definition: Props): Job[] {
  const defaults = new Map<string, unknown>(
    (definition.Parameters ?? []).map(({ Name, DefaultValue }: Props) => [`Parameters.${Name}`, DefaultValue]),
  );
  const walk = (steps: Props[]): Job[] =>
    steps.flatMap(({ Name, Type, Arguments = {} }) => {
      const branches = walk([...(Arguments.IfSteps ?? []), ...(Arguments.ElseSteps ?? [])]);
      const kind = { Processing: 'processing', Training: 'training' }[Type as string] as Job['kind'] | undefined;
      return kind === undefined
        ? branches
        : [{ where: Name, kind, asked: withDefaults(Arguments, defaults) as Props }, ...branches];
    });
  return walk(definition.Steps ?? []);
}

/** A parameter's default in the place of each reference to it: what runs unless somebody says otherwise. */
function withDefaults(value: unknown, defaults: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((inner) => withDefaults(inner, defaults));
  if (value === null || typeof value !== 'object') return value;
  const { Get } = value as Props;
  if (typeof Get === 'string' && defaults.has(Get)) return defaults.get(Get);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withDefaults(inner, defaults)]));
}

function jobsOfStates(states: Props): Job[] {
  return Object.entries(states).flatMap(([where, state]: [string, Props]) => {
    const branches = [...(state.Branches ?? []), state.ItemProcessor, state.Iterator].filter(Boolean);
    const inner = branches.flatMap((branch: Props) => jobsOfStates(branch.States ?? {}));
    const [, name] = /sagemaker:create(Processing|Training)Job/.exec(String(state.Resource ?? '')) ?? [];
    if (name === undefined) return inner;
    const asked = withoutSuffix(state.Parameters ?? state.Arguments ?? {}) as Props;
    return [{ where, kind: name.toLowerCase() as Job['kind'], asked }, ...inner];
  });
}

/** JSONPath marks a value that is looked up at run time by `.$` behind its key. */
function withoutSuffix(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSuffix);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key.endsWith('.$') ? [key.slice(0, -2), UNKNOWN] : [key, withoutSuffix(inner)],
    ),
  );
}

const clusterOf = ({ kind, asked }: Job): Props | undefined =>
  kind === 'processing' ? asked.ProcessingResources?.ClusterConfig : asked.ResourceConfig;

function faultsOf(job: Job): string[] {
  const { kind, asked } = job;
  const cluster = clusterOf(job);
  const network = kind === 'processing' ? asked.NetworkConfig : asked;
  const output = kind === 'processing' ? asked.ProcessingOutputConfig : asked.OutputDataConfig;
  const limit = asked.StoppingCondition?.MaxRuntimeInSeconds;
  const isAlone = cluster?.InstanceCount === 1;
  const encrypts = network?.EnableInterContainerTrafficEncryption === true;
  // A job that only checks or registers has no outputs, and nothing to encrypt.
  const writes = kind === 'training' || (output?.Outputs ?? []).length > 0;
  return [
    ...unless(
      network?.VpcConfig?.Subnets && network.VpcConfig.SecurityGroupIds,
      'outside of the VPC: give VpcConfig with subnets and security groups',
    ),
    ...unless(cluster?.VolumeKmsKeyId, 'volume without a key: give VolumeKmsKeyId'),
    ...unless(!writes || output?.KmsKeyId, 'output without a key: give KmsKeyId'),
    ...unless(limit, 'may run for ever: give StoppingCondition.MaxRuntimeInSeconds'),
    ...unless(isAlone || encrypts, 'several hosts speak in the clear: set EnableInterContainerTrafficEncryption'),
  ];
}
