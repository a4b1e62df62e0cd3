import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The project's files, relative to its root: what git has or would add; without git, all but what is made or fetched. */
export function listFiles(): string[] {
  try {
    const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    const names = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
    return [...new Set(names)].filter((name) => existsSync(resolve(ROOT, name))).sort();
  } catch {
    const exclude = ['**/node_modules/**', '.cache/**', 'out/**', 'native/target/**', '.git/**', '**/__pycache__/**'];
    return globSync('**/*.*', { cwd: ROOT, exclude }).sort();
  }
}

export function readText(name: string): string {
  return readFileSync(resolve(ROOT, name), 'utf8');
}

/** A module that a file imports, with its line. */
export type Import = { file: string; line: number; module: string };

const STATIC = /^(?:import|export)\b[^;'"`]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'|\bimport\('([^']+)'\)/gm;

export function importsOf(file: string): Import[] {
  const text = readText(file);
  return [...text.matchAll(STATIC)].map((match) => {
    const line = text.slice(0, match.index).split('\n').length;
    return { file, line, module: match[1] ?? match[2] ?? match[3] ?? '' };
  });
}

/** `@scope/name/deep` and `name/deep` without what is inside the package. */
export function packageOf(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}

export type Manifest = {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
};

export function readManifest(folder: string): Manifest {
  return JSON.parse(readText(`${folder}/package.json`)) as Manifest;
}
