/** Write-once storage: a file, folder or object appears whole or not at all, on a disk or in S3. */

export { downloadFolder } from './downloadFolder.ts';
export { ArtifactError, type ArtifactFault } from './errors.ts';
export { type LockHolder, type LockRefusal, takeLock } from './lock.ts';
export { faultOfName } from './memberName.ts';
export { openStore } from './openStore.ts';
export { orAborted } from './orAborted.ts';
export { type PackedFile, packTarGz } from './packTarGz.ts';
export type {
  ObjectFacts,
  Store,
  StoreContent,
  TransferFacts,
  TransferOptions,
  TransferProgress,
  WriteConditions,
} from './store.ts';
export { syncFolder } from './syncFolder.ts';
export { type UnpackLimits, unpackTarGz } from './unpackTarGz.ts';
export { uploadFolder } from './uploadFolder.ts';
export { isS3Uri, joinUri, parseS3Uri } from './uri.ts';
export { writeFile } from './writeFile.ts';
export { publishFolder, writeFolder } from './writeFolder.ts';
export { writeJson } from './writeJson.ts';
