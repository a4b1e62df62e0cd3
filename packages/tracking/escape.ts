/** A text for a URL with all escaped that may be: signatures are made over this form, and servers write it so themselves. */
export function escapeText(text: string | number): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The same for a path, whose slashes stay. */
export function escapePath(path: string): string {
  return path.split('/').map(escapeText).join('/');
}
