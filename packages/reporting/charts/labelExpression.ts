/**
 * A Vega expression that shows `names[value]` as the label of an axis value. All but plain characters are escaped, so that no name,
 * whatever it holds, is read as more than text.
 */
export function labelExpression(names: readonly string[]): string {
  const toEscape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const literals = names.map((name) => `"${name.replace(/[^A-Za-z0-9 _.,:%()[\]+-]/g, toEscape)}"`);
  return `[${literals.join(', ')}][datum.value]`;
}
