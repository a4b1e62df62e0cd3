import { type PlotOptions, plot } from '@observablehq/plot';

/**
 * A picture by Observable Plot that lives under a strict content security policy: Plot sets styles through the object model
 * (which is allowed) but also puts a style element into the picture (which is not); the same rules stand in our style sheet. Plot's names of marks (
 * `aria-label` of groups, in English) go too: the picture as a whole has a name in the reader's language.
 */
export function picture(width: number, options: PlotOptions): Element {
  const drawn = plot({
    width,
    height: 260,
    marginTop: 20,
    marginRight: 16,
    marginBottom: 36,
    ...options,
    style: { fontSize: '12px', fontFamily: 'inherit' },
  });
  for (const style of drawn.querySelectorAll('style')) style.remove();
  for (const group of drawn.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  return drawn;
}

/** The room that words at the left need, in pixels: at most a share of the width. */
export function roomFor(words: readonly string[], width: number): number {
  const longest = Math.max(4, ...words.map((word) => word.length));
  return Math.min(Math.round(width * 0.42), Math.round(longest * 6.9) + 14);
}

/** A name cut to what fits in a room of so many pixels. */
export function cut(word: string, room: number): string {
  const most = Math.max(4, Math.floor((room - 12) / 6.7));
  return word.length <= most ? word : `${word.slice(0, most - 1)}…`;
}
