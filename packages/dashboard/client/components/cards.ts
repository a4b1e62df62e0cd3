import { type Child, h } from '../dom.ts';
import type { Tone } from './states.ts';

export type Card = { key: string; title: string; value: string; more?: string | null; tone?: Tone };

/** Key figures, as a list of terms and values. `key` marks the figure for tests and style. */
export function cards(list: readonly Card[]): HTMLElement {
  const one = ({ key, title, value, more, tone }: Card): HTMLElement =>
    h(
      'div',
      { class: `card ${tone ?? ''}`.trim(), 'data-key': key },
      h('dt', {}, title),
      h('dd', { class: 'figure' }, value),
      more ? h('dd', { class: 'more' }, more) : null,
    );
  return h('dl', { class: 'cards' }, list.map(one));
}

export type Span = 'third' | 'half' | 'wide' | 'full';

/** A part of a page under a heading; `says` is the sentence that tells how to read it. */
export function panel(title: string, span: Span, says: string | null, ...children: Child[]): HTMLElement {
  return h(
    'section',
    { class: `panel ${span}` },
    h('h2', {}, title),
    says === null ? null : h('p', { class: 'says' }, says),
    children,
  );
}

export const grid = (...children: Child[]): HTMLElement => h('div', { class: 'grid' }, children);

/** Many terms and values side by side, as many columns as fit. */
export function manyFacts(rows: readonly (readonly [string, Child])[]): HTMLElement {
  return h(
    'dl',
    { class: 'many' },
    rows.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
  );
}

/** Terms and their values, one a line. */
export function facts(rows: readonly (readonly [string, Child])[]): HTMLElement {
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([term, value]) => [h('dt', {}, term), h('dd', {}, value)]),
  );
}
