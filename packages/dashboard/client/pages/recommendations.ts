import type { RecommendationRow, Recommendations } from '../../api.ts';
import { drawBars } from '../charts/drawBars.ts';
import { tierBadge } from '../components/badges.ts';
import { cards, grid, panel } from '../components/cards.ts';
import { filters, pager, select } from '../components/controls.ts';
import { figure } from '../components/figure.ts';
import { note, unavailable } from '../components/states.ts';
import { type Column, table } from '../components/table.ts';
import { type Child, h } from '../dom.ts';
import type { Query, View } from '../view.ts';

type Answer = Recommendations & { available: true };
const SORTS = ['probability', 'expected_value_eur', 'cost_eur', 'expected_monthly_loss'];
const FILTERS = ['run', 'action', 'tier', 'segment', 'decision', 'sort', 'order', 'page'];

/** What is offered to whom, what it costs, what it should bring, and what held the rest back. */
export async function recommendations(view: View): Promise<Child> {
  const { words, query } = view;
  const { t } = words;
  const asked: Query = Object.fromEntries(FILTERS.map((key) => [key, query.get(key)]));
  const answer = await view.ask<Recommendations>('recommendations', {
    ...asked,
    page_size: query.get('page_size') ?? '25',
  });
  if (!answer.available) return unavailable(words, answer);
  return [
    cards(totals(view, answer)),
    grid(
      panel(t('recommendations.actions'), 'half', t('recommendations.actions_says'), byAction(view, answer)),
      panel(t('recommendations.guardrails'), 'half', t('recommendations.guardrails_says'), guardrails(view, answer)),
      panel(t('recommendations.policy'), 'full', t('recommendations.policy_says'), policy(view, answer)),
      panel(t('recommendations.list'), 'full', null, controls(view, answer), list(view, answer)),
    ),
  ];
}

function totals({ words }: View, { totals: sums }: Answer) {
  const { t, format } = words;
  const share = sums.customers === 0 ? null : sums.offers / sums.customers;
  const budget =
    sums.budget_eur === null
      ? t('recommendations.no_budget')
      : t('recommendations.budget', { eur: format.euro(sums.budget_eur, 0) });
  return [
    { key: 'customers', title: t('column.customers'), value: format.count(sums.customers) },
    {
      key: 'offers',
      title: t('kpi.offers'),
      value: format.count(sums.offers),
      more: t('recommendations.share', { share: format.share(share) }),
    },
    { key: 'cost', title: t('kpi.offers_cost_eur'), value: format.euro(sums.cost_eur, 0), more: budget },
    { key: 'value', title: t('kpi.expected_value_eur'), value: format.euro(sums.expected_value_eur, 0) },
    { key: 'loss', title: t('kpi.expected_monthly_loss_eur'), value: format.euro(sums.expected_monthly_loss, 0) },
  ];
}

function byAction({ words }: View, { by_action: rows, totals: sums }: Answer): Child {
  const { t, format } = words;
  const offers = rows.filter(({ action }) => action !== 'no_offer');
  const bars = offers.map((one) => ({
    name: words.code('action', one.action),
    value: one.customers,
    label: `${format.count(one.customers)} · ${format.euro(one.cost_eur, 0)}`,
  }));
  return figure({
    words,
    id: 'actions',
    caption: t('recommendations.actions_caption', { none: format.count(sums.customers - sums.offers) }),
    draw: drawBars(bars, { rowHeight: 32 }),
    columns: [
      { key: 'action', title: t('column.action'), cell: ({ action }) => words.code('action', action), head: true },
      { key: 'customers', title: t('column.customers'), cell: (one) => format.count(one.customers), number: true },
      { key: 'cost', title: t('column.budget'), cell: (one) => format.euro(one.cost_eur), number: true },
      {
        key: 'value',
        title: t('column.expected_value'),
        cell: (one) => format.euro(one.expected_value_eur),
        number: true,
      },
    ],
    rows,
  });
}

function guardrails({ words }: View, { guardrails: rows }: Answer): Child {
  const { t, format } = words;
  return table({
    id: 'guardrails',
    caption: t('recommendations.guardrails'),
    columns: [
      { key: 'rule', title: t('column.rule'), cell: (one) => one[words.language], head: true },
      {
        key: 'customers',
        title: t('column.customers'),
        cell: ({ customers }) => (customers === null ? t('recommendations.not_checked') : format.count(customers)),
        number: true,
        sortBy: ({ customers }) => customers,
      },
    ],
    rows,
  });
}

function policy({ words }: View, { policy: rows, by_tier }: Answer): Child {
  const { t, format } = words;
  const offers = (tier: string): number | null => by_tier.find((one) => one.tier === tier)?.offers ?? null;
  return table({
    id: 'policy',
    caption: t('recommendations.policy'),
    columns: [
      { key: 'tier', title: t('column.tier'), cell: ({ tier }) => tierBadge(words, tier), head: true },
      { key: 'action', title: t('column.action'), cell: ({ action }) => words.code('action', action) },
      { key: 'timing', title: t('column.timing'), cell: ({ timing }) => words.code('timing', timing) },
      { key: 'offer', title: t('column.offer_max'), cell: (one) => format.euro(one.offer_eur_month_max), number: true },
      { key: 'customers', title: t('column.customers'), cell: (one) => format.count(one.customers), number: true },
      { key: 'offers', title: t('kpi.offers'), cell: ({ tier }) => format.count(offers(tier)), number: true },
    ],
    rows,
  });
}

function controls(view: View, { choices }: Answer): HTMLElement {
  const { words, query } = view;
  const { t } = words;
  const one = (key: string, label: string, group: string, values: readonly string[]): Child => {
    const named = values.map((value) => ({ value, text: words.code(group, value) }));
    const all = [{ value: '', text: t('filter.all') }, ...named];
    return select(key, label, all, query.get(key) ?? '', (value) => view.change({ [key]: value }));
  };
  return filters(
    t('filter.label'),
    one('decision', t('column.decision'), 'decision', ['offer', 'no_offer']),
    one('action', t('column.action'), 'action', choices.action),
    one('tier', t('column.tier'), 'tier', choices.tier),
    one('segment', t('column.segment'), 'segment', choices.segment),
    h('a', { class: 'button', id: 'clear', href: view.link('recommendations') }, t('filter.clear')),
  );
}

function list(view: View, answer: Answer): Child {
  const { words, query } = view;
  const { t } = words;
  if (answer.total === 0) return note('info', t('customers.none'), h('p', {}, t('customers.none_todo')));
  return [
    table({
      id: 'recommendations',
      caption: t('recommendations.list'),
      columns: columnsOf(view),
      rows: answer.rows,
      sort: {
        keys: SORTS,
        now: { key: query.get('sort') ?? 'probability', order: query.get('order') === 'asc' ? 'asc' : 'desc' },
        change: ({ key, order }) => view.change({ sort: key, order }),
      },
    }),
    pager({
      words,
      page: answer.page,
      pageSize: answer.page_size,
      total: answer.total,
      linkTo: (to) => view.link('recommendations', { ...Object.fromEntries(query), page: String(to) }),
    }),
  ];
}

function columnsOf(view: View): Column<RecommendationRow>[] {
  const { words } = view;
  const { t, format } = words;
  const said = (row: RecommendationRow): Child => {
    const why = row.guardrails.map((code) => words.code('guardrail', code)).join(', ');
    return why === '' ? '–' : why;
  };
  return [
    {
      key: 'id',
      title: t('column.customer'),
      cell: ({ id }) => h('a', { href: view.link('customer-lookup', { id }) }, id),
      head: true,
    },
    { key: 'probability', title: t('column.probability'), cell: (row) => format.share(row.probability), number: true },
    { key: 'tier', title: t('column.tier'), cell: ({ tier }) => tierBadge(words, tier) },
    { key: 'action', title: t('column.action'), cell: ({ action }) => words.code('action', action) },
    { key: 'cost_eur', title: t('column.budget'), cell: (row) => format.euro(row.cost_eur), number: true },
    {
      key: 'expected_value_eur',
      title: t('column.expected_value'),
      cell: (row) => format.euro(row.expected_value_eur),
      number: true,
    },
    {
      key: 'expected_monthly_loss',
      title: t('column.expected_monthly_loss'),
      cell: (row) => format.euro(row.expected_monthly_loss),
      number: true,
    },
    { key: 'channel', title: t('column.channel'), cell: ({ channel }) => words.code('channel', channel) },
    { key: 'timing', title: t('column.timing'), cell: ({ timing }) => words.code('timing', timing) },
    { key: 'guardrails', title: t('column.guardrails'), cell: said },
    {
      key: 'reasons',
      title: t('column.reasons'),
      cell: (row) => row.reasons.map((one) => one[words.language]).join('; '),
      text: true,
    },
  ];
}
