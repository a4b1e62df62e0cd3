import { crc32, createInflateRaw } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl';
import { functionError } from '../errors.ts';
import type { Budget } from './budget.ts';
import type { Member } from './member.ts';
import { checkName, unsafe } from './memberNames.ts';
import { readRange, type SourceObject, uriOf } from './objects.ts';
import { RangeReader } from './rangeReader.ts';
import { unpacked } from './unpacked.ts';

const STORED = 0;
const DEFLATED = 8;

/** Of the upper half of the external attributes, as Unix writes them: the kind of file. */
const KIND_MASK = 0o170000;
const KINDS_ALLOWED = [0, 0o100000, 0o040000];

/**
 * Files of a zip (zip64 too), read by ranges: first the directory at its end, where all names and sizes are checked, then each file.
 *
 * @throws InputError `archive_unsafe`, `archive_too_large`, `archive_unreadable`
 */
export async function* unzip(object: SourceObject, budget: Budget): AsyncGenerator<Member> {
  const options = { lazyEntries: true, autoClose: false, strictFileNames: true };
  const zip = await fromRandomAccessReaderPromise(new RangeReader(object), object.bytes, options);
  try {
    for (const entry of await listEntries(zip, object, budget)) {
      yield { name: entry.fileName, content: contentOf(zip, entry, object) };
    }
  } finally {
    zip.close();
  }
}

async function listEntries(zip: ZipFile, object: SourceObject, budget: Budget): Promise<Entry[]> {
  const entries: Entry[] = [];
  const names = new Set<string>();
  for await (const entry of zip.eachEntry()) {
    budget.addMember();
    checkEntry(entry, uriOf(object));
    checkName(entry.fileName, names, uriOf(object));
    if (!entry.fileName.endsWith('/')) entries.push(entry);
  }
  return entries;
}

function checkEntry(entry: Entry, where: string): void {
  const kind = (entry.externalFileAttributes >>> 16) & KIND_MASK;
  if (!KINDS_ALLOWED.includes(kind)) throw unsafe(entry.fileName, 'is a link or a special file', where);
  if (entry.isEncrypted()) throw unsafe(entry.fileName, 'is encrypted', where);
  if (![STORED, DEFLATED].includes(entry.compressionMethod))
    throw unsafe(entry.fileName, `is packed by method ${entry.compressionMethod}`, where);
}

async function* contentOf(zip: ZipFile, entry: Entry, object: SourceObject): AsyncGenerator<Uint8Array> {
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const packed = readRange(object, fileDataStart, fileDataStart + entry.compressedSize);
  let bytes = 0;
  let sum = 0;
  const stream = entry.compressionMethod === STORED ? packed : unpacked(packed, createInflateRaw());
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > entry.uncompressedSize) throw broken(entry, 'is longer than the directory says', object);
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (bytes < entry.uncompressedSize) throw broken(entry, 'is shorter than the directory says', object);
  if (sum !== entry.crc32) throw broken(entry, 'does not have its checksum', object);
}

const broken = ({ fileName }: Entry, fault: string, object: SourceObject) =>
  functionError(
    'archive_unreadable',
    `the member ${JSON.stringify(fileName)} ${fault}`,
    uriOf(object),
    'have it packed again',
  );
