import type { Models, Session } from '../api.ts';
import { type Address, API, changeQuery, MODELS, type Model, readAddress, writeAddress } from './address.ts';
import { AskError, ask } from './ask.ts';
import { failed, loading, note, unavailable } from './components/states.ts';
import { type Child, fill, h } from './dom.ts';
import { chooseLanguage, makeWords, type Words } from './i18n.ts';
import { BUILDERS } from './pages/index.ts';
import { drawShell } from './shell.ts';
import { applyTheme, keep, readTheme } from './theme.ts';
import type { View } from './view.ts';

const LANGUAGE_KEY = 'pilotlight.language';
/** What stays in the address from page to page. */
const KEPT = ['lang', 'run'];

type Known = { session: Session | null; models: Models['models'] };

const root = document.getElementById('app') as HTMLElement;
let known: Known | null = null;
let running = new AbortController();
let shown = '';

applyTheme(readTheme());
addEventListener('popstate', () => void render());
document.addEventListener('click', follow);
void render();

/** Links inside the site change the page without loading it anew; others, and those with a key held, are the browser's. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.origin !== location.origin || link.hasAttribute('download') || link.target !== '') return;
  if (!MODELS.some((model) => link.pathname.startsWith(`/${model}/`)) || link.getAttribute('href')?.startsWith('#'))
    return;
  event.preventDefault();
  go(link.pathname + link.search);
}

function go(address: string): void {
  if (address !== location.pathname + location.search) history.pushState(null, '', address);
  void render();
}

/** Shows what the address says. A page that is asked for while another still loads takes its place. */
async function render(): Promise<void> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const address = readAddress(location);
  const words = wordsOf(address);
  document.documentElement.lang = words.language;
  try {
    if (known === null) {
      fill(root, h('main', { id: 'main' }, loading(words)));
      known = await learn(signal);
    }
    await show(known, address, words, signal);
  } catch (error) {
    if (signal.aborted) return;
    fill(
      root,
      h(
        'main',
        { id: 'main' },
        failed(words, error, () => void render()),
      ),
    );
  }
}

function wordsOf({ query }: Address): Words {
  const asked = query.get('lang');
  const language = chooseLanguage(asked, keep.read(LANGUAGE_KEY), navigator.languages);
  if (asked === language) keep.write(LANGUAGE_KEY, language);
  return makeWords(language);
}

async function learn(signal: AbortSignal): Promise<Known> {
  const [session, { models }] = await Promise.all([
    ask<Session>(`${API}/session`, {}, signal),
    ask<Models>(`${API}/models`, {}, signal),
  ]);
  return { session, models };
}

async function show({ session, models }: Known, address: Address, words: Words, signal: AbortSignal): Promise<void> {
  const first = models.find(({ available }) => available) ?? models[0];
  const model = address.model ?? first?.model ?? 'churn';
  const facts = models.find((one) => one.model === model);
  const view = makeView({ session, address: { ...address, model }, words, signal, runs: facts?.runs ?? [] });
  const subject = `/${model}/${address.page}`;
  const focused = document.activeElement?.id ?? '';
  const main = drawShell(root, view, { again: shown === subject, known: models });
  if (shown === subject) document.getElementById(focused)?.focus({ preventScroll: true });
  const title = words.t(`page.${address.page}`);
  document.title = `${title} · ${words.t(`model.${model}`)} · pilotlight`;
  if (shown !== subject) fill(main, loading(words));
  main.setAttribute('aria-busy', 'true');
  const content = await contentOf(view, facts);
  if (signal.aborted) return;
  const header = h(
    'div',
    { class: 'head' },
    h('h1', { id: 'title', tabindex: -1 }, title),
    h('p', {}, words.t(`page_says.${address.page}`)),
  );
  fill(main, header, content);
  main.removeAttribute('aria-busy');
  if (shown === subject) document.getElementById(focused)?.focus({ preventScroll: true });
  else if (shown !== '') {
    scrollTo(0, 0);
    document.getElementById('title')?.focus({ preventScroll: true });
  }
  shown = subject;
}

async function contentOf(view: View, facts: Known['models'][number] | undefined): Promise<Child> {
  const { words } = view;
  if (facts !== undefined && !facts.available && view.page !== 'pipeline-status') {
    return unavailable(words, { available: false, reason: facts.reason ?? '', todo: facts.todo ?? '' });
  }
  try {
    return await BUILDERS[view.page](view);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    if (error instanceof AskError && (error.status === 401 || error.status === 403)) {
      return note('warn', words.t('state.forbidden'), h('p', {}, error.message), h('p', {}, error.todo));
    }
    return failed(words, error, () => void render());
  }
}

type Making = {
  session: Session | null;
  address: Address & { model: Model };
  words: Words;
  signal: AbortSignal;
  runs: View['runs'];
};

function makeView({ session, address, words, signal, runs }: Making): View {
  const { model, page, query } = address;
  const kept = Object.fromEntries([...query].filter(([key]) => KEPT.includes(key)));
  return {
    model,
    page,
    query,
    words,
    session,
    runs,
    ask: (thing, asked = {}) => ask(`${API}/${model}/${thing}`, asked, signal),
    link: (to, changes = {}, other = model) => {
      const base = other === model ? kept : Object.fromEntries(Object.entries(kept).filter(([key]) => key !== 'run'));
      return writeAddress(other, to, changeQuery(new URLSearchParams(base), changes));
    },
    change: (changes) => go(writeAddress(model, page, changeQuery(query, changes))),
  };
}
