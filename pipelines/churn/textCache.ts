import { createWriteStream, existsSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArtifactError, isS3Uri, openStore, parseS3Uri, type Store } from '@pilotlight/artifacts';
import type { StepContext } from '@pilotlight/pipeline';
import { mergeCaches } from '@pilotlight/text';
import { inputError } from '../stepInputs.ts';

/** The texts scored before: a file to read and write, and how it gets back to where it came from. */
export type TextCache = {
  /** Null where nothing is remembered. */
  file: string | null;
  /** Shares what was scored. Never throws: a cache only saves time, and what cannot be shared is a warning. */
  save(): Promise<void>;
};

/** Runs that write at the same time take turns: so many of them may be before this one. */
const ATTEMPTS_MAX = 8;
const PAUSE_MS = 200;
/** For sharing it, also when the step is being stopped: SageMaker gives two minutes, and this process ten seconds. */
const SAVE_LIMIT_S = 60;

/**
 * Opens `TextCacheUri`: `none`, a file of this machine, or `s3://BUCKET/KEY`, of which a copy is fetched into `work`. It goes back by a
 * conditional write; when another run was faster, its scores are added to ours first, so that neither run's are lost.
 *
 * @throws InputError where the URI is none, or may not be read
 */
export async function openTextCache(uri: string, work: string, context: StepContext): Promise<TextCache> {
  if (uri === 'none') return { file: null, save: async () => {} };
  if (!isS3Uri(uri)) return { file: uri, save: async () => {} };
  const remote = openRemote(uri);
  const file = path.join(work, 'text-cache.jsonl');
  await fetchCache(remote, file, context.signal);
  return {
    file,
    async save() {
      try {
        if (existsSync(file)) await share(remote, { file, work }, context);
      } catch (error) {
        const reason = (error as Error).message;
        context.log.warn({ uri, reason }, `the texts' scores were not saved for later runs (${reason})`);
      }
    },
  };
}

type Remote = { store: Store; key: string };

function openRemote(uri: string): Remote {
  const { bucket, key } = parseS3Uri(uri);
  if (key === '' || key.endsWith('/')) {
    throw inputError(
      'bad_uri',
      'the cache of texts is one object',
      uri,
      'give s3://BUCKET/KEY by --param TextCacheUri',
    );
  }
  return { store: openStore(`s3://${bucket}`), key };
}

/** Returns the version that was fetched, or an older one; null where there is none yet. */
async function fetchCache({ store, key }: Remote, file: string, signal: AbortSignal): Promise<string | null> {
  const facts = await store.head(key, { signal });
  if (!facts) return null;
  await pipeline(await store.read(key, { signal }), createWriteStream(file), { signal });
  return facts.version;
}

async function share(
  remote: Remote,
  { file, work }: { file: string; work: string },
  { log }: StepContext,
): Promise<void> {
  const { store, key } = remote;
  const signal = AbortSignal.timeout(SAVE_LIMIT_S * 1000);
  const other = path.join(work, 'text-cache-other.jsonl');
  for (let attempt = 1; ; attempt += 1) {
    const version = await fetchCache(remote, other, signal);
    if (version !== null && !(await mergeCaches(file, other, log))) return;
    try {
      const condition = version === null ? { ifAbsent: true } : { ifVersion: version };
      await store.write(key, { path: file }, { ...condition, signal });
      return;
    } catch (error) {
      const lost = error instanceof ArtifactError && (error.code === 'exists' || error.code === 'changed');
      if (!lost || attempt === ATTEMPTS_MAX) throw error;
      await sleep(PAUSE_MS * attempt * (1 + Math.random()), undefined, { signal });
    }
  }
}
