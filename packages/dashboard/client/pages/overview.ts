import type { DriftState, Kpi, Overview, ScoreBin, TierCount } from '../../api.ts';
import { tierColor } from '../charts/colors.ts';
import { drawScores } from '../charts/drawScores.ts';
import { badge, tierBadge } from '../components/badges.ts';
import { type Card, cards, facts, grid, panel } from '../components/cards.ts';
import { figure } from '../components/figure.ts';
import { note, unavailable } from '../components/states.ts';
import { type Column, table } from '../components/table.ts';
import { type Child, h } from '../dom.ts';
import type { WordKey } from '../i18n.ts';
import type { View } from '../view.ts';

type Answer = Overview & { available: true };
/** Where the steps begin that are drawn once more by themselves. */
const TAIL_FROM = 0.3;

/** How many customers are at risk, how good the model is, what it is worth, and where to look next. */
export async function overview(view: View): Promise<Child> {
  const { words, query } = view;
  const answer = await view.ask<Overview>('overview', { run: query.get('run') });
  if (!answer.available) return unavailable(words, answer);
  return [
    answer.notices.map((one) => note('warn', null, h('p', {}, one[words.language]))),
    cards(kpisOf(answer).map((kpi) => cardOf(view, kpi))),
    grid(
      panel(words.t('overview.scores'), 'wide', words.t('overview.scores_says'), scores(view, answer)),
      panel(words.t('overview.state'), 'third', null, state(view, answer)),
      panel(
        words.t('overview.tiers'),
        tailOf(answer).length === 0 ? 'full' : 'wide',
        words.t('overview.tiers_says'),
        tiers(view, answer.tiers),
      ),
      tail(view, answer),
    ),
  ];
}

/** Without the count of drifted features where none was measured: 0 would pass for good news. */
function kpisOf({ kpis, drift }: Answer): readonly Kpi[] {
  return (drift?.features_measured ?? 0) > 0 ? kpis : kpis.filter(({ key }) => key !== 'features_drifted');
}

function cardOf({ words, model }: View, { key, part, value, unit }: Kpi): Card {
  const { format, t } = words;
  const tier = model === 'segmentation' ? { critical: 'MUY ALTO', high: 'ALTO' }[key as string] : undefined;
  const write = {
    count: () => format.count(value),
    share: () => format.share(value),
    eur: () => format.euro(value, 0),
    score: () => format.number(value),
  };
  const title = tier === undefined ? t(`kpi.${key}` as WordKey) : words.code('tier', tier);
  const id = part === null ? key : `${key}-${part}`;
  const tone = key === 'features_drifted' && (value ?? 0) > 0 ? { tone: 'warn' as const } : {};
  return { key: id, title, value: write[unit](), more: part === null ? null : words.code('segment', part), ...tone };
}

/** The upper steps, where they are too small to be seen beside the first ones; else none. */
function tailOf({ scores: bins }: Answer): readonly ScoreBin[] {
  const upper = bins.filter(({ lower }) => lower >= TAIL_FROM - 1e-9);
  const most = Math.max(...bins.map(({ customers }) => customers));
  const mostUpper = Math.max(0, ...upper.map(({ customers }) => customers));
  return mostUpper > 0 && mostUpper < most / 8 ? upper : [];
}

function tail(view: View, answer: Answer): HTMLElement | null {
  const { t, format } = view.words;
  const bins = tailOf(answer);
  if (bins.length === 0) return null;
  const title = t('overview.tail', { from: format.share(TAIL_FROM, 0) });
  return panel(title, 'third', t('overview.tail_says'), scores(view, { ...answer, scores: [...bins] }, 'tail'));
}

function scores(view: View, { scores: bins, tiers: counts }: Answer, id = 'scores'): Child {
  const { words } = view;
  const { t, format } = words;
  const names = counts.map(({ tier }) => tier);
  type Row = { range: string; customers: number };
  const rows = bins.map((bin): Row => {
    const range = `${format.share(bin.lower, 0)} – ${format.share(bin.upper, 0)}`;
    return { range, customers: bin.customers };
  });
  const columns: Column<Row>[] = [
    { key: 'range', title: t('column.probability'), cell: ({ range }) => range, head: true },
    { key: 'customers', title: t('column.customers'), cell: ({ customers }) => format.count(customers), number: true },
  ];
  return figure({
    words,
    id,
    caption: t('overview.scores_caption', {
      n: format.count(bins.reduce((sum, bin) => sum + bin.customers, 0)),
      bins: bins.length,
    }),
    draw: drawScores(words, bins, names, null),
    legend: names.map((tier) => ({ color: tierColor(tier), text: words.code('tier', tier) })),
    columns,
    rows,
  });
}

function state(view: View, answer: Answer): Child {
  const { words } = view;
  const { t } = words;
  return [
    facts([
      [t('overview.run'), h('a', { href: view.link('pipeline-status') }, answer.run.run_id)],
      [t('run.as_of'), words.format.date(answer.run.as_of)],
      [t('overview.started'), words.format.time(answer.run.started)],
      ...versions(view, answer),
      [t('overview.drift'), driftBadge(view, answer.drift)],
      ...(answer.text_scorer === null ? [] : ([[t('overview.text_scorer'), answer.text_scorer]] as const)),
    ]),
    h(
      'p',
      { class: 'row' },
      h('a', { class: 'button main', href: view.link('customer-risk') }, t('overview.to_customers')),
      h('a', { class: 'button', href: view.link('model-performance') }, t('overview.to_performance')),
    ),
  ];
}

/** Which model scored and whether it is the champion; nothing where there are no versions. */
function versions({ words: { t } }: View, { model_version, champion_version }: Answer): [string, string][] {
  if (model_version === null) return [];
  const isChampion = model_version === champion_version;
  const champion = champion_version === null ? '' : ` (${t('overview.champion')} v${champion_version})`;
  return [[t('overview.version'), `v${model_version}${isChampion ? ` (${t('overview.is_champion')})` : champion}`]];
}

function driftBadge({ words, link }: View, drift: DriftState | null): Child {
  if (drift === null) return '–';
  const { t } = words;
  const href = link('drift-monitor');
  if (drift.features_measured === 0) return h('a', { href }, t('drift.skipped'));
  const text = t('drift.count', { n: drift.features_drifted, all: drift.features_measured });
  return [
    badge(drift.detected ? 'bad' : 'good', drift.detected ? t('drift.yes') : t('drift.no')),
    ' ',
    h('a', { href }, text),
  ];
}

export function tiers(view: View, rows: readonly TierCount[], id = 'tiers'): HTMLElement {
  const { words } = view;
  const { t, format } = words;
  const columns: Column<TierCount>[] = [
    {
      key: 'tier',
      title: t('column.tier'),
      cell: ({ tier }) => h('a', { href: view.link('customer-risk', { tier }) }, tierBadge(words, tier)),
      head: true,
    },
    {
      key: 'customers',
      title: t('column.customers'),
      cell: ({ customers }) => format.count(customers),
      number: true,
      sortBy: ({ customers }) => customers,
    },
    { key: 'share', title: t('column.share'), cell: ({ share }) => format.share(share), number: true },
    {
      key: 'probability',
      title: t('column.probability_mean'),
      cell: ({ probability_mean }) => format.share(probability_mean),
      number: true,
      sortBy: ({ probability_mean }) => probability_mean,
    },
    {
      key: 'observed',
      title: t('column.observed_rate'),
      cell: ({ observed_rate }) => format.share(observed_rate),
      number: true,
      sortBy: ({ observed_rate }) => observed_rate,
    },
  ];
  return table({ id, caption: t('overview.tiers'), columns, rows });
}
