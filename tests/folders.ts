import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const temporary = (): string => mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
export const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** What a run leaves besides the bytes that must not change: times stand there. */
const VOLATILE = [
  /^(run\.json|metrics-logs\/|\.pilotlight\/|data\/)/,
  /^registry\/\w+\/(state\.json|history\.jsonl|versions\/\d+\/version\.json)$/,
];

/** Relative path -> SHA-256 of every file of a run that has no times in it. */
export function hashes(out: string): Record<string, string> {
  const names = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)))
    .filter((name) => !VOLATILE.some((pattern) => pattern.test(name)))
    .sort();
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(path.join(out, name)))
        .digest('hex'),
    ]),
  );
}

export function readJson(...parts: string[]) {
  return JSON.parse(readFileSync(path.join(...parts), 'utf8'));
}

export const exists = (...parts: string[]): boolean => existsSync(path.join(...parts));
