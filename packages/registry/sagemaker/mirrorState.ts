import type { Store } from '@pilotlight/artifacts';
import type { Status } from '../registry.ts';
import type { Changes } from '../service/backend.ts';
import { approvalOf } from './approval.ts';
import { isPersons, seenOf } from './isPersons.ts';
import { readJournal } from './journal.ts';
import { statusMetadata } from './metadata.ts';
import type { Detailed, Listed, ModelPackages } from './modelPackages.ts';
import { duplicatesOf, OWN_COMMENT, versionsOf } from './ownVersions.ts';

/** What SageMaker takes as the comment on a status. */
const COMMENT_LENGTH_MAX = 1024;

/**
 * Makes SageMaker show what the journal says. Looked at are the versions that changed, those whose status differs, and the
 * champion with the one before it, whose writer may have been killed; what a person changed meanwhile is left for the next change
 * to record.
 */
export async function mirrorState(
  store: Store,
  packages: ModelPackages,
  group: string,
  changes: Changes,
): Promise<void> {
  const journal = await readJournal(store, group);
  if (journal === null) return;
  const { state, observed } = journal;
  const listed = await packages.list(group);
  const versions = versionsOf(listed, store.uri, group, state);
  const looked = new Set([...changes.versions, ...state.succession.slice(-2)]);
  for (const { version, status, digest } of state.versions) {
    const one = versions.get(digest);
    if (one === undefined || (!looked.has(version) && one.approval === approvalOf(status))) continue;
    const detailed = await packages.describe(one.arn);
    const seen = seenOf(observed, version);
    if (detailed === null || isPersons(detailed, approvalOf(status), seen)) continue;
    await show(packages, one, detailed, status, changes.decided);
  }
  for (const one of duplicatesOf(listed, store.uri, group, state)) await rejectDuplicate(packages, one);
}

async function show(
  packages: ModelPackages,
  { arn, version }: Listed,
  { approval, metadata, comment }: Detailed,
  status: Status,
  decided: Changes['decided'],
): Promise<void> {
  const wanted = approvalOf(status);
  const own = statusMetadata(status, wanted);
  const isShown = approval === wanted && Object.entries(own).every(([key, value]) => metadata[key] === value);
  if (isShown) return;
  // Of one that is superseded, the comment on its own approval stays.
  const isDecided = approval !== wanted || version === decided?.version;
  await packages.update({
    ModelPackageArn: arn,
    ModelApprovalStatus: wanted,
    ApprovalDescription: isDecided || comment === null ? commentOf(decided) : comment,
    CustomerMetadataProperties: { ...metadata, ...own },
  });
}

async function rejectDuplicate(packages: ModelPackages, { arn, approval }: Listed): Promise<void> {
  if (approval === 'Rejected') return;
  const detailed = await packages.describe(arn);
  if (detailed === null) return;
  await packages.update({
    ModelPackageArn: arn,
    ModelApprovalStatus: 'Rejected',
    ApprovalDescription: `Another version has the same content ${OWN_COMMENT}`,
    CustomerMetadataProperties: { ...detailed.metadata, ...statusMetadata('rejected', 'Rejected') },
  });
}

function commentOf(decided: Changes['decided']): string {
  const line = (decided?.reason ?? '').replace(/\s+/g, ' ').trim();
  return `${line.slice(0, COMMENT_LENGTH_MAX - OWN_COMMENT.length - 1)} ${OWN_COMMENT}`.trim();
}
