import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '@pilotlight/artifacts';
import type { Step } from './definition.ts';
import { fingerprintNames } from './fingerprint.ts';

/** What a step cost: seconds, and bytes of resident memory at most (null when the step could not say). */
export type StepFacts = { duration_s: number; rss_bytes_max: number | null };

type Marker = StepFacts & { schema_version: 1; step: string; fingerprint: string; outputs: Record<string, string> };

/** Says that a step's outputs are whole; written last. */
export async function writeMarker(out: string, step: Step, fingerprint: string, facts: StepFacts): Promise<void> {
  const outputs: Record<string, string> = {};
  for (const [key, { path }] of Object.entries(step.outputs)) outputs[key] = await fingerprintNames(join(out, path));
  const marker: Marker = { schema_version: 1, step: step.name, fingerprint, ...facts, outputs };
  await writeJson(markerPath(out, step), marker);
}

/** What the step cost when its outputs stand there whole, made from the same code, parameters and inputs; else null. */
export async function findDone(out: string, step: Step, fingerprint: string): Promise<StepFacts | null> {
  try {
    const marker = JSON.parse(await readFile(markerPath(out, step), 'utf8')) as Marker;
    if (marker.fingerprint !== fingerprint) return null;
    for (const [key, { path }] of Object.entries(step.outputs)) {
      if (marker.outputs[key] !== (await fingerprintNames(join(out, path)))) return null;
    }
    return { duration_s: marker.duration_s, rss_bytes_max: marker.rss_bytes_max };
  } catch {
    return null;
  }
}

/** Removes a step's marker first, then its outputs: a kill between the two leaves nothing that looks done. */
export async function removeOutputs(out: string, step: Step): Promise<void> {
  await rm(markerPath(out, step), { force: true });
  for (const { path } of Object.values(step.outputs)) await rm(join(out, path), { recursive: true, force: true });
}

function markerPath(out: string, step: Step): string {
  return join(out, '.pilotlight', 'steps', `${step.name}.json`);
}
