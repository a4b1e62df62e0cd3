import type { Context } from '../../infra/context.ts';
import type { CapturedResource } from './mocks.ts';

/** What components are handed by others, as plain values. */
export function partsOf({ names, settings }: Context) {
  const { accountId, region } = settings;
  const key = (id: string) => `arn:aws:kms:${region}:${accountId}:key/${id}`;
  return {
    keys: { data: key('data'), logs: key('logs') },
    storage: { data: names.buckets.data },
    placement: {
      vpcId: 'vpc-0123456789abcdef0',
      privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      publicSubnetIds: ['subnet-0123456789abcdef2', 'subnet-0123456789abcdef3'],
      jobSecurityGroupId: 'sg-0123456789abcdef0',
    },
    roles: names.roles,
    trackingUri: `arn:aws:sagemaker:${region}:${accountId}:mlflow-app/app-0123456789AB`,
  };
}

/** Resources by type, without the stack and components. */
export function typesOf(resources: readonly CapturedResource[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { type, name, custom } of resources) {
    const short = type.split(':').at(-1) ?? type;
    if (custom) found[short] = [...(found[short] ?? []), name].sort();
  }
  return found;
}

/** Images that are named by tag, or not at all: anything that looks like a registry without a digest. */
export function imagesByTag(resources: readonly CapturedResource[]): string[] {
  const images = [...JSON.stringify(resources.map(({ inputs }) => inputs)).matchAll(/[\w.-]+\.dkr\.ecr\.[^"'\\\s]+/g)];
  return images.map(([image]) => image).filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image));
}
