import { InputError } from '@pilotlight/errors';

/** The codes of this package's `InputError`s. `locked`: others are changing the group. */
export type RegistryFault =
  | 'bad_request'
  | 'bad_artifacts'
  | 'unknown_group'
  | 'unknown_version'
  | 'version_rejected'
  | 'champion_needed'
  | 'not_champion'
  | 'corrupt_registry'
  | 'changed_artifact'
  | 'denied'
  | 'locked'
  | 'bad_registry';

export function fault(code: RegistryFault, what: string, where: string, todo: string, cause?: unknown): InputError {
  return new InputError({ code, what, where, todo, cause });
}

/** What the registry wrote is not what stands there. */
export function corrupt(what: string, where: string, cause?: unknown): InputError {
  return fault('corrupt_registry', what, where, 'restore it from a copy', cause);
}

const OF_THE_DISK = new Set(
  'EACCES EPERM EROFS ENOSPC EDQUOT ENOENT ENOTDIR EEXIST EISDIR ELOOP ENAMETOOLONG'.split(' '),
);

/** Makes what the system says of the user's folder the user's line; other errors stay what they are. */
export function explainDisk(error: unknown, code: 'bad_registry' | 'bad_artifacts', where: string): unknown {
  if (error instanceof InputError) return error;
  const { code: reason, message } = error as NodeJS.ErrnoException;
  if (reason === undefined || !OF_THE_DISK.has(reason)) return error;
  const whose = code === 'bad_registry' ? 'the registry' : "the artifacts' folder";
  const access = code === 'bad_registry' ? 'read and write, on a disk with room' : 'read';
  return fault(
    code,
    `${whose} cannot be used (${message})`,
    where,
    `give a folder that this user can ${access}`,
    error,
  );
}
