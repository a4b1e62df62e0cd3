import type { CustomerRow, Customers } from '../../api.ts';
import { API } from '../address.ts';
import { queryText } from '../ask.ts';
import { tierColor } from '../charts/colors.ts';
import { drawBars } from '../charts/drawBars.ts';
import { tierBadge } from '../components/badges.ts';
import { cards, grid, panel } from '../components/cards.ts';
import { filters, pager, percentInput, select } from '../components/controls.ts';
import { figure } from '../components/figure.ts';
import { note, unavailable } from '../components/states.ts';
import { type Column, table } from '../components/table.ts';
import { type Child, h } from '../dom.ts';
import type { Query, View } from '../view.ts';

type Answer = Customers & { available: true };
const SORTS: Record<string, string> = {
  id: 'id',
  probability: 'probability',
  expected_monthly_loss: 'expected_monthly_loss',
  amount: 'amount',
};
const FILTERS = ['run', 'tier', 'segment', 'cluster', 'action', 'probability_min', 'probability_max', 'sort', 'order'];
const PAGE_SIZES = [10, 25, 50, 100, 200, 500];

/** All customers by risk: filter, sort, page, take away as CSV, open one. */
export async function customerRisk(view: View): Promise<Child> {
  const { words, query } = view;
  const { t } = words;
  const filter: Query = Object.fromEntries(FILTERS.map((key) => [key, query.get(key)]));
  const size = PAGE_SIZES.includes(Number(query.get('page_size'))) ? query.get('page_size') : '50';
  const answer = await view.ask<Customers>('customers', { ...filter, page: query.get('page'), page_size: size });
  if (!answer.available) return unavailable(words, answer);
  return [
    controls(view, answer, filter),
    cards(totals(view, answer)),
    answer.total === 0
      ? note('info', t('customers.none'), h('p', {}, t('customers.none_todo')))
      : grid(
          panel(t('overview.tiers'), 'full', null, tierBars(view, answer)),
          panel(t('customers.list'), 'full', t(`customers.list_says_${view.model}`), list(view, answer)),
        ),
  ];
}

function controls(view: View, { choices, page_size }: Answer, filter: Query): HTMLElement {
  const { words, query } = view;
  const { t } = words;
  const one = (key: string, label: string, values: readonly { value: string; text: string }[]): Child =>
    values.length === 0
      ? null
      : select(key, label, [{ value: '', text: t('filter.all') }, ...values], query.get(key) ?? '', (value) =>
          view.change({ [key]: value }),
        );
  const named = (group: string, values: readonly string[]) =>
    values.map((value) => ({ value, text: words.code(group, value) }));
  const sizes = PAGE_SIZES.map((value) => ({ value: String(value), text: String(value) }));
  const clusters = choices.cluster.map(({ code, name }) => ({
    value: code,
    text: name === code ? code : `${code} ${name}`,
  }));
  return filters(
    t('filter.label'),
    one('tier', t('column.tier'), named('tier', choices.tier)),
    one('segment', t('column.segment'), named('segment', choices.segment)),
    one('cluster', t('column.cluster'), clusters),
    one('action', t('column.action'), named('action', choices.action)),
    percentInput('probability_min', t('filter.probability_min'), query.get('probability_min'), (value) =>
      view.change({ probability_min: value }),
    ),
    percentInput('probability_max', t('filter.probability_max'), query.get('probability_max'), (value) =>
      view.change({ probability_max: value }),
    ),
    select('page_size', t('filter.page_size'), sizes, String(page_size), (value) => view.change({ page_size: value })),
    h('a', { class: 'button', id: 'clear', href: view.link('customer-risk') }, t('filter.clear')),
    h(
      'a',
      {
        class: 'button main',
        id: 'export',
        download: '',
        href: `${API}/${view.model}/customers.csv${queryText(filter)}`,
      },
      t('filter.export'),
    ),
  );
}

function totals({ words, model }: View, { total, totals: sums }: Answer) {
  const { t, format } = words;
  const of = (tier: string): number => sums.tiers.find((one) => one.tier === tier)?.customers ?? 0;
  const two = model === 'churn' ? ['Critical', 'High'] : ['MUY ALTO', 'ALTO'];
  const last =
    model === 'churn'
      ? { key: 'loss', title: t('kpi.expected_monthly_loss_eur'), value: format.euro(sums.expected_monthly_loss) }
      : { key: 'probability_mean', title: t('column.probability_mean'), value: format.share(sums.probability_mean) };
  return [
    { key: 'total', title: t('customers.total'), value: format.count(total) },
    ...two.map((tier) => ({ key: `tier-${tier}`, title: words.code('tier', tier), value: format.count(of(tier)) })),
    last,
  ];
}

function tierBars({ words }: View, { totals: { tiers } }: Answer): Child {
  const { t, format } = words;
  const bars = tiers.map(({ tier, customers, share }) => ({
    name: words.code('tier', tier),
    value: customers,
    label: `${format.count(customers)} (${format.share(share)})`,
    color: tierColor(tier),
  }));
  return figure({
    words,
    id: 'tiers',
    caption: t('customers.tiers_caption'),
    draw: drawBars(bars),
    columns: [
      { key: 'tier', title: t('column.tier'), cell: ({ tier }) => words.code('tier', tier), head: true },
      {
        key: 'customers',
        title: t('column.customers'),
        cell: ({ customers }) => format.count(customers),
        number: true,
      },
      { key: 'share', title: t('column.share'), cell: ({ share }) => format.share(share), number: true },
    ],
    rows: tiers,
  });
}

function columnsOf(view: View): Column<CustomerRow>[] {
  const { words, model } = view;
  const { t, format } = words;
  const first: Column<CustomerRow>[] = [
    {
      key: 'id',
      title: t(model === 'churn' ? 'column.customer' : 'column.contract'),
      cell: ({ id }) => h('a', { href: view.link('customer-lookup', { id }) }, id),
      head: true,
    },
    { key: 'probability', title: t('column.probability'), cell: (row) => format.share(row.probability), number: true },
    { key: 'tier', title: t('column.tier'), cell: ({ tier }) => tierBadge(words, tier) },
    { key: 'segment', title: t('column.segment'), cell: ({ segment }) => words.code('segment', segment) },
  ];
  const churn: Column<CustomerRow>[] = [
    {
      key: 'expected_monthly_loss',
      title: t('column.expected_monthly_loss'),
      cell: (row) => format.euro(row.expected_monthly_loss),
      number: true,
    },
    {
      key: 'predicted',
      title: t('column.predicted'),
      cell: ({ predicted }) => t(predicted ? 'predicted.yes' : 'predicted.no'),
    },
    { key: 'action', title: t('column.action'), cell: ({ action }) => words.code('action', action) },
  ];
  const segmentation: Column<CustomerRow>[] = [
    { key: 'customer_id', title: t('column.customer'), cell: ({ customer_id }) => customer_id },
    { key: 'tarifa', title: t('column.tarifa'), cell: ({ tarifa }) => tarifa ?? '–' },
    { key: 'tenure', title: t('column.tenure'), cell: ({ tenure }) => words.code('value.tenure', tenure) },
    { key: 'estrato', title: t('column.estrato'), cell: ({ estrato }) => estrato ?? '–' },
    { key: 'cluster', title: t('column.cluster'), cell: (row) => row.cluster_name ?? row.cluster_code ?? '–' },
    { key: 'amount', title: t('column.amount'), cell: ({ amount }) => format.euro(amount), number: true },
  ];
  return [...first, ...(model === 'churn' ? churn : segmentation)];
}

function list(view: View, answer: Answer): Child {
  const { words, query } = view;
  const order = query.get('order') === 'asc' ? 'asc' : 'desc';
  const { page, page_size, total } = answer;
  return [
    table({
      id: 'customers',
      caption: words.t('customers.list'),
      columns: columnsOf(view),
      rows: answer.rows,
      sort: {
        keys: Object.keys(SORTS),
        now: { key: query.get('sort') ?? 'probability', order },
        change: (sort) => view.change({ sort: SORTS[sort.key] ?? 'probability', order: sort.order }),
      },
    }),
    pager({
      words,
      page,
      pageSize: page_size,
      total,
      linkTo: (to) => view.link('customer-risk', { ...Object.fromEntries(query), page: String(to) }),
    }),
  ];
}
