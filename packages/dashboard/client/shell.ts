import type { Models } from '../api.ts';
import { changeQuery, MODELS, PAGES, type Page, writeAddress } from './address.ts';
import { select } from './components/controls.ts';
import { type Child, fill, h, svg } from './dom.ts';
import { LANGUAGES } from './i18n.ts';
import { chooseTheme, readTheme, type Theme } from './theme.ts';
import type { View } from './view.ts';

/** Lines of the signs beside the names of the pages, in a box of 24. */
const SIGNS: Record<Page, string> = {
  overview: 'M4 13h7V4H4zM13 20h7V11h-7zM4 20h7v-4H4zM13 8h7V4h-7z',
  'data-explorer': 'M4 5h16M4 5v14h16M8 15v-4M12 15V8M16 15v-6',
  'model-performance': 'M4 19c6 0 6-13 16-13M4 5v14h16',
  'drift-monitor': 'M3 12h4l3-8 4 16 3-8h4',
  'customer-risk': 'M12 4 2.500 20h19zM12 10v4M12 17v.2',
  'customer-lookup': 'M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500 21 21',
  recommendations: 'M5 12.500 10 17.500 20 6.500',
  'pipeline-status': 'M4 7h5M15 7h5M4 17h5M15 17h5M9 4h6v6H9zM9 14h6v6H9z',
};

type ShellOptions = { again: boolean; known: Models['models'] };

/**
 * Draws the frame (bar, pages, settings) and gives the place of the page. When only the page's own settings changed (`again`)
 * the place and what stands in it stay until the new content is there, so that nothing flickers.
 */
export function drawShell(root: HTMLElement, view: View, { again, known }: ShellOptions): HTMLElement {
  const { words } = view;
  const before = again ? document.getElementById('main') : null;
  const main = before ?? h('main', { id: 'main', tabindex: -1 });
  const skip = h('a', { class: 'skip', href: '#main' }, words.t('shell.skip'));
  fill(root, skip, h('div', { class: 'frame' }, bar(view, known), pages(view), main));
  return main;
}

function bar(view: View, known: Models['models']): HTMLElement {
  const { words, model, page } = view;
  const { t } = words;
  const models = MODELS.map((one) => {
    const available = known.find((facts) => facts.model === one)?.available ?? false;
    const more = available ? null : h('span', { class: 'hidden' }, ` (${t('shell.no_results')})`);
    return h(
      'a',
      { href: view.link(page, {}, one), 'aria-current': one === model ? 'true' : null, id: `model-${one}` },
      t(`model.${one}`),
      more,
    );
  });
  return h(
    'header',
    { class: 'bar' },
    h('a', { class: 'brand', href: view.link('overview') }, flame(), 'pilotlight'),
    h('nav', { class: 'switch', 'aria-label': t('shell.model') }, models),
    h('div', { class: 'tools' }, runChoice(view), languages(view), themes(view), who(view)),
  );
}

function runChoice(view: View): Child {
  const { words, runs, query } = view;
  const { t, format } = words;
  if (runs.length === 0) return null;
  const text = ({ as_of, run_id }: View['runs'][number]): string => `${format.date(as_of)} · ${run_id.slice(0, 8)}`;
  if (runs.length === 1 && runs[0] !== undefined) {
    return h('span', { class: 'run' }, `${t('run.as_of')} `, h('b', {}, format.date(runs[0].as_of)));
  }
  const newest = runs[0]?.run_id ?? '';
  const choices = runs.map((run) => ({ value: run.run_id === newest ? '' : run.run_id, text: text(run) }));
  return select('run', t('shell.run'), choices, query.get('run') ?? '', (run) => view.change({ run }));
}

function languages(view: View): HTMLElement {
  const { words, model, page, query } = view;
  const one = (language: (typeof LANGUAGES)[number]): HTMLElement =>
    h(
      'a',
      {
        href: writeAddress(model, page, changeQuery(query, { lang: language, page: query.get('page') })),
        'aria-current': language === words.language ? 'true' : null,
        id: `lang-${language}`,
        lang: language,
        hreflang: language,
      },
      h('span', { class: 'hidden' }, words.t(`language.${language}`)),
      h('span', { 'aria-hidden': 'true' }, language.toUpperCase()),
    );
  return h('nav', { class: 'switch', 'aria-label': words.t('shell.language') }, LANGUAGES.map(one));
}

function themes({ words }: View): HTMLElement {
  const box = h('div', { class: 'switch', role: 'group', 'aria-label': words.t('shell.theme') });
  const draw = (): void => {
    const now = readTheme();
    const one = (theme: Theme): HTMLElement => {
      const press = (): void => {
        chooseTheme(theme);
        draw();
        document.getElementById(`theme-${theme}`)?.focus();
      };
      const state = theme === now ? 'true' : 'false';
      return h(
        'button',
        { type: 'button', id: `theme-${theme}`, 'aria-pressed': state, onclick: press },
        words.t(`theme.${theme}`),
      );
    };
    fill(box, one('light'), one('dark'));
  };
  draw();
  return box;
}

function who({ words, session }: View): Child {
  if (session === null || session.sign_in === 'off') return null;
  const masked = session.sees_personal_data ? null : ` · ${words.t('shell.masked')}`;
  return h('span', { class: 'run' }, session.user ?? '', masked);
}

function pages(view: View): HTMLElement {
  const { words, page } = view;
  const one = (to: Page): HTMLElement =>
    h(
      'li',
      {},
      h(
        'a',
        { href: view.link(to), 'aria-current': to === page ? 'page' : null, id: `page-${to}` },
        sign(to),
        words.t(`page.${to}`),
      ),
    );
  return h('nav', { class: 'nav', 'aria-label': words.t('shell.pages') }, h('ul', {}, PAGES.map(one)));
}

function sign(page: Page): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' },
    svg('path', { d: SIGNS[page] }),
  );
}

function flame(): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 32 32', 'aria-hidden': 'true', focusable: 'false' },
    svg('rect', { width: 32, height: 32, rx: 8, fill: '#12304f' }),
    svg('path', {
      d: 'M16 4c1.500 5 7.500 8 7.500 14.500a7.500 7.500 0 0 1-15 0c0-3.300 1.700-5.300 3.200-7 .4 2 1 3 2.300 3.500C13.500 11 14.500 7.500 16 4z',
      fill: '#f2a93b',
    }),
    svg('path', {
      d: 'M16 16.500c.8 2 3.200 3.200 3.200 5.700a3.200 3.200 0 0 1-6.400 0c0-2.500 2.400-3.700 3.200-5.700z',
      fill: '#fff3d6',
    }),
  );
}
