import { type GroupState, requireVersion } from './applyEvent.ts';
import { digestContent } from './digestContent.ts';
import { corrupt } from './errors.ts';
import { type GroupPaths, versionFile } from './groupPaths.ts';
import { parseStored } from './parseStored.ts';
import { readText } from './readText.ts';
import type { Version } from './registry.ts';
import { VersionSchema } from './schemas.ts';

/** A version of the group as it stands in the state; facts and file list must have the digest that the state names. */
export async function readVersion(paths: GroupPaths, state: GroupState, version: number): Promise<Version> {
  const { status, digest } = requireVersion(state, version);
  const path = versionFile(paths, version);
  const text = await readText(path);
  if (text === null) throw corrupt(`the description of version ${version} is missing`, path);
  const stored = parseStored(VersionSchema, text, path);
  const { files, facts, model_sha256: modelSha256 } = stored;
  const isOther = stored.group !== paths.group || stored.version !== version || stored.digest !== digest;
  if (isOther || digestContent({ files, facts, modelSha256 }) !== digest) {
    throw corrupt(`the description of version ${version} was changed after it was registered`, path);
  }
  const { registered_by: registeredBy, registered_at: registeredAt } = stored;
  return { group: paths.group, version, status, facts, modelSha256, digest, files, registeredBy, registeredAt };
}
