import { InputError } from '@pilotlight/errors';

const SCHEME = 's3://';
/** Names of general purpose buckets, access point aliases among them. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function isS3Uri(value: string): boolean {
  return value.slice(0, SCHEME.length).toLowerCase() === SCHEME;
}

/**
 * Splits `s3://BUCKET[/KEY]`. `key` is `''` without one and is taken as it stands: nothing in it is an escape, and a slash
 * at its end stays. Anything else is an InputError (`bad_uri`).
 */
export function parseS3Uri(uri: string): { bucket: string; key: string } {
  const refuse = (what: string) =>
    new InputError({ code: 'bad_uri', what, where: JSON.stringify(uri), todo: 'write it as s3://BUCKET/PREFIX' });
  if (!uri.startsWith(SCHEME)) throw refuse('not an S3 URI');
  const rest = uri.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const key = slash < 0 ? '' : rest.slice(slash + 1);
  if (!BUCKET.test(bucket)) throw refuse(`${JSON.stringify(bucket)} is no bucket's name`);
  if (key.startsWith('/')) throw refuse('two slashes after the bucket');
  if (Buffer.byteLength(key) > 1024) throw refuse('the key is longer than 1024 bytes');
  return { bucket, key };
}

/** The URI or folder with `parts` behind it, one slash between each; empty parts are left out. */
export function joinUri(uri: string, ...parts: string[]): string {
  const tail = parts.map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '');
  if (tail.length === 0) return uri;
  return `${uri.replace(/\/+$/, '')}/${tail.join('/')}`;
}
