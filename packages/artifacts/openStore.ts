import { InputError } from '@pilotlight/errors';
import { deferStore } from './deferStore.ts';
import type { FolderStore } from './folderStore.ts';
import { openLocalStore } from './localStore.ts';
import { readAddress } from './s3/address.ts';
import type { S3StoreOptions } from './s3/openS3Store.ts';
import type { Store } from './store.ts';
import { isS3Uri } from './uri.ts';

/** The store at `s3://BUCKET[/PREFIX]` or in a local folder, which need not be there yet. Nothing is asked of AWS here. */
export function openStore(uri: string): Store {
  return openFolderStore(uri);
}

/** The same with what copying folders takes. */
export function openFolderStore(uri: string, options: S3StoreOptions = {}): FolderStore {
  if (isS3Uri(uri)) {
    const open = async () => (await import('./s3/openS3Store.ts')).openS3Store(uri, options);
    return deferStore(readAddress(uri).uri, open);
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1];
  if (uri !== '' && scheme === undefined && !uri.includes('\0')) return openLocalStore(uri);
  const what = scheme === undefined ? 'neither a folder nor an S3 URI' : `${scheme}:// is not understood`;
  throw new InputError({
    code: 'bad_uri',
    what,
    where: JSON.stringify(uri),
    todo: 'name a folder or s3://BUCKET/PREFIX',
  });
}
