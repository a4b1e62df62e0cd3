import type { PolicyResource, ResourceValidationArgs } from '@pulumi/policy';
import { type Facts, factsOf, type Policy } from '../../infra/policies/policy.ts';
import { type CapturedResource, contextOf, type Stack } from './mocks.ts';

export type Violation = { policy: string; message: string; urn: string };

/** What the policies are told of a stack. */
export const factsOfStack = (stack: Stack): Facts => factsOf(contextOf(stack).settings);

/** Runs policies over captured resources as Pulumi's server does over real ones. */
export function judge(policies: readonly Policy[], resources: readonly CapturedResource[]): Violation[] {
  const seen = link(resources);
  return policies.flatMap((policy) => {
    const violations: Violation[] = [];
    const report = (message: string, urn?: string) =>
      void violations.push({ policy: policy.name, message, urn: urn ?? '' });
    if ('validateStack' in policy) void policy.validateStack(stackArguments(seen), report);
    if ('validateResource' in policy && typeof policy.validateResource === 'function') {
      // What is looked up is not registered, and so not asked about.
      const made = seen.filter((_, index) => resources[index]?.adopted === false);
      for (const resource of made)
        void policy.validateResource({ ...common(), ...resource } as ResourceValidationArgs, report);
    }
    return violations;
  });
}

const common = () => ({ stackTags: new Map<string, string>(), getConfig: <T>() => ({}) as T, notApplicable });
const stackArguments = (resources: PolicyResource[]) => ({ ...common(), resources });

function notApplicable(): never {
  throw new Error('no policy of ours says so');
}

function link(resources: readonly CapturedResource[]): PolicyResource[] {
  const seen = resources.map(policyResource);
  const byUrn = new Map(seen.map((resource) => [resource.urn, resource]));
  const known = (urns: readonly string[]) => urns.flatMap((urn) => byUrn.get(urn) ?? []);
  for (const [index, resource] of seen.entries()) {
    const { dependencies, propertyDependencies } = resources[index] as CapturedResource;
    resource.dependencies = known(dependencies);
    const links = Object.entries(propertyDependencies).map(([property, urns]) => [property, known(urns)]);
    resource.propertyDependencies = Object.fromEntries(links);
  }
  return seen;
}

const policyResource = ({ type, name, urn, inputs, protect, ignoreChanges }: CapturedResource): PolicyResource => ({
  type,
  name,
  urn,
  props: inputs,
  opts: {
    protect,
    ignoreChanges,
    aliases: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
    additionalSecretOutputs: [],
  },
  dependencies: [],
  propertyDependencies: {},
  isType: () => false,
  asType: () => undefined,
});
