import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * A hash of the code that steps run: TypeScript sources by content, the compiled addon by size and time. A step is run again when it
 * changes. An image says its own by `PILOTLIGHT_CODE_VERSION`.
 */
export function sourceFingerprint(): string {
  const given = process.env.PILOTLIGHT_CODE_VERSION;
  if (given) return given;
  const hash = createHash('sha256');
  for (const folder of ['packages', 'pipelines']) {
    for (const file of sources(path.join(ROOT, folder)))
      hash.update(`${file}\0`).update(readFileSync(path.join(ROOT, folder, file)));
  }
  const addon = path.join(ROOT, 'native/addon/pilotlight.node');
  if (existsSync(addon)) hash.update(`${statSync(addon).size} ${statSync(addon).mtimeMs}`);
  return hash.digest('hex').slice(0, 16);
}

function sources(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(ts|yaml)$/.test(name) && !name.includes('node_modules')).sort();
}
