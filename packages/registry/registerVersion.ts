import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { writeFolder, writeJson } from '@pilotlight/artifacts';
import { type GroupState, latestOf } from './applyEvent.ts';
import { changeGroup } from './changeGroup.ts';
import { digestContent } from './digestContent.ts';
import { explainDisk, fault } from './errors.ts';
import { type GroupPaths, versionFolder } from './groupPaths.ts';
import { hashFolder } from './hashFolder.ts';
import { readVersion } from './readVersion.ts';
import type { Facts, RegisterRequest, Version, VersionFile } from './registry.ts';
import { FactsSchema, Sha256Schema, type StoredVersion } from './schemas.ts';

type Content = { files: VersionFile[]; facts: Facts; modelSha256: string; digest: string };

/** {@link Registry.register}: the version's folder is whole on the disk before the state names it. */
export async function registerVersion(
  paths: GroupPaths,
  lockWaitSeconds: number,
  request: RegisterRequest,
  time: () => string,
): Promise<Version> {
  const content = await readContent(paths, request);
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

async function readContent(paths: GroupPaths, request: RegisterRequest): Promise<Content> {
  const { modelSha256 } = request;
  if (!Sha256Schema.safeParse(modelSha256).success) {
    const todo = 'give 64 hexadecimal digits in lower case';
    throw fault('bad_request', "the model's SHA-256 is none", JSON.stringify(modelSha256), todo);
  }
  const facts = checkFacts(request.facts);
  const files = await readArtifacts(paths, request.artifacts);
  return { files, facts, modelSha256, digest: digestContent({ files, facts, modelSha256 }) };
}

function checkFacts(facts: unknown): Facts {
  const parsed = FactsSchema.safeParse(facts);
  if (parsed.success) return parsed.data;
  const where = ['facts', ...(parsed.error.issues[0]?.path ?? [])].join('.');
  throw fault('bad_request', 'is not JSON', where, 'give an object of texts, finite numbers, true, false, null, lists');
}

async function readArtifacts(paths: GroupPaths, artifacts: string): Promise<VersionFile[]> {
  const todo = 'give a folder with the files of the model';
  const between = relative(resolve(artifacts), paths.registry).split(sep);
  if (between[0] !== '..') {
    throw fault('bad_artifacts', "the artifacts' folder holds the registry itself", artifacts, todo);
  }
  const files = await hashFolder(resolve(artifacts)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw fault('bad_artifacts', "there is no artifacts' folder", artifacts, todo, error);
    throw explainDisk(error, 'bad_artifacts', artifacts);
  });
  if (files.length === 0) throw fault('bad_artifacts', "the artifacts' folder is empty", artifacts, todo);
  return files;
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
