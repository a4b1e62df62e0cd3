import type { Readable } from 'node:stream';

/** What a store knows about one object. */
export type ObjectFacts = {
  /** Relative to the store's URI, parts separated by `/`. */
  key: string;
  bytes: number;
  /** Changes when the content does: the ETag, or the SHA-256 of a local file. Opaque: only ever compared. */
  version: string;
};

/** Small content as it is, a stream of any length, or a file, which is read in parts and can be sent again. */
export type StoreContent = string | Uint8Array | Readable | { path: string };

export type WriteConditions = {
  /** Fails with an ArtifactError `exists` where the key is taken. */
  ifAbsent?: boolean;
  /** Fails with an ArtifactError `changed` where the key has another version or is gone. */
  ifVersion?: string;
  signal?: AbortSignal;
};

/**
 * Objects under one URI. Keys are relative to it: `/` between parts, no empty part, `.` or `..`, else an InputError
 * (`bad_key`). A write shows whole or not at all, in both kinds.
 *
 * Errors: InputError where a person can mend it (no bucket, no permission, no credentials, no such key), naming the URI;
 * ArtifactError where a race was lost or a service failed to the last try.
 */
export type Store = {
  /** Without a slash at the end. */
  readonly uri: string;
  /** The content as a stream; one that breaks is taken up where it broke. No such key: an InputError (`missing`). */
  read(key: string, options?: { signal?: AbortSignal }): Promise<Readable>;
  /** A small text with its version, or null where the key is absent. Longer than `bytesMax` (1 MiB): an InputError (`too_large`). */
  readText(
    key: string,
    options?: { bytesMax?: number; signal?: AbortSignal },
  ): Promise<{ text: string; version: string } | null>;
  write(key: string, content: StoreContent, conditions?: WriteConditions): Promise<ObjectFacts>;
  head(key: string, options?: { signal?: AbortSignal }): Promise<ObjectFacts | null>;
  /**
   * Everything whose key begins with the folder `prefix` (whole parts: `a` gives `a/b`, not `ab/c`), by key in the order of
   * UTF-8 bytes. Folder markers (keys that end in `/`) and unfinished files are left out.
   */
  list(prefix?: string, options?: { signal?: AbortSignal }): AsyncIterable<ObjectFacts>;
  /** An absent key is fine. */
  remove(key: string, options?: { signal?: AbortSignal }): Promise<void>;
};

/** How far a folder is; totals are known when the first file begins. What was there already counts as done. */
export type TransferProgress = { files: number; files_total: number; bytes: number; bytes_total: number };

export type TransferOptions = { signal?: AbortSignal; onProgress?: (progress: TransferProgress) => void };

/** Files and bytes that stand at the target, whether they were sent or there already. */
export type TransferFacts = { files: number; bytes: number };
