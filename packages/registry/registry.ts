/**
 * A model registry. What a caller may count on, whatever stands behind it (a folder, SageMaker's model packages, MLflow's
 * registered models): versions never change but for their status, numbers of versions are never given twice, a group has
 * one champion at most, and every change is in the history. What cannot be done is an `InputError` whose code is one of
 * {@link RegistryFault}, or of the store that S3 is read through, and then nothing has changed.
 */
export type Registry = {
  /**
   * Adds a version, making the group when there is none. The same content (bytes of the artifacts, facts and
   * `modelSha256`) is registered once: again, it adds nothing and returns the version that is there, whatever its status
   * is by now. So a step that is run again may ask for `status: 'approved'` and cannot bring back an old champion.
   */
  register(request: RegisterRequest): Promise<Version>;
  /** Makes the version the champion; the one before it is superseded. Nothing happens when it is the champion already. */
  approve(request: ApproveRequest): Promise<Version>;
  /** Rejects the version. Nothing happens when it was rejected already. */
  reject(request: RejectRequest): Promise<Version>;
  /** The champion with its artifacts, verified; null when there is none, which includes a group that does not exist yet. */
  champion(group: string): Promise<FetchedVersion | null>;
  /** What is known of a version, without its artifacts. */
  version(group: string, version: number): Promise<Version>;
  /** A version with its artifacts, verified: every file is there, no other one is, and each has its SHA-256. */
  fetch(group: string, version: number): Promise<FetchedVersion>;
  /** What was done to the group, oldest first. */
  history(group: string): Promise<HistoryEvent[]>;
  /** The versions of a group, oldest first. */
  list(group: string): Promise<Version[]>;
  /** The names of the groups, sorted. */
  groups(): Promise<string[]>;
};

/**
 * `pending`: nobody decided yet. `approved`: the champion. `superseded`: approved, until another took its place.
 * `rejected`: not to be used.
 */
export type Status = 'pending' | 'approved' | 'superseded' | 'rejected';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Metrics, features, threshold, fingerprints of data and code, as-of date: JSON, so no NaN, no undefined, no dates. */
export type Facts = { [key: string]: Json };

export type Version = {
  group: string;
  /** 1, 2, 3 ... in the group. */
  version: number;
  status: Status;
  facts: Facts;
  /** Of the model alone, as hexadecimal; what predictions name as their model. */
  modelSha256: string;
  /** SHA-256 over files, facts and `modelSha256`: two versions of a group never share it. */
  digest: string;
  files: VersionFile[];
  registeredBy: string | null;
  /** ISO 8601, UTC. */
  registeredAt: string;
};

/**
 * `folder` holds exactly the files of the version. Read only: it may be the registry's own. That of a service is a temporary one,
 * which is removed when this process ends. `location` is where the registry keeps the files: a folder, or a URI.
 */
export type FetchedVersion = Version & { folder: string; location: string };

/** `name` is relative to the artifacts' folder, with `/` between its parts. */
export type VersionFile = { name: string; bytes: number; sha256: string };

export type RegisterRequest = {
  /** 1 to 63 letters, digits and single hyphens between them: what SageMaker takes as a name too. */
  group: string;
  /** A folder whose files, with those of its subfolders, are copied in. */
  artifacts: string;
  facts: Facts;
  modelSha256: string;
  /** Default `pending`. `approved` makes it the champion in the same breath. */
  status?: 'pending' | 'approved' | 'rejected';
  by?: string;
  reason?: string;
  /** When it was done; default now. */
  at?: Date;
};

/** Who decided, why, and when (default now). */
export type Decision = { group: string; version: number; by: string; reason: string; at?: Date };

/** A rejected version is approved with `force` alone. */
export type ApproveRequest = Decision & { force?: boolean };

/**
 * A champion is rejected only with a `replacement`, which becomes the champion, or with `force`: then the champion before
 * it comes back, if there was one that is not rejected, else there is none.
 */
export type RejectRequest = Decision & { replacement?: number; force?: boolean };

/** One change. `status` is that of `version` after it, `champion` the group's champion after it (null: none). */
export type HistoryEvent = {
  /** 1, 2, 3 ... in the group. */
  sequence: number;
  /** `withdraw`: where it stands behind a service, somebody there took a decision back, and the version waits again. */
  action: 'register' | 'approve' | 'reject' | 'withdraw';
  version: number;
  status: Status;
  champion: number | null;
  force: boolean;
  by: string | null;
  reason: string | null;
  /** ISO 8601, UTC. */
  time: string;
};
