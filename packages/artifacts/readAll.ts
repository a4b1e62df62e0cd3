import { InputError } from '@pilotlight/errors';

/** The bytes as UTF-8, or an InputError (`not_text`). */
export function decodeText(where: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const todo = 'write it again as UTF-8';
    throw new InputError({ code: 'not_text', what: 'not a text in UTF-8', where, todo, cause });
  }
}

export function tooLarge(where: string, bytes: number, bytes_max: number): InputError {
  const what = `has ${bytes} bytes, more than the ${bytes_max} that are read`;
  return new InputError({ code: 'too_large', what, where, todo: 'name another, or a smaller one' });
}
