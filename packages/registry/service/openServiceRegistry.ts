import { applyEvent, emptyGroup, type GroupEvent, type GroupState, requireVersion } from '../applyEvent.ts';
import { checkDecision, isoTime } from '../checkDecision.ts';
import { digestContent } from '../digestContent.ts';
import { corrupt, fault } from '../errors.ts';
import { requireGroupName } from '../groupPaths.ts';
import { readContent } from '../readContent.ts';
import type { Decision, FetchedVersion, HistoryEvent, RegisterRequest, Registry, Version } from '../registry.ts';
import { type Backend, claimOf, type Described, type Journal } from './backend.ts';
import { fetchFiles } from './fetchFiles.ts';
import { mapLimited } from './mapLimited.ts';
import { recordChange, upToDate } from './recordChange.ts';
import { withCopy } from './withCopy.ts';

/** Versions and events that are read at a time. */
const PARALLEL = 8;

/** A {@link Registry} over a service; every method looks at the service anew, so that it sees what people did there. */
export function openServiceRegistry(backend: Backend, clock: () => Date): Registry {
  const timeOf = (at: Date | undefined) => {
    const named = at === undefined ? null : isoTime(at);
    return () => named ?? isoTime(clock());
  };
  const decide = async (request: Decision, event: GroupEvent & { version: number }) => {
    const { group, version, at } = request;
    requireGroupName(group);
    const { by, reason } = checkDecision(request);
    const time = timeOf(at);
    await requireDecision(backend, group, event);
    const journal = await recordChange(backend, group, { event, by, reason, time });
    return readVersion(backend, journal, version);
  };
  return {
    register: async (request) => register(backend, request, timeOf(request.at)),
    approve: async (request) => decide(request, { action: 'approve', version: request.version, ...forceOf(request) }),
    reject: async (request) => {
      const { version, replacement } = request;
      const named = replacement === undefined ? {} : { replacement };
      return decide(request, { action: 'reject', version, ...named, ...forceOf(request) });
    },
    champion: async (group) => {
      const journal = await currentJournal(backend, group);
      const champion = journal?.state.champion ?? null;
      return journal === null || champion === null ? null : fetchVersion(backend, journal, champion);
    },
    version: async (group, version) => readVersion(backend, await requireJournal(backend, group), version),
    fetch: async (group, version) => fetchVersion(backend, await requireJournal(backend, group), version),
    history: async (group) => readHistory(backend, group),
    list: async (group) => {
      const journal = await requireJournal(backend, group);
      return mapLimited(PARALLEL, journal.state.versions, ({ version }) => readVersion(backend, journal, version));
    },
    groups: async () => knownGroups(backend),
  };
}

async function register(backend: Backend, request: RegisterRequest, time: () => string): Promise<Version> {
  const { group } = request;
  requireGroupName(group);
  const content = await readContent(request);
  const claim = claimOf(request);
  const { digest } = content;
  const { status, by, reason } = claim;
  const before = (await currentJournal(backend, group))?.state ?? emptyGroup(group);
  const known = before.versions.find((one) => one.digest === digest)?.version;
  if (known !== undefined) {
    // Also of a registration that was cut off: as it was asked for then.
    return readVersion(backend, await recordChange(backend, group, null), known);
  }
  const version = await withCopy(request.artifacts, content.files, (folder) =>
    backend.publish({ group, content, folder, claim }),
  );
  const event = { action: 'register' as const, digest, status, version };
  const journal = await recordChange(backend, group, { event, by, reason, time });
  const found = journal.state.versions.find((one) => one.digest === digest) ?? requireVersion(journal.state, version);
  return readVersion(backend, journal, found.version);
}

/** Refuses a decision that cannot be made before anything is written for it. */
async function requireDecision(backend: Backend, group: string, event: GroupEvent & { version: number }) {
  const { state } = await requireJournal(backend, group);
  if (applyEvent(state, event) === state) return;
  // What people did in the service is recorded as theirs before anything there is touched.
  await backend.requireWrite(await recordChange(backend, group, null), event.version);
}

async function currentJournal(backend: Backend, group: string): Promise<Journal | null> {
  requireGroupName(group);
  const loaded = await backend.load(group);
  return loaded === null ? null : (upToDate(loaded).at(-1)?.journal ?? loaded.journal);
}

async function requireJournal(backend: Backend, group: string): Promise<Journal> {
  return (await currentJournal(backend, group)) ?? refuseUnknown(backend, group);
}

async function refuseUnknown(backend: Backend, group: string): Promise<never> {
  const known = (await knownGroups(backend)).join(', ');
  const todo = known ? `choose one that it has: ${known}` : 'it has none yet: register a model first';
  throw fault('unknown_group', `the registry has no group ${group}`, backend.uri, todo);
}

async function knownGroups(backend: Backend): Promise<string[]> {
  const names = await backend.groups();
  const known = await mapLimited(PARALLEL, names, async (name) => (await backend.load(name)) !== null);
  return names.filter((_, i) => known[i]).sort();
}

async function readHistory(backend: Backend, group: string): Promise<HistoryEvent[]> {
  requireGroupName(group);
  const loaded = await backend.load(group);
  if (loaded === null) return refuseUnknown(backend, group);
  const recorded = await backend.events(group);
  const later = upToDate(loaded).filter(({ event }) => event.sequence > recorded.length);
  return [...recorded, ...later.map(({ event }) => event)].map(({ schema_version, ...event }) => event);
}

async function readVersion(backend: Backend, journal: Journal, version: number): Promise<Version> {
  const { state } = journal;
  const { status, digest } = requireVersion(state, version);
  const described = await describe(backend, state, version, digest);
  const registered = journal.registrations.find((one) => one.version === version);
  if (registered === undefined) throw corrupt(`nothing tells who registered version ${version}`, backend.uri);
  const { by: registeredBy, at: registeredAt } = registered;
  return { group: state.group, version, status, ...described, digest, registeredBy, registeredAt };
}

/** Facts and file list must have the digest that the journal names. */
async function describe(backend: Backend, { group }: GroupState, version: number, digest: string): Promise<Described> {
  const described = await backend.describe(group, version, digest);
  if (digestContent(described) === digest) return described;
  const where = backend.place(group, version, digest, null);
  throw corrupt(`the description of version ${version} was changed after it was registered`, where);
}

async function fetchVersion(backend: Backend, journal: Journal, version: number): Promise<FetchedVersion> {
  const described = await readVersion(backend, journal, version);
  const location = backend.place(described.group, version, described.digest, '');
  return { ...described, folder: await fetchFiles(backend, described), location };
}

function forceOf({ force }: { force?: boolean }): { force?: boolean } {
  return force === true ? { force } : {};
}
