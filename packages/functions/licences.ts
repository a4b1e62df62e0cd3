import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folder of the package that a file belongs to: the last one below a `node_modules`. */
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
const TEXT = /^(licen[cs]e|copying|notice)/i;

type Manifest = { name: string; version: string; license?: string };

/**
 * The licences of all packages that files come from, as one text: whoever hands on what is made of them hands them on too.
 *
 * @param files relative to `root`; those of no package are ours
 */
export async function licencesOf(files: readonly string[], root: string): Promise<string> {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[0] ?? []));
  const parts = await Promise.all([...folders].map((folder) => licenceOf(join(root, folder))));
  return `${[...new Set(parts)].sort().join('\n')}`;
}

async function licenceOf(folder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  const names = (await readdir(folder)).filter((name) => TEXT.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'no licence'})`;
  return `${[title, ...texts.map((text) => text.trim())].join('\n\n')}\n\n${'-'.repeat(80)}\n`;
}
