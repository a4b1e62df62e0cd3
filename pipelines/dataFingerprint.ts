import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** SHA-256 of files, and of all below folders, by name and content; names are relative to the folder. */
export async function dataFingerprint(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const given of paths) {
    for (const file of filesOf(given)) {
      hash.update(`${path.relative(given, file) || path.basename(file)}\0`);
      for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    }
  }
  return hash.digest('hex');
}

function filesOf(given: string): string[] {
  if (!existsSync(given)) return [];
  if (!statSync(given).isDirectory()) return [given];
  const files = readdirSync(given, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
}
