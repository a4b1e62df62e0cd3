import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fault } from '../errors.ts';
import { hashFolder } from '../hashFolder.ts';
import type { VersionFile } from '../registry.ts';

/**
 * Does the work on a copy of the artifacts' files that nobody else writes to, since what is uploaded under a digest stays there for
 * good. The copy goes with the end of the work.
 *
 * @throws InputError `bad_artifacts` where the files are not those that were hashed any more
 */
export async function withCopy<T>(
  artifacts: string,
  files: readonly VersionFile[],
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), 'pilotlight-register-'));
  try {
    for (const { name } of files) {
      await mkdir(dirname(join(copy, name)), { recursive: true });
      await copyFile(join(resolve(artifacts), name), join(copy, name));
    }
    if (JSON.stringify(await hashFolder(copy)) !== JSON.stringify(files)) {
      const what = "the artifacts' files changed while they were read";
      throw fault('bad_artifacts', what, artifacts, 'register them again');
    }
    return await work(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
