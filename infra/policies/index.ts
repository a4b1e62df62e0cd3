import { bucketPolicies } from './buckets.ts';
import { edgePolicies } from './edge.ts';
import { imagePolicies } from './images.ts';
import { jobPolicies } from './jobs.ts';
import { keyPolicies } from './keys.ts';
import { orchestrationPolicies } from './orchestration.ts';
import type { Facts, Policy } from './policy.ts';
import { rolePolicies } from './roles.ts';
import { upkeepPolicies } from './upkeep.ts';

/** The security baseline, line by line; every policy is mandatory. */
export const securityBaseline = (facts: Facts): Policy[] => [
  ...bucketPolicies(facts),
  ...keyPolicies(facts),
  ...rolePolicies(),
  ...jobPolicies(facts),
  ...imagePolicies(),
  ...edgePolicies(facts),
  ...orchestrationPolicies(),
  ...upkeepPolicies(facts),
];
