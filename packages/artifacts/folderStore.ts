import type { ObjectFacts, Store } from './store.ts';

/** What copying folders takes besides what everyone may use of a store. */
export type FolderStore = Store & {
  /** Whether the local file surely has the object's content; false where that cannot be known. */
  hasContentOf(key: string, path: string, signal?: AbortSignal): Promise<boolean>;
  /** Null where the key is absent. */
  size(key: string, signal?: AbortSignal): Promise<{ bytes: number } | null>;
  /** The files of the folder `prefix`; for S3 and local folders without reading their contents, so without versions. */
  sizes(prefix: string, signal?: AbortSignal): AsyncIterable<Pick<ObjectFacts, 'key' | 'bytes'>>;
};
