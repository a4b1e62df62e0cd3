import { posix } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { Budget } from './budget.ts';
import { type Packing, withoutGzip } from './kindOf.ts';
import type { Member } from './member.ts';
import { readRange, type SourceObject } from './objects.ts';
import { unpacked } from './unpacked.ts';
import { untar } from './untar.ts';
import { unzip } from './unzip.ts';

/** The files in a fetched file, one after the other, by stream; folders are left out. */
export function membersOf(object: SourceObject, packing: Packing, budget: Budget): AsyncIterable<Member> {
  switch (packing) {
    case 'zip':
      return unzip(object, budget);
    case 'tar':
      return untar(readRange(object), object, budget);
    case 'tar.gz':
      return untar(unpacked(readRange(object), createGunzip()), object, budget);
    default:
      return single(object, packing);
  }
}

async function* single(object: SourceObject, packing: 'none' | 'gzip'): AsyncGenerator<Member> {
  const bytes = readRange(object);
  if (packing === 'none') yield { name: posix.basename(object.key), content: bytes };
  else yield { name: withoutGzip(object.key), content: unpacked(bytes, createGunzip()) };
}
