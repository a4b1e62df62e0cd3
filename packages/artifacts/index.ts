/** Write-once storage: a file or folder appears whole or not at all. */

export { ArtifactError, type ArtifactFault } from './errors.ts';
export { type LockHolder, type LockRefusal, takeLock } from './lock.ts';
export { type PackedFile, packTarGz } from './packTarGz.ts';
export { syncFolder } from './syncFolder.ts';
export { type UnpackLimits, unpackTarGz } from './unpackTarGz.ts';
export { writeFile } from './writeFile.ts';
export { publishFolder, writeFolder } from './writeFolder.ts';
export { writeJson } from './writeJson.ts';
