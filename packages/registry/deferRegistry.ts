import type { Registry } from './registry.ts';

/** A registry that is opened by the first call of a method, so that a folder's users never load the clients of services. */
export function deferRegistry(open: () => Promise<Registry>): Registry {
  let opened: Promise<Registry> | null = null;
  const registry = () => {
    opened ??= open();
    return opened;
  };
  return {
    register: async (request) => (await registry()).register(request),
    approve: async (request) => (await registry()).approve(request),
    reject: async (request) => (await registry()).reject(request),
    champion: async (group) => (await registry()).champion(group),
    version: async (group, version) => (await registry()).version(group, version),
    fetch: async (group, version) => (await registry()).fetch(group, version),
    history: async (group) => (await registry()).history(group),
    list: async (group) => (await registry()).list(group),
    groups: async () => (await registry()).groups(),
  };
}
