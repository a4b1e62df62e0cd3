/** What every server takes; newer ones take longer tags. */
const CHARACTERS_MAX = { params: 6000, tags: 5000 };

/**
 * The same values, those that are too long for a tracking server cut, with an ellipsis at their end, and the names of those. A
 * character is a code point, as the server counts, so nothing is cut in its middle.
 */
export function shortenValues(
  kind: keyof typeof CHARACTERS_MAX,
  values: Record<string, string>,
): { values: Record<string, string>; cut: string[] } {
  const max = CHARACTERS_MAX[kind];
  const cut: string[] = [];
  const entries = Object.entries(values).map(([key, value]) => {
    if (value.length <= max) return [key, value];
    const characters = [...value];
    if (characters.length <= max) return [key, value];
    cut.push(key);
    return [key, `${characters.slice(0, max - 1).join('')}…`];
  });
  return { values: Object.fromEntries(entries), cut };
}
