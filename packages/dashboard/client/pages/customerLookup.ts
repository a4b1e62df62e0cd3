import type { Customer, ProfileField, Reason, Recommendation } from '../../api.ts';
import { AskError } from '../ask.ts';
import { tierColor } from '../charts/colors.ts';
import { drawLines } from '../charts/drawLines.ts';
import { drawWaterfall, type WaterfallRow } from '../charts/drawWaterfall.ts';
import { badge, tierBadge } from '../components/badges.ts';
import { facts, grid, manyFacts, panel } from '../components/cards.ts';
import { figure } from '../components/figure.ts';
import { note, nothing, unavailable } from '../components/states.ts';
import { table } from '../components/table.ts';
import { type Child, h } from '../dom.ts';
import type { View } from '../view.ts';

type Answer = Customer & { available: true };
/** What a person asks first; the other columns stand behind a disclosure. */
const PROFILE_FIRST = [
  ...['segment', 'region', 'province_code', 'sales_channel', 'is_dual_fuel', 'contracted_power_kw', 'tenure_bucket'],
  ...['customer_first_activation_date', 'contract_start_date', 'next_renewal_date', 'renewal_bucket'],
  ...[
    'avg_monthly_margin',
    'avg_monthly_elec_kwh',
    'avg_monthly_gas_m3',
    'interaction_channel',
    'last_interaction_date',
  ],
  ...['customer_intent', 'sentiment_label', 'interaction_summary'],
];

/** One customer: how likely to leave, why, what to do about it, and why nothing is done where nothing is. */
export async function customerLookup(view: View): Promise<Child> {
  const { words, query } = view;
  const id = (query.get('id') ?? '').trim();
  if (id === '')
    return [search(view, id), note('info', words.t('lookup.start'), h('p', {}, words.t('lookup.start_todo')))];
  try {
    const answer = await view.ask<Customer>(`customers/${encodeURIComponent(id)}`, { run: query.get('run') });
    return [search(view, id), answer.available ? found(view, answer) : unavailable(words, answer)];
  } catch (error) {
    if (!(error instanceof AskError) || (error.status !== 404 && error.status !== 400)) throw error;
    const title = words.t('lookup.nobody', { id });
    return [search(view, id), note('warn', title, h('p', {}, error.message), h('p', {}, error.todo))];
  }
}

function search(view: View, id: string): HTMLElement {
  const { t } = view.words;
  const box = h('input', {
    id: 'id',
    name: 'id',
    type: 'search',
    value: id,
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    view.change({ id: box.value.trim() });
  };
  const label = t(view.model === 'churn' ? 'lookup.customer_id' : 'lookup.contract_id');
  return h(
    'form',
    { class: 'filters', role: 'search', onsubmit: submit },
    h('label', { class: 'field', for: 'id' }, h('span', {}, label), box),
    h('button', { type: 'submit', class: 'button main', id: 'search' }, t('lookup.search')),
  );
}

function found(view: View, answer: Answer): Child {
  const { t } = view.words;
  const worded = answer.reasons.length > 0 || answer.recommendation !== null;
  return grid(
    panel(answer.customer.id, 'third', null, head(view, answer)),
    worded ? panel(t('lookup.reasons'), 'third', t('lookup.reasons_says'), reasons(view, answer.reasons)) : null,
    worded ? panel(t('lookup.recommendation'), 'third', null, recommended(view, answer)) : null,
    panel(t('lookup.waterfall'), worded ? 'full' : 'wide', t('lookup.waterfall_says'), waterfall(view, answer)),
    panel(t('lookup.history'), 'half', t('lookup.history_says'), history(view, answer)),
    panel(t('lookup.months'), 'half', null, months(view, answer)),
    panel(t('lookup.profile'), 'full', null, profile(view, answer.profile)),
    answer.others.length === 0 ? null : panel(t('lookup.others'), 'full', null, others(view, answer)),
  );
}

function head({ words, model }: View, { customer, recommendation }: Answer): Child {
  const { t, format } = words;
  const yearly = recommendation?.expected_yearly_loss ?? null;
  return [
    h(
      'p',
      { class: 'row' },
      h('span', { class: 'lead', 'data-key': 'probability' }, format.share(customer.probability)),
      tierBadge(words, customer.tier),
    ),
    h('p', { class: 'run' }, t(`lookup.probability_${model}`)),
    facts([
      [t('column.segment'), words.code('segment', customer.segment)],
      [t('column.predicted'), t(customer.predicted ? 'predicted.yes' : 'predicted.no')],
      ...(model === 'churn'
        ? ([
            [t('column.expected_monthly_loss'), format.euro(customer.expected_monthly_loss)],
            [t('lookup.yearly_loss'), format.euro(yearly)],
          ] as const)
        : ([
            [t('column.customer'), customer.customer_id],
            [t('column.cluster'), customer.cluster_name ?? customer.cluster_code ?? '–'],
            [t('column.tarifa'), customer.tarifa ?? '–'],
            [t('column.tenure'), words.code('value.tenure', customer.tenure)],
            [t('column.estrato'), customer.estrato ?? '–'],
            [t('column.amount'), format.euro(customer.amount)],
          ] as const)),
    ]),
  ];
}

function reasons({ words }: View, list: readonly Reason[]): Child {
  if (list.length === 0) return nothing(words.t('lookup.no_reasons'));
  const one = (reason: Reason): HTMLElement =>
    h('li', {}, reason[words.language], ' ', h('span', { class: 'code' }, reason.code));
  return h('ol', { class: 'reasons' }, list.map(one));
}

function recommended(view: View, { recommendation, guardrails }: Answer): Child {
  const { words } = view;
  const { t } = words;
  if (recommendation === null) return nothing(t('lookup.no_recommendation'));
  const offered = recommendation.decision === 'offer';
  return [
    h('p', {}, badge(offered ? 'good' : 'info', words.code('action', recommendation.action))),
    facts(recommendationFacts(view, recommendation)),
    h('h3', {}, t('lookup.guardrails')),
    guardrails.length === 0 ? nothing(t('lookup.no_guardrails')) : reasons(view, guardrails),
  ];
}

function recommendationFacts({ words }: View, one: Recommendation): [string, string][] {
  const { t, format } = words;
  return [
    [t('column.channel'), words.code('channel', one.channel)],
    [t('column.timing'), words.code('timing', one.timing)],
    [t('column.offer'), format.euro(one.offer_eur_month)],
    [t('column.budget'), format.euro(one.cost_eur)],
    [t('column.expected_value'), format.euro(one.expected_value_eur)],
    [t('lookup.net'), format.euro(one.net_eur)],
    [t('lookup.return'), one.return_ratio === null ? '–' : `${format.number(one.return_ratio, 1)}×`],
  ];
}

function waterfall({ words }: View, { contributions, contributions_reason }: Answer): Child {
  const { t, format } = words;
  if (contributions === null) return nothing(contributions_reason ?? t('lookup.no_contributions'));
  const shown = contributions.rows.slice(0, 10);
  const hidden = contributions.rows.slice(10).reduce((sum, one) => sum + one.contribution, contributions.rest);
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${format.number(value, 2)}`;
  const value = (one: string | number | null): string =>
    typeof one === 'number' ? format.number(one, Number.isInteger(one) ? 0 : 2) : (one ?? '–');
  const rows: WaterfallRow[] = [
    {
      name: t('waterfall.base'),
      kind: 'total',
      value: contributions.base,
      label: format.number(contributions.base, 2),
    },
    ...shown.map((one): WaterfallRow => {
      const name = `${one.feature} = ${value(one.value)}`;
      return { name, kind: 'step', value: one.contribution, label: signed(one.contribution) };
    }),
    { name: t('waterfall.rest'), kind: 'step', value: hidden, label: signed(hidden) },
    {
      name: t('waterfall.output'),
      kind: 'total',
      value: contributions.output,
      label: format.number(contributions.output, 2),
    },
  ];
  return figure({
    words,
    id: 'waterfall',
    caption: t('waterfall.caption', {
      base: format.number(contributions.base, 2),
      output: format.number(contributions.output, 2),
    }),
    draw: drawWaterfall(words, rows),
    legend: [
      { color: 'var(--tier-Critical)', text: t('waterfall.up') },
      { color: 'var(--c3)', text: t('waterfall.down') },
    ],
    columns: [
      { key: 'feature', title: t('column.feature'), cell: ({ feature }) => feature, head: true },
      { key: 'value', title: t('column.value'), cell: (one) => value(one.value), number: true },
      { key: 'contribution', title: t('column.contribution'), cell: (one) => signed(one.contribution), number: true },
    ],
    rows: contributions.rows,
  });
}

function profile({ words }: View, fields: readonly ProfileField[]): Child {
  const { t, format } = words;
  if (fields.length === 0) return nothing(t('lookup.no_profile'));
  const write = ({ key, value, masked }: ProfileField): Child => {
    if (masked) return h('span', { class: 'badge', title: t('lookup.masked_why') }, t('lookup.masked'));
    if (value === null) return '–';
    if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
    if (typeof value === 'number') return format.number(value, Number.isInteger(value) ? 0 : 2);
    return /^\d{4}-\d\d-\d\d$/.test(value)
      ? format.date(value)
      : words.code(`value.${key}`, words.code('segment', value));
  };
  const rows = (list: readonly ProfileField[]) =>
    list.map((field) => [words.code('column', field.key), write(field)] as const);
  const first = fields.filter(({ key }) => PROFILE_FIRST.includes(key));
  if (first.length === 0) return manyFacts(rows(fields));
  const rest = fields.filter(({ key }) => !PROFILE_FIRST.includes(key));
  const summary = h('summary', { id: 'profile-more' }, t('lookup.profile_more', { n: rest.length }));
  return [manyFacts(rows(first)), rest.length === 0 ? null : h('details', {}, summary, manyFacts(rows(rest)))];
}

function history({ words }: View, { probability_history: runs }: Answer): Child {
  const { t, format } = words;
  if (runs.length === 0) return nothing(t('lookup.no_history'));
  const dates = new Map(runs.map((one) => [one.run_id, format.date(one.as_of)]));
  const series = t('column.probability');
  const last = runs.at(-1)?.tier ?? '';
  return figure({
    words,
    id: 'probability-history',
    caption: t('lookup.history_caption', { n: runs.length }),
    draw: drawLines(
      runs.map((one) => ({ at: one.run_id, series, value: one.probability })),
      {
        colors: { [series]: tierColor(last) },
        write: (value) => format.share(value, 0),
        name: (at) => dates.get(at) ?? at,
        domain: [0, 1],
        height: 210,
      },
    ),
    columns: [
      { key: 'run', title: t('column.run'), cell: ({ run_id }) => run_id, head: true },
      { key: 'as_of', title: t('run.as_of'), cell: (one) => format.date(one.as_of) },
      { key: 'probability', title: series, cell: (one) => format.share(one.probability), number: true },
      { key: 'tier', title: t('column.tier'), cell: (one) => words.code('tier', one.tier) },
    ],
    rows: runs,
  });
}

function months({ words }: View, { months: rows }: Answer): Child {
  const { t, format } = words;
  const all = [
    {
      name: t('months.electricity'),
      color: 'var(--c1)',
      of: (row: Answer['months'][number]) => row.electricity_kwh,
      unit: 'kWh',
    },
    { name: t('months.gas'), color: 'var(--c2)', of: (row: Answer['months'][number]) => row.gas_kwh, unit: 'kWh' },
    {
      name: t('months.amount'),
      color: 'var(--c3)',
      of: (row: Answer['months'][number]) => row.amount_eur,
      unit: 'EUR',
    },
    {
      name: t('months.margin'),
      color: 'var(--c4)',
      of: (row: Answer['months'][number]) => row.margin_eur,
      unit: 'EUR',
    },
  ].filter(({ of }) => rows.some((row) => of(row) !== null));
  if (all.length === 0) return nothing(t('lookup.no_months'));
  const units = all.some(({ unit }) => unit === 'kWh') ? 'kWh' : 'EUR';
  const drawn = all.filter(({ unit }) => unit === units);
  const points = drawn.flatMap(({ name, of }) => rows.map((row) => ({ at: row.month, series: name, value: of(row) })));
  const year = rows.length;
  return figure({
    words,
    id: 'months',
    caption: t('months.caption', { n: year, unit: units }),
    draw: drawLines(points, {
      colors: Object.fromEntries(drawn.map(({ name, color }) => [name, color])),
      write: (value) => format.short(value),
      name: (at) => at,
      height: 210,
    }),
    legend: drawn.map(({ name, color }) => ({ text: name, color })),
    columns: [
      { key: 'month', title: t('column.month'), cell: ({ month }) => month, head: true },
      ...all.map(({ name, of, unit }) => ({
        key: name,
        title: `${name} (${unit})`,
        cell: (row: Answer['months'][number]) => format.number(of(row), 1),
        number: true,
      })),
    ],
    rows,
  });
}

function others(view: View, { others: rows }: Answer): Child {
  const { words } = view;
  const { t, format } = words;
  return table({
    id: 'others',
    caption: t('lookup.others'),
    columns: [
      {
        key: 'id',
        title: t('column.contract'),
        cell: ({ id }) => h('a', { href: view.link('customer-lookup', { id }) }, id),
        head: true,
      },
      {
        key: 'probability',
        title: t('column.probability'),
        cell: (row) => format.share(row.probability),
        number: true,
      },
      { key: 'tier', title: t('column.tier'), cell: ({ tier }) => tierBadge(words, tier) },
    ],
    rows,
  });
}
