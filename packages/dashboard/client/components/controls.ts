import { type Child, h } from '../dom.ts';
import type { Words } from '../i18n.ts';

export type Choice = { value: string; text: string };

/** A labelled list to choose one from; `onChoose` gets '' for the first, which is all. */
export function select(
  id: string,
  label: string,
  choices: readonly Choice[],
  chosen: string,
  onChoose: (value: string) => void,
): HTMLElement {
  const box = h(
    'select',
    { id, onchange: () => onChoose(box.value) },
    choices.map(({ value, text }) => h('option', { value, selected: value === chosen }, text)),
  );
  return h('label', { class: 'field', for: id }, h('span', {}, label), box);
}

/** A labelled number from 0 to 100 (percent), handed on as a share of 1 when it is left or Enter is pressed. */
export function percentInput(
  id: string,
  label: string,
  value: string | null,
  onChange: (share: string) => void,
): HTMLElement {
  const now = value === null || value === '' ? '' : String(Math.round(Number(value) * 1000) / 10);
  const attributes = { id, type: 'number', min: 0, max: 100, step: 'any', value: now, inputmode: 'decimal' };
  const box = h('input', {
    ...attributes,
    onchange: () => onChange(box.value === '' || !box.checkValidity() ? '' : String(Number(box.value) / 100)),
  });
  return h('label', { class: 'field', for: id }, h('span', {}, label), box);
}

export const filters = (label: string, ...children: Child[]): HTMLElement =>
  h('div', { class: 'filters', role: 'group', 'aria-label': label }, children);

type PagerOptions = {
  words: Words;
  page: number;
  pageSize: number;
  total: number;
  linkTo(page: number): string;
};

/** Where in the list one is, and links to the pages before and after. */
export function pager({ words, page, pageSize, total, linkTo }: PagerOptions): HTMLElement {
  const { t, format } = words;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const first = total === 0 ? 0 : (page - 1) * pageSize + 1;
  const last = Math.min(total, page * pageSize);
  const step = (id: string, text: string, to: number): HTMLElement =>
    to < 1 || to > pages
      ? h('span', { class: 'button', 'aria-disabled': 'true' }, text)
      : h('a', { class: 'button', id, href: linkTo(to) }, text);
  const values = { first: format.count(first), last: format.count(last), total: format.count(total) };
  return h(
    'div',
    { class: 'pager' },
    h('span', { 'data-key': 'rows-shown' }, t('pager.rows', values)),
    h(
      'nav',
      { 'aria-label': t('pager.label') },
      step('page-before', t('pager.before'), page - 1),
      step('page-after', t('pager.after'), page + 1),
    ),
  );
}
