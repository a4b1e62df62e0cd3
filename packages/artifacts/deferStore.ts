import type { FolderStore } from './folderStore.ts';

/** A store that is opened by the first call of a method, so that a folder's users never load the client of S3. */
export function deferStore(uri: string, open: () => Promise<FolderStore>): FolderStore {
  let opened: Promise<FolderStore> | null = null;
  const store = () => {
    opened ??= open();
    return opened;
  };
  return {
    uri,
    read: async (key, options) => (await store()).read(key, options),
    readText: async (key, options) => (await store()).readText(key, options),
    write: async (key, content, conditions) => (await store()).write(key, content, conditions),
    head: async (key, options) => (await store()).head(key, options),
    async *list(prefix, options) {
      yield* (await store()).list(prefix, options);
    },
    remove: async (key, options) => (await store()).remove(key, options),
    hasContentOf: async (key, path, signal) => (await store()).hasContentOf(key, path, signal),
    size: async (key, signal) => (await store()).size(key, signal),
    async *sizes(prefix, signal) {
      yield* (await store()).sizes(prefix, signal);
    },
  };
}
