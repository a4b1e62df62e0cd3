import {
  CreateModelPackageCommand,
  type CreateModelPackageCommandInput,
  CreateModelPackageGroupCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  paginateListModelPackages,
  type SageMakerClient,
  UpdateModelPackageCommand,
  type UpdateModelPackageCommandInput,
  type UserContext,
} from '@aws-sdk/client-sagemaker';
import type { Approval } from './approval.ts';
import { explainAws, isAbsent } from './explainAws.ts';

/** A version of a model package group, as the list of them tells it. */
export type Listed = { version: number; arn: string; approval: Approval; description: string };

/** What the list does not tell. */
export type Detailed = {
  approval: Approval;
  /** ISO 8601; of one that nobody changed, when it was made. */
  modified: string;
  created: string;
  modifiedBy: string | null;
  comment: string | null;
  metadata: Record<string, string>;
};

/** The calls of SageMaker that a registry needs. What a person can mend is an InputError that names the permission. */
export type ModelPackages = ReturnType<typeof openModelPackages>;

const PAGE = 100;

export function openModelPackages(client: SageMakerClient, where: string) {
  const asked = async <T>(action: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw explainAws(error, action, where);
    }
  };
  return {
    /** Oldest first; none where there is no such group. */
    list: (group: string) => asked('ListModelPackages', () => listAll(client, group)),
    /** Null where there is none. `name` is an ARN, or `group/version`. */
    describe: (name: string) => asked('DescribeModelPackage', () => describe(client, name)),
    /** Its version. */
    create: (input: CreateModelPackageCommandInput) =>
      asked('CreateModelPackage', async () => {
        const { ModelPackageArn: arn = '' } = await client.send(new CreateModelPackageCommand(input));
        return Number(arn.slice(arn.lastIndexOf('/') + 1));
      }),
    update: (input: UpdateModelPackageCommandInput) =>
      asked('UpdateModelPackage', async () => {
        await client.send(new UpdateModelPackageCommand(input));
      }),
    /** Makes the group where there is none. */
    ensureGroup: (group: string) => ensureGroup(client, group, asked),
  };
}

async function listAll(client: SageMakerClient, group: string): Promise<Listed[]> {
  const input = { ModelPackageGroupName: group, MaxResults: PAGE };
  const listed: Listed[] = [];
  try {
    for await (const page of paginateListModelPackages({ client }, input)) {
      for (const one of page.ModelPackageSummaryList ?? []) {
        const { ModelPackageVersion: version, ModelPackageArn: arn, ModelPackageStatus: status } = one;
        if (version === undefined || arn === undefined || status === 'Failed' || status === 'Deleting') continue;
        const { ModelApprovalStatus: approval = 'PendingManualApproval', ModelPackageDescription: description } = one;
        listed.push({ version, arn, approval, description: description ?? '' });
      }
    }
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  return listed.sort((a, b) => a.version - b.version);
}

async function describe(client: SageMakerClient, name: string): Promise<Detailed | null> {
  try {
    const found = await client.send(new DescribeModelPackageCommand({ ModelPackageName: name }));
    const created = found.CreationTime ?? new Date(0);
    const modified = found.LastModifiedTime ?? created;
    return {
      approval: found.ModelApprovalStatus ?? 'PendingManualApproval',
      created: created.toISOString(),
      modified: modified.toISOString(),
      modifiedBy: nameOf(found.LastModifiedBy),
      comment: found.ApprovalDescription?.trim() || null,
      metadata: found.CustomerMetadataProperties ?? {},
    };
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** The user of Studio, or the last part of the identity's ARN. */
function nameOf(user: UserContext | undefined): string | null {
  const arn = user?.IamIdentity?.Arn;
  return user?.UserProfileName ?? (arn === undefined ? null : arn.slice(arn.lastIndexOf('/') + 1));
}

async function ensureGroup(
  client: SageMakerClient,
  group: string,
  asked: <T>(action: string, call: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const isThere = await asked('DescribeModelPackageGroup', async () => {
    try {
      await client.send(new DescribeModelPackageGroupCommand({ ModelPackageGroupName: group }));
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  });
  if (isThere) return;
  await asked('CreateModelPackageGroup', async () => {
    try {
      await client.send(new CreateModelPackageGroupCommand({ ModelPackageGroupName: group }));
    } catch (error) {
      // Another process made it since.
      if (!(error instanceof Error && /already exist/i.test(error.message))) throw error;
    }
  });
}
