import type { CurvePoint, Performance } from '../../api.ts';
import { drawBars } from '../charts/drawBars.ts';
import { drawCalibration } from '../charts/drawCalibration.ts';
import { drawCurve } from '../charts/drawCurve.ts';
import { drawHeatMap } from '../charts/drawHeatMap.ts';
import { drawLift } from '../charts/drawLift.ts';
import { drawLines } from '../charts/drawLines.ts';
import { badge } from '../components/badges.ts';
import { cards, facts, grid, panel } from '../components/cards.ts';
import { select } from '../components/controls.ts';
import { figure } from '../components/figure.ts';
import { nothing, unavailable } from '../components/states.ts';
import { type Column, table } from '../components/table.ts';
import { type Child, h } from '../dom.ts';
import type { View } from '../view.ts';
import { tiers } from './overview.ts';

type Answer = Performance & { available: true };

/** How good the model is on customers that it has not learnt from, and whether its probabilities mean what they say. */
export async function modelPerformance(view: View): Promise<Child> {
  const { words, query } = view;
  const { t, format } = words;
  const answer = await view.ask<Performance>('performance', { run: query.get('run'), part: query.get('part') });
  if (!answer.available) return unavailable(words, answer);
  const parts = answer.parts.map((value) => ({ value, text: words.code('segment', value) }));
  const rows = { rows: format.count(answer.rows), positives: format.count(answer.positives) };
  return [
    h(
      'div',
      { class: 'filters' },
      parts.length < 2
        ? null
        : select('part', t('performance.part'), parts, answer.part, (part) => view.change({ part })),
      h('p', { 'data-key': 'rows' }, t('performance.rows', { ...rows, split: words.code('split', answer.split) })),
    ),
    cards(mainMetrics(view, answer)),
    grid(
      panel(t('performance.calibration'), 'half', t('performance.calibration_says'), calibration(view, answer)),
      panel(t('performance.lift'), 'half', t('performance.lift_says'), lift(view, answer)),
      panel(t('performance.confusion'), 'half', thresholdSays(view, answer), confusion(view, answer)),
      panel(t('performance.importance'), 'half', t('performance.importance_says'), importance(view, answer)),
      panel(t('performance.pr'), 'half', t('performance.pr_says'), curve(view, answer, 'pr')),
      panel(t('performance.roc'), 'half', t('performance.roc_says'), curve(view, answer, 'roc')),
      panel(t('performance.history'), 'full', t('performance.history_says'), history(view, answer)),
      answer.tiers.length === 0 ? null : panel(t('overview.tiers'), 'full', null, tiers(view, answer.tiers)),
      panel(t('performance.gate'), 'half', null, gate(view, answer), beside(view, answer)),
      panel(t('performance.subgroups'), 'half', t('performance.subgroups_says'), subgroups(view, answer)),
      panel(t('performance.metrics'), 'full', null, metrics(view, answer)),
    ),
  ];
}

/** A metric by any of the names that the two models give it, on the rows that the page is about. */
function metricOf(answer: Answer, ...names: string[]): number | null {
  const found = answer.metrics.filter(({ name }) => names.includes(name));
  return (found.find(({ split }) => split === answer.split) ?? found[0])?.value ?? null;
}

function mainMetrics({ words }: View, answer: Answer) {
  const { t, format } = words;
  const base = answer.rows === 0 ? null : answer.positives / answer.rows;
  const score = (key: string, value: number | null, more: string | null = null) => ({
    key,
    title: words.code('metric', key),
    value: format.number(value),
    more,
  });
  return [
    score(
      'pr_auc',
      metricOf(answer, 'pr_auc', 'average_precision'),
      t('performance.chance', { value: format.number(base) }),
    ),
    score('roc_auc', metricOf(answer, 'roc_auc'), t('performance.chance', { value: format.number(0.5) })),
    score('precision', metricOf(answer, 'precision')),
    score('recall', metricOf(answer, 'recall')),
    score('f1', metricOf(answer, 'f1')),
    score('brier', metricOf(answer, 'brier'), t('performance.lower')),
  ];
}

function thresholdSays({ words }: View, { threshold, threshold_reason }: Answer): string | null {
  if (threshold === null) return null;
  const reason = threshold_reason === null ? '' : ` (${threshold_reason})`;
  return words.t('performance.threshold', { value: words.format.number(threshold) }) + reason;
}

function calibration({ words }: View, answer: Answer): Child {
  const { t, format } = words;
  if (answer.calibration.length === 0) return nothing(t('state.not_measured'));
  const before = answer.calibration_before;
  return figure({
    words,
    id: 'calibration',
    caption: t('performance.calibration_caption', { n: answer.calibration.length }),
    draw: drawCalibration(words, answer.calibration, before),
    legend:
      before.length === 0
        ? []
        : [
            { color: 'var(--c1)', text: t('performance.calibrated', { how: answer.calibration_method ?? '' }) },
            { color: 'var(--reference)', text: t('performance.uncalibrated') },
          ],
    columns: [
      {
        key: 'bin',
        title: t('column.probability'),
        cell: (bin) => `${format.share(bin.lower)} – ${format.share(bin.upper)}`,
        head: true,
      },
      { key: 'rows', title: t('column.customers'), cell: (bin) => format.count(bin.rows), number: true },
      {
        key: 'mean',
        title: t('column.probability_mean'),
        cell: (bin) => format.share(bin.predicted_mean),
        number: true,
      },
      { key: 'rate', title: t('column.observed_rate'), cell: (bin) => format.share(bin.observed_rate), number: true },
    ],
    rows: answer.calibration,
  });
}

function lift({ words }: View, answer: Answer): Child {
  const { t, format } = words;
  const first = answer.lift[0];
  if (first === undefined) return nothing(t('state.not_measured'));
  return figure({
    words,
    id: 'lift',
    caption: t('performance.lift_caption', { lift: format.number(first.lift, 1), gain: format.share(first.gain, 0) }),
    draw: drawLift(words, answer.lift),
    columns: [
      { key: 'slice', title: t('column.decile'), cell: (one) => one.slice, head: true },
      { key: 'rows', title: t('column.customers'), cell: (one) => format.count(one.rows), number: true },
      { key: 'positives', title: t('column.positives'), cell: (one) => format.count(one.positives), number: true },
      { key: 'rate', title: t('column.observed_rate'), cell: (one) => format.share(one.rate), number: true },
      { key: 'lift', title: t('column.lift'), cell: (one) => format.number(one.lift, 2), number: true },
      { key: 'gain', title: t('column.gain'), cell: (one) => format.share(one.gain), number: true },
    ],
    rows: answer.lift,
  });
}

function confusion({ words }: View, { confusion: counts, rows }: Answer): Child {
  const { t, format } = words;
  if (counts === null) return nothing(t('state.not_measured'));
  const cell = (x: string, y: string, value: number, color: string) => {
    const share = rows === 0 ? null : value / rows;
    return {
      x,
      y,
      value: Math.sqrt(value),
      count: value,
      share,
      color,
      label: `${format.count(value)} (${format.share(share)})`,
    };
  };
  const cells = [
    cell('predicted', 'leaves', counts.tp, 'var(--c3)'),
    cell('not_predicted', 'leaves', counts.fn, 'var(--c2)'),
    cell('predicted', 'stays', counts.fp, 'var(--c2)'),
    cell('not_predicted', 'stays', counts.tn, 'var(--c3)'),
  ];
  const options = {
    xOrder: ['predicted', 'not_predicted'],
    yOrder: ['leaves', 'stays'],
    xName: (one: string) => words.code('confusion', one),
    yName: (one: string) => words.code('confusion', one),
    rowHeight: 84,
  };
  const found = format.count(counts.tp);
  return figure({
    words,
    id: 'confusion',
    caption: t('performance.confusion_caption', {
      found,
      all: format.count(counts.tp + counts.fn),
      wrong: format.count(counts.fp),
    }),
    draw: drawHeatMap(cells, options),
    columns: [
      { key: 'y', title: t('confusion.outcome'), cell: (one) => words.code('confusion', one.y), head: true },
      { key: 'x', title: t('confusion.prediction'), cell: (one) => words.code('confusion', one.x) },
      { key: 'count', title: t('column.customers'), cell: (one) => format.count(one.count), number: true },
    ],
    rows: cells,
  });
}

function importance({ words }: View, answer: Answer): Child {
  const { t, format } = words;
  const size = (one: Answer['importance'][number]): number => one.contribution ?? one.gain ?? 0;
  const rows = [...answer.importance].sort((a, b) => size(b) - size(a));
  if (rows.length === 0) return nothing(t('state.not_measured'));
  const shown = rows.slice(0, 12);
  const total = rows.reduce((sum, one) => sum + size(one), 0) || 1;
  const bars = shown.map((one) => ({ name: one.feature, value: size(one), label: format.share(size(one) / total) }));
  return figure({
    words,
    id: 'importance',
    caption: t('performance.importance_caption', { shown: shown.length, all: rows.length }),
    draw: drawBars(bars, { rowHeight: 24 }),
    columns: [
      { key: 'feature', title: t('column.feature'), cell: ({ feature }) => feature, head: true },
      {
        key: 'contribution',
        title: t('column.contribution'),
        cell: (one) => format.number(one.contribution),
        number: true,
      },
      { key: 'gain', title: t('column.gain_split'), cell: (one) => format.count(one.gain), number: true },
    ],
    rows,
  });
}

function curve({ words }: View, answer: Answer, kind: 'pr' | 'roc'): Child {
  const { t, format } = words;
  const points = answer[kind];
  if (points.length === 0) return nothing(t('state.not_measured'));
  const base = answer.rows === 0 ? 0 : answer.positives / answer.rows;
  const { confusion: counts } = answer;
  const falseRate = counts === null ? 0 : counts.fp / Math.max(1, counts.fp + counts.tn);
  const recall = counts === null ? 0 : counts.tp / Math.max(1, counts.tp + counts.fn);
  const precision = counts === null ? 0 : counts.tp / Math.max(1, counts.tp + counts.fp);
  const mark = counts === null ? null : kind === 'roc' ? { x: falseRate, y: recall } : { x: recall, y: precision };
  const columns: Column<CurvePoint>[] = [
    { key: 'x', title: t(`curve.${kind}_x`), cell: ({ x }) => format.number(x), number: true },
    { key: 'y', title: t(`curve.${kind}_y`), cell: ({ y }) => format.number(y), number: true },
    { key: 'threshold', title: t('column.threshold'), cell: (one) => format.number(one.threshold), number: true },
  ];
  return figure({
    words,
    id: kind,
    caption: t(`performance.${kind}_caption`),
    draw: drawCurve(words, points, { chance: kind === 'roc' ? 'diagonal' : base, mark }),
    columns,
    rows: thinned(points, 50),
  });
}

/** Every so-manieth, so that the table of a curve can be read. */
function thinned<T>(rows: readonly T[], most: number): T[] {
  const step = Math.ceil(rows.length / most);
  return rows.filter((_, index) => index % step === 0 || index === rows.length - 1);
}

function history({ words }: View, answer: Answer): Child {
  const { t, format } = words;
  const names = { pr_auc: words.code('metric', 'pr_auc'), roc_auc: words.code('metric', 'roc_auc') };
  const points = answer.history.flatMap((one) => [
    { at: one.run_id, series: names.pr_auc, value: one.pr_auc },
    { at: one.run_id, series: names.roc_auc, value: one.roc_auc },
  ]);
  const dates = new Map(answer.history.map((one) => [one.run_id, format.date(one.as_of)]));
  const colors = { [names.pr_auc]: 'var(--c1)', [names.roc_auc]: 'var(--c2)' };
  return figure({
    words,
    id: 'history',
    caption: t('performance.history_caption', { n: answer.history.length }),
    draw: drawLines(points, {
      colors,
      write: (value) => format.number(value, 2),
      name: (at) => dates.get(at) ?? at,
      domain: [0, 1],
    }),
    legend: Object.entries(colors).map(([text, color]) => ({ text, color })),
    columns: [
      { key: 'run', title: t('column.run'), cell: ({ run_id }) => run_id, head: true },
      { key: 'as_of', title: t('run.as_of'), cell: (one) => format.date(one.as_of) },
      { key: 'pr', title: names.pr_auc, cell: (one) => format.number(one.pr_auc), number: true },
      { key: 'roc', title: names.roc_auc, cell: (one) => format.number(one.roc_auc), number: true },
      {
        key: 'precision',
        title: words.code('metric', 'precision'),
        cell: (one) => format.number(one.precision),
        number: true,
      },
      { key: 'recall', title: words.code('metric', 'recall'), cell: (one) => format.number(one.recall), number: true },
    ],
    rows: answer.history,
  });
}

function gate({ words }: View, { gate: decision }: Answer): Child {
  const { t } = words;
  if (decision === null) return nothing(t('performance.no_gate'));
  const state = badge(
    decision.passed ? 'good' : 'bad',
    t(decision.passed ? 'performance.gate_passed' : 'performance.gate_failed'),
  );
  return [
    h('p', {}, state),
    decision.reasons.length === 0
      ? null
      : h(
          'ul',
          {},
          decision.reasons.map((one) => h('li', {}, one)),
        ),
  ];
}

function beside({ words }: View, { beside: rows }: Answer): Child {
  const { t, format } = words;
  if (rows.length === 0) return null;
  return [
    h('h3', {}, t('performance.beside')),
    table({
      id: 'beside',
      caption: t('performance.beside'),
      columns: [
        { key: 'experiment', title: t('column.experiment'), cell: ({ experiment }) => experiment, head: true },
        { key: 'role', title: t('column.role'), cell: ({ role }) => words.code('role', role) },
        { key: 'pr', title: words.code('metric', 'pr_auc'), cell: (one) => format.number(one.pr_auc), number: true },
        { key: 'roc', title: words.code('metric', 'roc_auc'), cell: (one) => format.number(one.roc_auc), number: true },
      ],
      rows,
    }),
  ];
}

function subgroups({ words }: View, { subgroups: rows }: Answer): Child {
  const { t, format } = words;
  if (rows.length === 0) return nothing(t('state.not_measured'));
  return table({
    id: 'subgroups',
    tall: true,
    caption: t('performance.subgroups'),
    columns: [
      {
        key: 'value',
        title: t('column.group'),
        cell: ({ column, value }) => `${words.code('column', column)}: ${words.code('segment', value)}`,
        head: true,
      },
      {
        key: 'rows',
        title: t('column.customers'),
        cell: (one) => format.count(one.rows),
        number: true,
        sortBy: (one) => one.rows,
      },
      {
        key: 'pr',
        title: words.code('metric', 'pr_auc'),
        cell: (one) => format.number(one.pr_auc),
        number: true,
        sortBy: (one) => one.pr_auc,
      },
      {
        key: 'roc',
        title: words.code('metric', 'roc_auc'),
        cell: (one) => format.number(one.roc_auc),
        number: true,
        sortBy: (one) => one.roc_auc,
      },
    ],
    rows,
  });
}

function metrics({ words }: View, answer: Answer): Child {
  const { t, format } = words;
  const facts_ =
    answer.calibration_method === null ? [] : [[t('performance.method'), answer.calibration_method] as const];
  const write = (value: number | null): string =>
    Number.isInteger(value) ? format.count(value) : format.number(value, 4);
  return [
    facts(facts_),
    table({
      id: 'metrics',
      tall: true,
      caption: t('performance.metrics'),
      columns: [
        {
          key: 'name',
          title: t('column.metric'),
          cell: ({ name }) => words.code('metric', name),
          head: true,
          sortBy: ({ name }) => name,
        },
        {
          key: 'split',
          title: t('column.split'),
          cell: ({ split }) => words.code('split', split),
          sortBy: ({ split }) => split,
        },
        { key: 'value', title: t('column.value'), cell: ({ value }) => write(value), number: true },
        { key: 'reason', title: t('column.reason'), cell: ({ reason }) => reason ?? '' },
      ],
      rows: answer.metrics,
    }),
  ];
}
