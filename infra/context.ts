import type * as pulumi from '@pulumi/pulumi';
import type { Names } from './names.ts';
import type { Settings } from './settings.ts';

/** What every component is handed. */
export type Context = {
  settings: Settings;
  names: Names;
};

/** Keys made by {@link import('./components/keys.ts').Keys}. */
export type KeyArns = { data: pulumi.Input<string>; logs: pulumi.Input<string> };

/** Where jobs, functions and tasks run. */
export type Placement = {
  vpcId: pulumi.Input<string>;
  privateSubnetIds: pulumi.Input<string>[];
  publicSubnetIds: pulumi.Input<string>[];
  /** Of jobs: in from one another, HTTPS out. */
  jobSecurityGroupId: pulumi.Input<string>;
};
