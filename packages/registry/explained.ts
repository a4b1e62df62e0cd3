import type { Registry } from './registry.ts';

/** The same registry, whose errors are what `explain` makes of them. */
export function explained(registry: Registry, explain: (error: unknown) => unknown): Registry {
  const wrap =
    <A extends unknown[], R>(method: (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> =>
      method(...given).catch((error) => {
        throw explain(error);
      });
  return {
    register: wrap(registry.register),
    approve: wrap(registry.approve),
    reject: wrap(registry.reject),
    champion: wrap(registry.champion),
    version: wrap(registry.version),
    fetch: wrap(registry.fetch),
    history: wrap(registry.history),
    list: wrap(registry.list),
    groups: wrap(registry.groups),
  };
}
