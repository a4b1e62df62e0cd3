import type { Readable } from 'node:stream';
import type { GroupEvent, GroupState } from '../applyEvent.ts';
import type { Content } from '../readContent.ts';
import type { Facts, RegisterRequest, VersionFile } from '../registry.ts';
import type { StoredEvent } from '../schemas.ts';

/**
 * What a service and its store do for a registry. Two things are kept apart: the **versions**, which the service numbers and lists,
 * and the **journal**, the events of a group in one order. A version is registered once the service lists it, a decision is made
 * once its event is in the journal; everything else (what the service shows of a decision) follows and is made up for by the next
 * change. So nothing has to be locked, and whoever is killed leaves either all or nothing.
 */
export type Backend = {
  /** Of the registry, for messages. */
  readonly uri: string;
  /** The names of the groups that may have versions. */
  groups(): Promise<string[]>;
  /** What is known of a group; null when nothing was ever registered in it. */
  load(group: string): Promise<Loaded | null>;
  /** The events of the journal, oldest first. */
  events(group: string): Promise<StoredEvent[]>;
  /** Adds an event. False when another one came first, and then nothing was written. */
  append(group: string, entry: Entry): Promise<boolean>;
  /** Throws the user's line where what the service shows of the version may not be changed: asked before a decision. */
  requireWrite(journal: Journal, version: number): Promise<void>;
  /** Makes the service show what the journal says. What is right already is not written. */
  mirror(group: string, changes: Changes): Promise<void>;
  /** Keeps the content (`folder` holds the files, and nobody changes them), then has the service number it. */
  publish(publication: Publication): Promise<number>;
  /** Files and facts as they were registered. */
  describe(group: string, version: number, digest: string): Promise<Described>;
  /** The names of the files that stand there now, and the content of one of them. */
  names(group: string, version: number, digest: string): Promise<string[]>;
  open(group: string, version: number, digest: string, name: string): Promise<Readable>;
  /** The URI of an artifact, or of the folder of all of them (''), or of the description (null). */
  place(group: string, version: number, digest: string, name: string | null): string;
};

export type Journal = {
  state: GroupState;
  /** Who registered which version, and when (ISO 8601). */
  registrations: Registration[];
  /** When a person's change in the service was made that the journal has: later ones are new. */
  observed: Observed[];
};
export type Registration = { version: number; by: string | null; at: string };
export type Observed = { version: number; at: string };

/** What the service has and the journal lacks: a version whose registration was cut off, or what a person changed there. */
export type Unrecorded = {
  event: GroupEvent & { version: number };
  by: string | null;
  reason: string | null;
  time: string;
  observed?: string;
};

/** A change, the event that the history tells of it, and the journal after it. */
export type Entry = { change: Unrecorded; event: StoredEvent; journal: Journal };

export type Loaded = { journal: Journal; unrecorded: Unrecorded[] };

/** What was just written into the journal: versions with a new status, and the decision that led to it. */
export type Changes = { versions: readonly number[]; decided: { version: number; reason: string | null } | null };

/** The request as it is kept: `at` is the time that it names, if it names one. */
export type Claim = {
  status: 'pending' | 'approved' | 'rejected';
  by: string | null;
  reason: string | null;
  at: string | null;
};

export type Publication = { group: string; content: Content; folder: string; claim: Claim };

export type Described = { files: VersionFile[]; facts: Facts; modelSha256: string };

export function claimOf({ status = 'pending', by, reason, at }: RegisterRequest): Claim {
  return { status, by: by ?? null, reason: reason ?? null, at: at?.toISOString() ?? null };
}
