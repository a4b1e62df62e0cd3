import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

/** A new temporary folder that goes when this process ends by itself; one that is killed leaves it to whoever clears `tmp`. */
export async function makeDownload(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pilotlight-model-'));
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(folder);
  return folder;
}

export async function removeDownload(folder: string): Promise<void> {
  folders.delete(folder);
  await rm(folder, { recursive: true, force: true });
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
