import { requireVersion } from '../applyEvent.ts';
import { fault } from '../errors.ts';
import type { Journal } from '../service/backend.ts';
import { approvalOf } from './approval.ts';
import { isPersons, seenOf } from './isPersons.ts';
import { METADATA } from './metadata.ts';
import type { ModelPackages } from './modelPackages.ts';

/**
 * Writes to a model package what stands there already: there is no other way to ask whether one may, and a decision that stood in
 * the journal alone would surprise whoever looks at the console. From here on the approval status counts as ours.
 *
 * @throws InputError `denied`, or `unknown_version` where the model package was deleted
 */
export async function requireWrite(
  packages: ModelPackages,
  { state, observed }: Journal,
  version: number,
  uri: string,
): Promise<void> {
  const { group } = state;
  const listed = (await packages.list(group)).find((one) => one.version === version);
  const detailed = listed && (await packages.describe(listed.arn));
  if (!listed || !detailed) {
    const what = `version ${version} was deleted in SageMaker`;
    throw fault('unknown_version', what, `${uri} group ${group}`, 'decide on another version');
  }
  const { approval, comment, metadata } = detailed;
  const ours = approvalOf(requireVersion(state, version).status);
  const isChanged = isPersons(detailed, ours, seenOf(observed, version));
  await packages.update({
    ModelPackageArn: listed.arn,
    ModelApprovalStatus: approval,
    ...(comment === null ? {} : { ApprovalDescription: comment }),
    CustomerMetadataProperties: isChanged ? metadata : { ...metadata, [METADATA.approval]: approval },
  });
}
