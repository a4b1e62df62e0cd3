import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFolder, writeJson } from '@pilotlight/artifacts';
import { type GroupState, latestOf } from './applyEvent.ts';
import { changeGroup } from './changeGroup.ts';
import { fault } from './errors.ts';
import { type GroupPaths, versionFolder } from './groupPaths.ts';
import { hashFolder } from './hashFolder.ts';
import { type Content, readContent } from './readContent.ts';
import { readVersion } from './readVersion.ts';
import type { RegisterRequest, Version } from './registry.ts';
import type { StoredVersion } from './schemas.ts';

/** {@link Registry.register}: the version's folder is whole on the disk before the state names it. */
export async function registerVersion(
  paths: GroupPaths,
  lockWaitSeconds: number,
  request: RegisterRequest,
  time: () => string,
): Promise<Version> {
  const content = await readContent(request, paths.registry);
  const { by = null, reason = null, status = 'pending' } = request;
  const state = await changeGroup(paths, lockWaitSeconds, {
    event: { action: 'register', digest: content.digest, status },
    by,
    reason,
    time,
    prepare: async (before, after, registeredAt) => {
      await removeUnnamed(paths, before);
      if (after !== before) await store(paths, latestOf(after), request, content, registeredAt);
    },
  });
  const { version } = state.versions.find((one) => one.digest === content.digest) as { version: number };
  return readVersion(paths, state, version);
}

/** Removes what killed processes left: nobody else writes here while the lock is held. */
async function removeUnnamed(paths: GroupPaths, state: GroupState): Promise<void> {
  await mkdir(paths.versions, { recursive: true });
  const named = new Set(state.versions.map(({ version }) => String(version)));
  for (const name of await readdir(paths.versions)) {
    if (!named.has(name)) await rm(join(paths.versions, name), { recursive: true, force: true });
  }
}

async function store(
  paths: GroupPaths,
  version: number,
  { artifacts, by }: RegisterRequest,
  { files, facts, modelSha256, digest }: Content,
  registeredAt: string,
): Promise<void> {
  await writeFolder(versionFolder(paths, version), async (temporary) => {
    const copies = join(temporary, 'artifacts');
    for (const { name } of files) {
      await mkdir(dirname(join(copies, name)), { recursive: true });
      await copyFile(join(resolve(artifacts), name), join(copies, name));
    }
    if (JSON.stringify(await hashFolder(copies)) !== JSON.stringify(files)) {
      throw fault(
        'bad_artifacts',
        "the artifacts' files changed while they were read",
        artifacts,
        'register them again',
      );
    }
    const stored: StoredVersion = {
      schema_version: 1,
      group: paths.group,
      version,
      digest,
      model_sha256: modelSha256,
      registered_by: by ?? null,
      registered_at: registeredAt,
      files,
      facts,
    };
    await writeJson(join(temporary, 'version.json'), stored);
  });
}
