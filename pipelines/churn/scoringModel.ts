import { type FetchedVersion, openRegistry, type Registry, type Version } from '@pilotlight/registry';
import { inputError } from '../stepInputs.ts';
import { type ChurnModel, openModel } from './modelFolder.ts';

export type ModelRequest = {
  /** The registry's folder or URI, and the group in it. */
  registry: string;
  group: string;
  /** A version's number, or `champion`. */
  wanted: string;
};

export type ScoringModel = { version: number; model: ChurnModel };

/**
 * The model to score with, every file of it verified against its SHA-256.
 *
 * A version asked for by number may still wait for approval (to try it), but not be rejected.
 *
 * @throws InputError `no_champion` (says why there is none), `model_rejected`, `model_version`, those of the registry and of
 * {@link openModel}
 */
export async function findModel(request: ModelRequest): Promise<ScoringModel> {
  const registry = openRegistry(request.registry);
  const found = request.wanted === 'champion' ? await champion(registry, request) : await numbered(registry, request);
  return { version: found.version, model: openModel(found.folder) };
}

/** The version that scored, whatever became of it since. @throws InputError those of the registry and of {@link openModel} */
export async function openVersion(request: { registry: string; group: string; version: number }): Promise<ChurnModel> {
  const found = await openRegistry(request.registry).fetch(request.group, request.version);
  return openModel(found.folder);
}

async function champion(registry: Registry, request: ModelRequest): Promise<FetchedVersion> {
  const found = await registry.champion(request.group);
  if (found) return found;
  const known = await registry.groups();
  const latest = known.includes(request.group) ? (await registry.list(request.group)).at(-1) : undefined;
  if (!latest) {
    const what = `no model to score with: nothing is registered in the group ${request.group}`;
    throw inputError('no_champion', what, request.registry, 'train one first (--mode train), or name its registry');
  }
  const what = `no champion in the group ${request.group}: ${await describe(registry, latest)}`;
  throw inputError('no_champion', what, request.registry, remedy(request, latest));
}

async function numbered(registry: Registry, request: ModelRequest): Promise<FetchedVersion> {
  if (!/^[1-9]\d{0,8}$/.test(request.wanted)) {
    const what = `"${request.wanted}" is no model version`;
    throw inputError('model_version', what, '--param ModelVersion', 'give a number as 3, or champion');
  }
  const found = await registry.fetch(request.group, Number(request.wanted));
  if (found.status !== 'rejected') return found;
  throw inputError('model_rejected', await describe(registry, found), request.registry, remedy(request, found));
}

/** `version 3 was rejected: PR-AUC 0.28 misses the minimum 0.7` */
async function describe(registry: Registry, { group, version, status }: Version): Promise<string> {
  if (status !== 'rejected') return `version ${version} waits for approval`;
  const events = (await registry.history(group)).filter((one) => one.version === version && one.status === 'rejected');
  const reason = events.at(-1)?.reason;
  return `version ${version} was rejected${reason ? `: ${reason}` : ''}`;
}

function remedy(request: ModelRequest, { version, status }: Version): string {
  const force = status === 'rejected' ? ' --force' : '';
  const place = `--registry ${request.registry} --group ${request.group} --model-version ${version}`;
  const approve = `approve it (pilotlight registry approve ${place} --reason WHY${force})`;
  return status === 'rejected' ? `${approve}, or lower modeling.promotion.pr_auc_min and train again` : approve;
}
