import type { Unavailable } from '../../api.ts';
import { AskError } from '../ask.ts';
import { type Child, h } from '../dom.ts';
import type { Words } from '../i18n.ts';

export type Tone = 'info' | 'good' | 'warn' | 'bad';

export function note(tone: Tone, title: string | null, ...children: Child[]): HTMLElement {
  return h('div', { class: `note ${tone}` }, title === null ? null : h('h2', {}, title), children);
}

export function loading(words: Words): HTMLElement {
  return h('p', { class: 'loading' }, words.t('state.loading'));
}

/** The results are not there yet: what is missing and what to do. */
export function unavailable(words: Words, { reason, todo }: Unavailable): HTMLElement {
  return note('warn', words.t('state.unavailable'), h('p', {}, reason), h('p', {}, todo));
}

/** A request that failed: what went wrong, what to do, and a button to try again. */
export function failed(words: Words, error: unknown, again: () => void): HTMLElement {
  const [title, message, todo] = describe(words, error);
  const button = h('button', { type: 'button', class: 'button', id: 'again', onclick: again }, words.t('state.again'));
  return h(
    'div',
    { class: 'note bad', role: 'alert' },
    h('h2', {}, title),
    message === '' ? null : h('p', {}, message),
    h('p', {}, todo),
    button,
  );
}

function describe(words: Words, error: unknown): [title: string, message: string, todo: string] {
  if (!(error instanceof AskError)) return [words.t('state.broken'), String(error), words.t('state.broken_todo')];
  if (error.status === 0) return [words.t('state.unreachable'), '', words.t('state.unreachable_todo')];
  const title = error.status === 404 ? words.t('state.not_found') : words.t('state.failed', { status: error.status });
  return [title, error.message, error.todo === '' ? words.t('state.broken_todo') : error.todo];
}

/** Said in the place of rows where a filter leaves none. */
export function nothing(text: string): HTMLElement {
  return h('p', { class: 'says' }, text);
}
