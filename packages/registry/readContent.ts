import { relative, resolve, sep } from 'node:path';
import { digestContent } from './digestContent.ts';
import { explainDisk, fault } from './errors.ts';
import { hashFolder } from './hashFolder.ts';
import type { Facts, RegisterRequest, VersionFile } from './registry.ts';
import { FactsSchema, Sha256Schema } from './schemas.ts';

/** What makes a version what it is; `digest` is over the rest. */
export type Content = { files: VersionFile[]; facts: Facts; modelSha256: string; digest: string };

/**
 * Checks what is to be registered and takes the SHA-256 of its files. `registry` is the registry's folder where it is one: it
 * must not stand in the artifacts.
 *
 * @throws InputError `bad_request`, `bad_artifacts`
 */
export async function readContent(request: RegisterRequest, registry?: string): Promise<Content> {
  const { modelSha256 } = request;
  if (!Sha256Schema.safeParse(modelSha256).success) {
    const todo = 'give 64 hexadecimal digits in lower case';
    throw fault('bad_request', "the model's SHA-256 is none", JSON.stringify(modelSha256), todo);
  }
  const facts = checkFacts(request.facts);
  const files = await readArtifacts(request.artifacts, registry);
  return { files, facts, modelSha256, digest: digestContent({ files, facts, modelSha256 }) };
}

function checkFacts(facts: unknown): Facts {
  const parsed = FactsSchema.safeParse(facts);
  if (parsed.success) return parsed.data;
  const where = ['facts', ...(parsed.error.issues[0]?.path ?? [])].join('.');
  throw fault('bad_request', 'is not JSON', where, 'give an object of texts, finite numbers, true, false, null, lists');
}

async function readArtifacts(artifacts: string, registry?: string): Promise<VersionFile[]> {
  const todo = 'give a folder with the files of the model';
  if (registry !== undefined && relative(resolve(artifacts), registry).split(sep)[0] !== '..') {
    throw fault('bad_artifacts', "the artifacts' folder holds the registry itself", artifacts, todo);
  }
  const files = await hashFolder(resolve(artifacts)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw fault('bad_artifacts', "there is no artifacts' folder", artifacts, todo, error);
    throw explainDisk(error, 'bad_artifacts', artifacts);
  });
  if (files.length === 0) throw fault('bad_artifacts', "the artifacts' folder is empty", artifacts, todo);
  return files;
}
