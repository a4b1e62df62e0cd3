import { PolicyPack } from '@pulumi/policy';
import * as pulumi from '@pulumi/pulumi';
import { readSettings } from '../config.ts';
import { securityBaseline } from './index.ts';
import { type Facts, factsOf } from './policy.ts';

/**
 * What Pulumi is told with `--policy-pack infra/policies`. Pulumi hands the stack's configuration to the pack; where it does not, the
 * pack knows of no exception and refuses more.
 */
function factsOfStack(): Facts {
  const bag = pulumi.runtime.allConfig();
  const stack = pulumi.getStack();
  if (Object.keys(bag).length === 0) return { stack, openToTheWorld: false, adoptedBuckets: [] };
  return factsOf(readSettings(bag, 'pilotlight', stack));
}

new PolicyPack('pilotlight-security-baseline', {
  enforcementLevel: 'mandatory',
  policies: securityBaseline(factsOfStack()),
});
