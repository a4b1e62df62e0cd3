/** Lower case without accents, so that `Cancelación`, `CANCELACION` and its decomposed form are one word. */
export function foldText(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[‘’ʼ]/g, "'");
}

/** Whether there is something to read: null, empty and white space alone are no text. */
export function hasText(text: string | null): text is string {
  return text !== null && text.trim() !== '';
}
