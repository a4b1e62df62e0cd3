import { join } from 'node:path';
import { ArtifactError, joinUri, type Store, type StoreContent } from '@pilotlight/artifacts';
import type { StoredClaim, StoredContent } from '../schemas.ts';
import type { Publication } from '../service/backend.ts';
import { mapLimited } from '../service/mapLimited.ts';
import { approvalOf } from './approval.ts';
import { artifactsFolder, claimKey, contentKey, groupMarker } from './keys.ts';
import { METADATA, metricMetadata, statusMetadata, tokenOf } from './metadata.ts';
import type { ModelPackages } from './modelPackages.ts';
import { descriptionOf } from './ownVersions.ts';

const PARALLEL = 4;

/**
 * Keeps a version's files and facts, then has SageMaker number it, which is what registers it. Killed before that, nothing has
 * happened, and what was uploaded is used when it is done again.
 *
 * The model package names its artifacts by `SourceUri` and has no `InferenceSpecification`: a version must have artifacts and may
 * have inference code (SageMaker Developer Guide, "Register a Model Version"), and one call takes only one of the two
 * (aws/sagemaker-python-sdk, pull request 4492). These models score in batch jobs of our own image; whoever wants an endpoint
 * adds an inference specification with UpdateModelPackage.
 */
export async function publishVersion(
  store: Store,
  packages: ModelPackages,
  { group, content, folder, claim }: Publication,
): Promise<number> {
  const { digest, files, facts, modelSha256 } = content;
  const artifacts = artifactsFolder(group, digest);
  await mapLimited(PARALLEL, files, ({ name }) =>
    writeOnce(store, `${artifacts}/${name}`, { path: join(folder, name) }),
  );
  const described: StoredContent = { schema_version: 1, group, digest, model_sha256: modelSha256, files, facts };
  await writeOnce(store, contentKey(group, digest), `${JSON.stringify(described)}\n`);
  const request: StoredClaim = { schema_version: 1, ...claim };
  const token = tokenOf(store.uri, group, digest, JSON.stringify(request));
  await writeOnce(store, claimKey(group, digest, token), `${JSON.stringify(request)}\n`);
  await writeOnce(store, groupMarker(group), '');
  await packages.ensureGroup(group);
  const approval = approvalOf(claim.status);
  return packages.create({
    ModelPackageGroupName: group,
    ModelPackageDescription: descriptionOf(store.uri, group, digest),
    ModelApprovalStatus: approval,
    SourceUri: `${joinUri(store.uri, artifacts)}/`,
    CustomerMetadataProperties: {
      ...statusMetadata(claim.status, approval),
      [METADATA.modelSha256]: modelSha256,
      [METADATA.request]: token,
      ...metricMetadata(facts),
    },
    ClientToken: token,
  });
}

async function writeOnce(store: Store, key: string, content: StoreContent): Promise<void> {
  try {
    await store.write(key, content, { ifAbsent: true });
  } catch (error) {
    if (!(error instanceof ArtifactError && error.code === 'exists')) throw error;
  }
}
