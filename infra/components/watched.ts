/** What monitoring looks after, by the name that its alarms bear: physical names, known before anything is made. */
export type Watched = {
  functions?: Record<string, string>;
  machines?: Record<string, string>;
  queues?: Record<string, string>;
};

/** All that several components want to be looked after. */
export function watchAll(...parts: readonly Watched[]): Required<Watched> {
  const merge = (kind: keyof Watched) =>
    Object.assign({}, ...parts.map((part) => part[kind])) as Record<string, string>;
  return { functions: merge('functions'), machines: merge('machines'), queues: merge('queues') };
}
