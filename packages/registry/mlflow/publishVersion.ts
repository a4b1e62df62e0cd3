import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createModelVersion,
  createRegisteredModel,
  type MlflowClient,
  openRun,
  openRunArtifacts,
  type RunArtifacts,
  setRegisteredModelTag,
  setRunStatus,
} from '@pilotlight/tracking';
import type { StoredClaim, StoredContent } from '../schemas.ts';
import type { Publication } from '../service/backend.ts';
import { ARTIFACTS, DESCRIPTION } from './files.ts';
import { MODEL_SHA256_TAG, REGISTRY_TAG, REQUEST_TAG, STATUS_TAG, shorten } from './tags.ts';

/** Holds a run for each content, whose artifact store has its files. */
const EXPERIMENT = 'pilotlight-registry';

/**
 * Keeps a version's files and facts as artifacts of a run, then has MLflow number it, which is what registers it. Killed before
 * that, nothing has happened, and the run is found again when it is done again.
 */
export async function publishVersion(
  client: MlflowClient,
  { group, content, folder, claim }: Publication,
): Promise<number> {
  const { digest, files, facts, modelSha256 } = content;
  await ensureModel(client, group);
  const name = `${group} ${digest.slice(0, 12)}`;
  const run = await openRun(client, { experiment: EXPERIMENT, run_key: `${group}/${digest}`, name });
  const artifacts = openRunArtifacts(client, run.artifact_uri);
  for (const file of files) await artifacts.write(`${ARTIFACTS}/${file.name}`, join(folder, file.name));
  const described: StoredContent = { schema_version: 1, group, digest, model_sha256: modelSha256, files, facts };
  await writeText(artifacts, DESCRIPTION, `${JSON.stringify(described)}\n`);
  await setRunStatus(client, run.run_id, 'FINISHED');
  const request: StoredClaim = { schema_version: 1, ...claim, reason: shorten(claim.reason) };
  const made = await createModelVersion(client, {
    name: group,
    source: run.artifact_uri,
    digest,
    run_id: run.run_id,
    description: 'Registered by pilotlight',
    tags: {
      [REQUEST_TAG]: JSON.stringify(request),
      [MODEL_SHA256_TAG]: modelSha256,
      // The statuses of versions that are the champion, or were, are tagged with the alias.
      [STATUS_TAG]: claim.status === 'rejected' ? 'rejected' : 'pending',
    },
  });
  return made.version;
}

async function ensureModel(client: MlflowClient, name: string): Promise<void> {
  const { tags } = await createRegisteredModel(client, { name, tags: { [REGISTRY_TAG]: '1' } });
  if (tags[REGISTRY_TAG] === undefined) await setRegisteredModelTag(client, { name, key: REGISTRY_TAG, value: '1' });
}

async function writeText(artifacts: RunArtifacts, name: string, text: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pilotlight-register-'));
  try {
    await writeFile(join(folder, 'text'), text);
    await artifacts.write(name, join(folder, 'text'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
