import type { Drift, DriftFeature } from '../../api.ts';
import { drawBars } from '../charts/drawBars.ts';
import { drawBins } from '../charts/drawBins.ts';
import { drawLines } from '../charts/drawLines.ts';
import { badge, severityBadge } from '../components/badges.ts';
import { type Card, cards, grid, panel } from '../components/cards.ts';
import { select } from '../components/controls.ts';
import { figure } from '../components/figure.ts';
import { nothing, unavailable } from '../components/states.ts';
import { type Column, table } from '../components/table.ts';
import { type Child, h } from '../dom.ts';
import type { View } from '../view.ts';

type Answer = Drift & { available: true };
const SHOWN = 15;

/** Whether the customers of today still look like those that the model was trained on, feature by feature. */
export async function driftMonitor(view: View): Promise<Child> {
  const { words, query } = view;
  const { t } = words;
  const asked = { run: query.get('run'), part: query.get('part'), feature: query.get('feature') };
  const answer = await view.ask<Drift>('drift', asked);
  if (!answer.available) return unavailable(words, answer);
  const parts = answer.parts.map((value) => ({ value, text: words.code('segment', value) }));
  const choose = (part: string): void => view.change({ part, feature: null });
  const skipped = answer.features.length === 0;
  return [
    parts.length < 2
      ? null
      : h('div', { class: 'filters' }, select('part', t('performance.part'), parts, answer.part ?? '', choose)),
    verdict(view, answer),
    skipped ? null : cards(figures(view, answer)),
    grid(
      skipped ? null : panel(t('drift.features'), 'half', t('drift.features_says'), bars(view, answer)),
      answer.detail === null ? null : panel(t('drift.detail'), 'half', t('drift.detail_says'), detail(view, answer)),
      panel(t('drift.history'), 'half', t('drift.history_says'), runs(view, answer)),
      answer.detail === null ? null : panel(t('drift.feature_history'), 'half', null, featureRuns(view, answer)),
      skipped ? null : panel(t('drift.table'), 'full', t('drift.table_says'), features(view, answer)),
    ),
  ];
}

function verdict({ words }: View, answer: Answer): HTMLElement {
  const { t, format } = words;
  const skipped = answer.features.length === 0;
  const title = skipped ? t('drift.skipped') : answer.detected ? t('drift.yes') : t('drift.no');
  const rows = t('drift.rows', {
    reference: format.count(answer.reference_rows),
    current: format.count(answer.current_rows),
  });
  const todo = skipped ? t('drift.skipped_todo') : answer.detected ? t('drift.todo') : null;
  return h(
    'div',
    { class: `note ${skipped ? 'info' : answer.detected ? 'bad' : 'good'}`, 'data-key': 'verdict' },
    h('h2', {}, title),
    answer.reason === '' ? null : h('p', {}, answer.reason),
    todo === null ? null : h('p', {}, todo),
    answer.reference_rows + answer.current_rows === 0 ? null : h('p', { class: 'run' }, rows),
  );
}

function figures({ words }: View, answer: Answer): Card[] {
  const { t, format } = words;
  const measured = answer.features.filter(({ status }) => status === 'measured').length;
  const drifted = answer.features.filter((one) => one.drifted).length;
  const { score, severities } = answer;
  return [
    {
      key: 'features_drifted',
      title: t('kpi.features_drifted'),
      value: format.count(drifted),
      more: t('drift.of', { n: format.count(measured) }),
      tone: drifted > 0 ? 'warn' : 'good',
    },
    { key: 'severity_high', title: words.code('severity', 'HIGH'), value: format.count(severities.HIGH) },
    { key: 'severity_moderate', title: words.code('severity', 'MODERATE'), value: format.count(severities.MODERATE) },
    {
      key: 'score',
      title: t('drift.score'),
      value: format.number(score?.statistic),
      more: score === null ? null : `p ${format.pValue(score.p)}`,
      ...(score?.drifted ? { tone: 'bad' as const } : {}),
    },
  ];
}

const psiOf = ({ psi, psi_infinite }: DriftFeature, format: View['words']['format']): string =>
  psi_infinite ? '∞' : format.number(psi);

function bars(view: View, answer: Answer): Child {
  const { words } = view;
  const { t, format } = words;
  const usesPsi = !answer.features.some(
    ({ statistic_name, statistic }) => statistic_name === 'ks' && statistic !== null,
  );
  const measured = answer.features.filter(({ statistic_name, psi }) =>
    usesPsi ? psi !== null : statistic_name === 'ks',
  );
  const shown = measured.slice(0, SHOWN);
  if (shown.length === 0) return nothing(t('state.not_measured'));
  const value = (one: DriftFeature): number => (usesPsi ? (one.psi ?? 0) : (one.statistic ?? 0));
  const rules = [
    { value: answer.thresholds.psi_low, label: t('drift.low') },
    { value: answer.thresholds.psi_high, label: t('drift.high') },
  ].flatMap((rule) => (usesPsi && rule.value !== null ? [{ ...rule, value: rule.value }] : []));
  return figure({
    words,
    id: 'drift-bars',
    caption: t('drift.bars_caption', {
      shown: shown.length,
      all: measured.length,
      statistic: usesPsi ? 'PSI' : t('drift.ks'),
    }),
    draw: drawBars(
      shown.map((one) => ({
        name: one.name,
        value: value(one),
        label: usesPsi ? psiOf(one, format) : format.number(one.statistic),
        color: one.drifted ? 'var(--tier-Critical)' : 'var(--reference)',
      })),
      { rules, rowHeight: 24 },
    ),
    legend: [
      { color: 'var(--tier-Critical)', text: t('drift.drifted') },
      { color: 'var(--reference)', text: t('drift.steady') },
    ],
    columns: [
      { key: 'feature', title: t('column.feature'), cell: ({ name }) => name, head: true },
      {
        key: 'value',
        title: usesPsi ? 'PSI' : t('drift.ks'),
        cell: (one) => format.number(value(one)),
        number: true,
      },
    ],
    rows: measured,
  });
}

function detail(view: View, answer: Answer): Child {
  const { words } = view;
  const { t, format } = words;
  if (answer.detail === null) return null;
  const { feature, bins } = answer.detail;
  const choices = answer.features.map(({ name }) => ({ value: name, text: name }));
  const control = select('feature', t('column.feature'), choices, feature.name, (name) =>
    view.change({ feature: name }),
  );
  if (bins.length === 0) return [control, nothing(feature.reason ?? t('state.not_measured'))];
  return [
    control,
    figure({
      words,
      id: 'drift-bins',
      caption: t('drift.bins_caption', {
        feature: feature.name,
        psi: psiOf(feature, format),
        p: format.pValue(feature.p),
      }),
      draw: drawBins(words, bins),
      legend: [
        {
          color: 'var(--reference)',
          text: answer.reference ? `${t('drift.reference')} (${short(answer.reference)})` : t('drift.reference'),
        },
        {
          color: 'var(--c1)',
          text: answer.current ? `${t('drift.current')} (${short(answer.current)})` : t('drift.current'),
        },
      ],
      columns: [
        { key: 'label', title: t('column.bin'), cell: ({ label }) => label, head: true },
        {
          key: 'reference',
          title: t('drift.reference'),
          cell: (one) => format.share(one.reference_share),
          number: true,
        },
        { key: 'current', title: t('drift.current'), cell: (one) => format.share(one.current_share), number: true },
        {
          key: 'contribution',
          title: t('drift.contribution'),
          cell: (one) => format.number(one.contribution, 4),
          number: true,
        },
      ],
      rows: bins,
    }),
  ];
}

function runs(view: View, answer: Answer): Child {
  const { words } = view;
  const { t, format } = words;
  const dates = new Map(answer.history.map((one) => [one.run_id, format.date(one.as_of)]));
  const share = ({ features_drifted, features_measured }: Answer['history'][number]): number | null =>
    features_drifted === null || !features_measured ? null : features_drifted / features_measured;
  const { drifted_share_max } = answer.thresholds;
  if (answer.history.length === 0) return nothing(t('drift.no_history'));
  return figure({
    words,
    id: 'drift-history',
    caption: t('drift.history_caption', { n: answer.history.length }),
    draw: drawLines(
      answer.history.map((one) => ({ at: one.run_id, series: t('drift.drifted_share'), value: share(one) })),
      {
        colors: { [t('drift.drifted_share')]: 'var(--c1)' },
        write: (value) => format.share(value, 0),
        name: (at) => dates.get(at) ?? at,
        rules: drifted_share_max === null ? [] : [{ value: drifted_share_max, label: t('drift.share_max') }],
      },
    ),
    columns: [
      { key: 'run', title: t('column.run'), cell: ({ run_id }) => run_id, head: true },
      { key: 'as_of', title: t('run.as_of'), cell: (one) => format.date(one.as_of) },
      {
        key: 'detected',
        title: t('drift.detected'),
        cell: (one) => (one.status === 'skipped' ? '–' : t(one.detected ? 'yes' : 'no')),
      },
      { key: 'drifted', title: t('drift.drifted'), cell: (one) => format.count(one.features_drifted), number: true },
      { key: 'measured', title: t('drift.measured'), cell: (one) => format.count(one.features_measured), number: true },
      { key: 'psi', title: t('drift.psi_max'), cell: (one) => format.number(one.psi_max), number: true },
      { key: 'score', title: t('drift.score'), cell: (one) => format.number(one.score_statistic), number: true },
    ],
    rows: answer.history,
  });
}

function featureRuns(view: View, answer: Answer): Child {
  const { words } = view;
  const { t, format } = words;
  if (answer.detail === null || answer.detail.history.length === 0) return nothing(t('drift.no_history'));
  const { feature, history } = answer.detail;
  const dates = new Map(history.map((one) => [one.run_id, format.date(one.as_of)]));
  const { psi_low, psi_high } = answer.thresholds;
  const rules = [
    { value: psi_low, label: t('drift.low') },
    { value: psi_high, label: t('drift.high') },
  ].flatMap((rule) => (rule.value === null ? [] : [{ ...rule, value: rule.value }]));
  return figure({
    words,
    id: 'drift-feature-history',
    caption: t('drift.feature_caption', { feature: feature.name }),
    draw: drawLines(
      history.map((one) => ({ at: one.run_id, series: 'PSI', value: one.psi })),
      {
        colors: { PSI: 'var(--c1)' },
        write: (value) => format.number(value, 2),
        name: (at) => dates.get(at) ?? at,
        rules,
      },
    ),
    columns: [
      { key: 'run', title: t('column.run'), cell: ({ run_id }) => run_id, head: true },
      { key: 'as_of', title: t('run.as_of'), cell: (one) => format.date(one.as_of) },
      { key: 'statistic', title: t('drift.statistic'), cell: (one) => format.number(one.statistic), number: true },
      { key: 'p', title: 'p', cell: (one) => format.pValue(one.p), number: true },
      { key: 'psi', title: 'PSI', cell: (one) => format.number(one.psi), number: true },
      { key: 'severity', title: t('drift.severity'), cell: (one) => severityBadge(words, one.severity) },
    ],
    rows: history,
  });
}

function features(view: View, answer: Answer): Child {
  const { words } = view;
  const { t, format } = words;
  const state = (one: DriftFeature): Child => {
    if (one.status !== 'measured') return badge('info', one.reason ?? words.code('drift_status', one.status));
    return badge(one.drifted ? 'bad' : 'good', t(one.drifted ? 'drift.drifted' : 'drift.steady'));
  };
  const number = (
    key: string,
    title: string,
    value: (one: DriftFeature) => number | null,
    write: (one: DriftFeature) => string,
  ) => ({ key, title, number: true, cell: write, sortBy: value }) satisfies Column<DriftFeature>;
  return table<DriftFeature>({
    id: 'drift-features',
    tall: true,
    caption: t('drift.table'),
    columns: [
      {
        key: 'name',
        title: t('column.feature'),
        cell: ({ name }) =>
          h('a', { href: view.link('drift-monitor', { part: view.query.get('part'), feature: name }) }, name),
        head: true,
        sortBy: ({ name }) => name,
      },
      { key: 'status', title: t('column.status'), cell: state, sortBy: ({ drifted }) => (drifted ? 0 : 1) },
      number(
        'statistic',
        t('drift.statistic'),
        (one) => one.statistic,
        (one) => format.number(one.statistic),
      ),
      number(
        'p',
        'p',
        (one) => one.p,
        (one) => format.pValue(one.p),
      ),
      number(
        'q',
        'q',
        (one) => one.q,
        (one) => format.pValue(one.q),
      ),
      number(
        'psi',
        'PSI',
        (one) => (one.psi_infinite ? Number.MAX_VALUE : one.psi),
        (one) => psiOf(one, format),
      ),
      { key: 'severity', title: t('drift.severity'), cell: ({ severity }) => severityBadge(words, severity) },
    ],
    rows: answer.features,
  });
}

/** The end of a long path: the run's folder says which side it is. */
const short = (place: string): string => (place.includes('/') ? place.split('/').slice(-2).join('/') : place);
