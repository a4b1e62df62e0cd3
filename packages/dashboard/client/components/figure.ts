import { type Child, h } from '../dom.ts';
import type { Words } from '../i18n.ts';
import { dot } from './badges.ts';
import { type Column, table } from './table.ts';

type FigureOptions<Row> = {
  words: Words;
  id: string;
  /** What the picture shows, in a sentence that stands for it. */
  caption: string;
  /** Draws at a width in pixels; called again when the width changes. */
  draw(width: number): Element;
  legend?: readonly { color: string; text: string }[];
  columns: readonly Column<Row>[];
  rows: readonly Row[];
};

/** A chart with its caption and its numbers as a table behind a disclosure: nothing is said by the picture alone. */
export function figure<Row>(options: FigureOptions<Row>): HTMLElement {
  const { words, id, caption, legend = [], columns, rows } = options;
  const place = h('div', { class: 'plot' });
  let drawn = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(place.clientWidth);
    if (width < 40 || width === drawn) return;
    drawn = width;
    const picture = options.draw(width);
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', caption);
    place.replaceChildren(picture);
  });
  observer.observe(place);
  return h(
    'figure',
    { id },
    legend.length === 0 ? null : h('ul', { class: 'legend' }, legend.map(legendEntry)),
    place,
    h('figcaption', {}, caption),
    h(
      'details',
      {},
      h('summary', { id: `${id}-numbers` }, words.t('figure.numbers')),
      table({ id: `${id}-table`, caption, columns, rows }),
    ),
  );
}

function legendEntry({ color, text }: { color: string; text: string }): Child {
  return h('li', {}, dot(color), text);
}
