import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeFile } from '@pilotlight/artifacts';
import { InputError } from '@pilotlight/errors';
import type { Logger } from '@pilotlight/logging';
import { labelScores, type Sentiment } from './sentiment.ts';

/** Scores by key. */
export type SentimentCache = Map<string, Sentiment>;

const HEADER = { format: 'pilotlight sentiment cache', schema_version: 1 };

/**
 * SHA-256 of the scorer's name and the text, hexadecimal: no text is stored, and another scorer's scores are not
 * found.
 */
export function cacheKey(scorer: string, text: string): string {
  return createHash('sha256').update(`${scorer}\n${text}`).digest('hex');
}

/**
 * Reads a cache; an absent file is an empty one. A file that is damaged in any place is not trusted in any: it is
 * reported as a warning and taken as empty, so that the next {@link writeCache} replaces it.
 */
export async function readCache(path: string, log: Logger): Promise<SentimentCache> {
  const text = await readText(path);
  if (text === null) return new Map();
  try {
    return parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    log.warn({ file: path, reason }, `the sentiment cache ${path} is damaged (${reason}): all texts are scored again`);
    return new Map();
  }
}

/** Writes JSON lines: a header, then one entry a line in the order of the keys; whole or not at all. */
export async function writeCache(path: string, cache: SentimentCache): Promise<void> {
  const sorted = [...cache].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = sorted.map(([key, { negative, neutral, positive }]) => ({ key, negative, neutral, positive }));
  try {
    await writeFile(path, [HEADER, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''));
  } catch (cause) {
    throw unusable('written', path, cause);
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable('read', path, cause);
  }
}

function unusable(verb: 'read' | 'written', path: string, cause: unknown): InputError {
  const what = `the sentiment cache cannot be ${verb} (${(cause as NodeJS.ErrnoException).code ?? cause})`;
  return new InputError({
    code: 'cache_unusable',
    what,
    where: path,
    todo: 'give a file that can be read and written',
    cause,
  });
}

function parse(text: string): SentimentCache {
  const [header, ...lines] = text.split('\n');
  if (header !== JSON.stringify(HEADER)) throw new Error('line 1 is not the header of a sentiment cache');
  if (lines.pop() !== '') throw new Error('the last line is cut');
  return new Map(lines.map((line, index) => parseLine(line, index + 2)));
}

function parseLine(line: string, number: number): [string, Sentiment] {
  const entry = parseJson(line);
  const { key, negative, neutral, positive } = (entry ?? {}) as Record<string, unknown>;
  if (typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key)) throw new Error(`line ${number} has no key`);
  if (!isScore(negative) || !isScore(neutral) || !isScore(positive)) throw new Error(`line ${number} has no scores`);
  if (Math.abs(negative + neutral + positive - 1) > 1e-9)
    throw new Error(`the scores of line ${number} do not sum to 1`);
  return [key, labelScores({ negative, neutral, positive })];
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isScore(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}
