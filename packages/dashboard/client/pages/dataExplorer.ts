import type { BoxPanel, Explorer, GroupsPanel, MapPanel, Panel } from '../../api.ts';
import { drawBars } from '../charts/drawBars.ts';
import { drawBox } from '../charts/drawBox.ts';
import { drawHeatMap } from '../charts/drawHeatMap.ts';
import { grid, panel } from '../components/cards.ts';
import { select } from '../components/controls.ts';
import { figure } from '../components/figure.ts';
import { note, unavailable } from '../components/states.ts';
import { type Child, h } from '../dom.ts';
import type { Words } from '../i18n.ts';
import type { View } from '../view.ts';

const TIER_ORDER = ['MUY BAJO', 'BAJO', 'MEDIO', 'ALTO', 'MUY ALTO', 'INCORRIENTE'];

type Measure = 'rate' | 'probability' | 'share';
const MEASURES = ['rate', 'probability', 'share'] as const;

/** Who the customers are and how the outcome and the risk differ between their groups. */
export async function dataExplorer(view: View): Promise<Child> {
  const { words, query } = view;
  const { t, format } = words;
  const answer = await view.ask<Explorer>('explorer', { run: query.get('run') });
  if (!answer.available) return unavailable(words, answer);
  const measure = MEASURES.find((one) => one === query.get('measure')) ?? 'rate';
  const choices = MEASURES.map((value) => ({ value, text: t(`measure.${value}`) }));
  const control = select('measure', t('explorer.measure'), choices, measure, (value) =>
    view.change({ measure: value === 'rate' ? null : value }),
  );
  const missing = answer.missing.map(({ key, reason }) => h('li', {}, `${words.code('panel', key)}: ${reason}`));
  return [
    h(
      'div',
      { class: 'filters' },
      control,
      h('p', { 'data-key': 'rows' }, t('explorer.rows', { n: format.count(answer.rows) })),
    ),
    grid(answer.panels.map((one) => onePanel(view, one, measure))),
    answer.assumptions.length === 0
      ? null
      : note(
          'info',
          t('explorer.assumptions'),
          h(
            'ul',
            {},
            answer.assumptions.map((one) => h('li', {}, one[words.language])),
          ),
        ),
    missing.length === 0 ? null : note('warn', t('explorer.missing'), h('ul', {}, missing)),
  ];
}

function onePanel(view: View, one: Panel, measure: Measure): HTMLElement {
  const { words } = view;
  const title = words.code('panel', one.key);
  const small = one.kind === 'map' ? one.x_order.length <= 6 : one.kind === 'box' || one.rows.length <= 12;
  const content =
    one.kind === 'groups' ? groups(view, one, measure) : one.kind === 'box' ? box(view, one) : map(view, one, measure);
  return panel(title, small ? 'half' : 'full', null, content);
}

type Figures = {
  customers: number;
  share?: number | null;
  observed_rate: number | null;
  probability_mean: number | null;
};

/** What is shown of a group: what was asked for, else what is known. */
function measureOf(row: Figures, measure: Measure): number | null {
  if (measure === 'share') return row.share ?? row.customers;
  if (measure === 'rate') return row.observed_rate ?? row.probability_mean;
  return row.probability_mean ?? row.observed_rate;
}

function groups(view: View, one: GroupsPanel, measure: Measure): Child {
  const { words } = view;
  const { t, format } = words;
  const name = (value: string | null): string => named(words, one.column, value);
  const effective: Measure = one.rows.every((row) => measureOf(row, measure) === null) ? 'share' : measure;
  const bars = one.rows.map((row) => {
    const value = measureOf(row, effective) ?? 0;
    const label = `${format.share(value)} · ${format.short(row.customers)}`;
    return { name: name(row.name), value, label, color: 'var(--c1)' };
  });
  return figure({
    words,
    id: `panel-${one.key}`,
    caption: t('explorer.groups_caption', {
      measure: t(`measure.${effective}`),
      column: words.code('column', one.column),
    }),
    draw: drawBars(bars),
    columns: [
      { key: 'name', title: words.code('column', one.column), cell: (row) => name(row.name), head: true },
      { key: 'customers', title: t('column.customers'), cell: (row) => format.count(row.customers), number: true },
      { key: 'share', title: t('column.share'), cell: (row) => format.share(row.share), number: true },
      { key: 'rate', title: t('column.observed_rate'), cell: (row) => format.share(row.observed_rate), number: true },
      {
        key: 'mean',
        title: t('column.probability_mean'),
        cell: (row) => format.share(row.probability_mean),
        number: true,
      },
    ],
    rows: one.rows,
  });
}

function box(view: View, one: BoxPanel): Child {
  const { words } = view;
  const { t, format } = words;
  const name = (value: string | null): string => words.code('segment', words.code('tier', value ?? t('value.missing')));
  const euro = (value: number | null): string => format.euro(value);
  return figure({
    words,
    id: `panel-${one.key}`,
    caption: t('explorer.box_caption', { unit: words.code('unit', one.unit) }),
    draw: drawBox(
      words,
      byTier(one.rows).map((row) => ({ ...row, name: name(row.name) })),
    ),
    columns: [
      { key: 'name', title: words.code('column', one.column), cell: (row) => name(row.name), head: true },
      { key: 'customers', title: t('column.customers'), cell: (row) => format.count(row.customers), number: true },
      { key: 'p05', title: t('box.p05'), cell: (row) => euro(row.p05), number: true },
      { key: 'q1', title: t('box.q1'), cell: (row) => euro(row.q1), number: true },
      { key: 'median', title: t('box.median'), cell: (row) => euro(row.median), number: true },
      { key: 'q3', title: t('box.q3'), cell: (row) => euro(row.q3), number: true },
      { key: 'p95', title: t('box.p95'), cell: (row) => euro(row.p95), number: true },
      { key: 'mean', title: t('box.mean'), cell: (row) => euro(row.mean), number: true },
    ],
    rows: one.rows,
  });
}

function map(view: View, one: MapPanel, measure: Measure): Child {
  const { words } = view;
  const { t, format } = words;
  const xName = (value: string): string => words.code(`value.${one.column}`, words.code('tier', value));
  const yName = (value: string): string => words.code(`value.${one.y_column}`, words.code('tier', value));
  const write = (row: MapPanel['rows'][number]): string =>
    measure === 'share' ? format.short(row.customers) : format.share(measureOf(row, measure));
  const cells = one.rows.map((row) => ({ x: row.x, y: row.y, value: measureOf(row, measure), label: write(row) }));
  return figure({
    words,
    id: `panel-${one.key}`,
    caption: t('explorer.map_caption', {
      measure: measure === 'share' ? t('column.customers') : t(`measure.${measure}`),
      x: words.code('column', one.column),
      y: words.code('column', one.y_column),
    }),
    draw: drawHeatMap(cells, { xOrder: one.x_order, yOrder: one.y_order, xName, yName }),
    columns: [
      { key: 'y', title: words.code('column', one.y_column), cell: (row) => yName(row.y), head: true },
      { key: 'x', title: words.code('column', one.column), cell: (row) => xName(row.x) },
      { key: 'customers', title: t('column.customers'), cell: (row) => format.count(row.customers), number: true },
      { key: 'rate', title: t('column.observed_rate'), cell: (row) => format.share(row.observed_rate), number: true },
      {
        key: 'mean',
        title: t('column.probability_mean'),
        cell: (row) => format.share(row.probability_mean),
        number: true,
      },
    ],
    rows: one.rows,
  });
}

/** The word for a value of a column; for one that is not there, what that means in this column. */
function named(words: Words, column: string, value: string | null): string {
  if (value !== null) return words.code(`value.${column}`, value);
  const word = words.code(`value.${column}`, 'null');
  return word === 'null' ? words.t('value.missing') : word;
}

/** The tiers from low to high, others after them as they came. */
function byTier<T extends { name: string | null }>(rows: readonly T[]): T[] {
  const place = ({ name }: T): number =>
    (TIER_ORDER.indexOf(name ?? '') + TIER_ORDER.length + 1) % (TIER_ORDER.length + 1);
  return [...rows].sort((a, b) => place(a) - place(b));
}
