import type { Status } from '../../api.ts';
import { drawBars } from '../charts/drawBars.ts';
import { drawSteps, type StepBar } from '../charts/drawSteps.ts';
import { statusBadge } from '../components/badges.ts';
import { cards, facts, grid, panel } from '../components/cards.ts';
import { filters, pager, select } from '../components/controls.ts';
import { figure } from '../components/figure.ts';
import { note, nothing, unavailable } from '../components/states.ts';
import { table } from '../components/table.ts';
import { type Child, h } from '../dom.ts';
import type { View } from '../view.ts';

type Answer = Status & { available: true };
type Run = Answer['runs'][number];

const COLORS: Record<string, string> = {
  succeeded: 'var(--c3)',
  failed: 'var(--tier-Critical)',
  running: 'var(--c1)',
  stopped: 'var(--c6)',
};
const colorOf = (status: string): string => COLORS[status] ?? 'var(--reference)';

/** Which runs there were, how they ended, how long they and their steps took. */
export async function pipelineStatus(view: View): Promise<Child> {
  const { words, query } = view;
  const { t, format } = words;
  const asked = { status: query.get('status'), page: query.get('page'), page_size: '25' };
  const answer = await view.ask<Status>('status', asked);
  if (!answer.available) return unavailable(words, answer);
  const states = answer.counts.map(({ status }) => ({ value: status, text: words.code('status', status) }));
  const choices = [{ value: '', text: t('filter.all') }, ...states];
  const shown = answer.runs.find(({ run_id }) => run_id === query.get('steps')) ?? answer.runs[0];
  const counts = answer.counts.map(({ status, runs }) => ({
    key: `runs-${status}`,
    title: words.code('status', status),
    value: format.count(runs),
    ...(status === 'failed' && runs > 0 ? { tone: 'bad' as const } : {}),
  }));
  return [
    filters(
      t('filter.label'),
      select('status', t('column.status'), choices, query.get('status') ?? '', (status) =>
        view.change({ status, steps: null }),
      ),
    ),
    cards(counts),
    answer.runs.length === 0 || shown === undefined
      ? note('info', t('status.none'), h('p', {}, t('status.none_todo')))
      : grid(
          panel(t('status.durations'), 'half', t('status.durations_says'), durations(view, answer)),
          panel(t('status.steps'), 'half', shown.run_id, steps(view, shown)),
          panel(t('status.runs'), 'full', null, runs(view, answer)),
          panel(t('status.step_table'), 'full', shown.run_id, stepTable(view, shown)),
        ),
    h('p', { class: 'foot' }, answer.source[words.language]),
  ];
}

function nameOf({ words }: View, run: Run, all: readonly Run[]): string {
  const date = words.format.date(run.as_of);
  const same = all.filter(({ as_of }) => as_of === run.as_of).length;
  return same > 1 ? `${date} · ${run.run_id.slice(0, 6)}` : date;
}

function durations(view: View, { runs: list }: Answer): Child {
  const { words } = view;
  const { t, format } = words;
  const rows = [...list].slice(0, 20);
  return figure({
    words,
    id: 'durations',
    caption: t('status.durations_caption', { n: rows.length }),
    draw: drawBars(
      rows.map((run) => ({
        name: nameOf(view, run, list),
        value: run.duration_s ?? 0,
        label: format.duration(run.duration_s),
        color: colorOf(run.status),
      })),
    ),
    legend: [...new Set(rows.map(({ status }) => status))].map((status) => ({
      color: colorOf(status),
      text: words.code('status', status),
    })),
    columns: [
      { key: 'run', title: t('column.run'), cell: ({ run_id }) => run_id, head: true },
      { key: 'status', title: t('column.status'), cell: ({ status }) => words.code('status', status) },
      { key: 'duration', title: t('column.duration'), cell: (run) => format.duration(run.duration_s), number: true },
    ],
    rows,
  });
}

function steps(view: View, run: Run): Child {
  const { words } = view;
  const { t, format } = words;
  const timed = run.steps.filter(({ started, duration_s }) => started !== null && duration_s !== null);
  const begin = Math.min(...timed.map(({ started }) => Date.parse(started as string)));
  if (timed.length === 0) return nothing(t('status.no_steps'));
  const bars = timed.map((step): StepBar => {
    const from = (Date.parse(step.started as string) - begin) / 1000;
    const seconds = step.duration_s as number;
    return { name: step.name, from, to: from + seconds, color: colorOf(step.status), label: format.duration(seconds) };
  });
  const longest = timed.reduce((a, b) => ((b.duration_s ?? 0) > (a.duration_s ?? 0) ? b : a));
  return figure({
    words,
    id: 'steps',
    caption: t('status.steps_caption', { step: longest.name, duration: format.duration(longest.duration_s) }),
    draw: drawSteps(words, bars),
    columns: [
      { key: 'name', title: t('column.step'), cell: ({ name }) => name, head: true },
      { key: 'from', title: t('column.start'), cell: ({ from }) => format.duration(from), number: true },
      { key: 'duration', title: t('column.duration'), cell: ({ label }) => label, number: true },
    ],
    rows: bars,
  });
}

function runs(view: View, answer: Answer): Child {
  const { words, query } = view;
  const { t, format } = words;
  const kept = Object.fromEntries(query);
  return [
    table({
      id: 'runs',
      caption: t('status.runs'),
      columns: [
        {
          key: 'run',
          title: t('column.run'),
          cell: ({ run_id }) => h('a', { href: view.link('pipeline-status', { ...kept, steps: run_id }) }, run_id),
          head: true,
        },
        { key: 'status', title: t('column.status'), cell: ({ status }) => statusBadge(words, status) },
        { key: 'as_of', title: t('run.as_of'), cell: (run) => format.date(run.as_of), sortBy: (run) => run.as_of },
        { key: 'file', title: t('column.file'), cell: ({ file }) => file ?? '–' },
        {
          key: 'started',
          title: t('column.started'),
          cell: (run) => format.time(run.started),
          sortBy: (run) => run.started,
        },
        { key: 'ended', title: t('column.ended'), cell: (run) => format.time(run.ended) },
        {
          key: 'duration',
          title: t('column.duration'),
          cell: (run) => format.duration(run.duration_s),
          number: true,
          sortBy: (run) => run.duration_s,
        },
        { key: 'place', title: t('column.place'), cell: ({ place }) => place, text: true },
      ],
      rows: answer.runs,
    }),
    pager({
      words,
      page: answer.page,
      pageSize: answer.page_size,
      total: answer.total,
      linkTo: (to) => view.link('pipeline-status', { ...kept, page: String(to) }),
    }),
  ];
}

function stepTable({ words }: View, run: Run): Child {
  const { t, format } = words;
  return [
    run.exit_code === null || run.exit_code === 0 ? null : facts([[t('column.exit_code'), run.exit_code]]),
    run.message === null ? null : facts([[t('column.message'), run.message]]),
    table({
      id: 'step-table',
      caption: t('status.step_table'),
      columns: [
        { key: 'name', title: t('column.step'), cell: ({ name }) => name, head: true },
        { key: 'kind', title: t('column.kind'), cell: ({ kind }) => words.code('kind', kind) },
        { key: 'status', title: t('column.status'), cell: ({ status }) => statusBadge(words, status) },
        {
          key: 'duration',
          title: t('column.duration'),
          cell: (step) => format.duration(step.duration_s),
          number: true,
          sortBy: (step) => step.duration_s,
        },
        {
          key: 'memory',
          title: t('column.memory'),
          cell: (step) => format.bytes(step.rss_bytes_max),
          number: true,
          sortBy: (step) => step.rss_bytes_max,
        },
        { key: 'message', title: t('column.message'), cell: ({ message }) => message ?? '', text: true },
      ],
      rows: run.steps,
    }),
  ];
}
