import { type Model, RUN_STATES, type Status, type StatusQuery } from '../../api.ts';
import type { Run } from '../results/run.ts';
import type { Context } from './context.ts';

type Available = Extract<Status, { available: true }>;

/** All runs with their steps, newest first. */
export async function readStatus({ results }: Context, model: Model, query: StatusQuery): Promise<Status> {
  const all = (await results.runs(model)).map(runStatus);
  const known: readonly string[] = RUN_STATES;
  const states = [...new Set([...known, ...all.map(({ status }) => status)])];
  const chosen = query.status === undefined ? all : all.filter(({ status }) => query.status?.includes(status));
  const { page, page_size } = query;
  return {
    available: true,
    model,
    counts: states.map((status) => ({ status, runs: all.filter((run) => run.status === status).length })),
    total: chosen.length,
    page,
    page_size,
    runs: chosen.slice((page - 1) * page_size, page * page_size),
    source: results.source,
  };
}

function runStatus({ ref, pipeline, report, place }: Run): Available['runs'][number] {
  const seconds = (report?.steps ?? []).flatMap(({ duration_s }) =>
    typeof duration_s === 'number' ? [duration_s] : [],
  );
  const [from, to] = [Date.parse(report?.started ?? ''), Date.parse(report?.ended ?? '')];
  const elapsed = Number.isFinite(to - from) ? (to - from) / 1000 : null;
  const worked = seconds.length > 0 ? seconds.reduce((sum, one) => sum + one, 0) : null;
  return {
    ...ref,
    pipeline,
    ended: report?.ended ?? null,
    duration_s: elapsed ?? worked,
    exit_code: report?.exit_code ?? null,
    file: report?.parameters.RawUri ?? report?.parameters.PolaInputUri ?? null,
    place,
    message: report?.message ?? null,
    steps: (report?.steps ?? []).map((step) => ({
      name: step.name,
      kind: step.kind,
      status: step.status,
      started: step.started ?? null,
      ended: step.ended ?? null,
      duration_s: step.duration_s ?? null,
      rss_bytes_max: step.rss_bytes_max ?? null,
      exit_code: step.exit_code ?? null,
      message: step.message ?? null,
    })),
  };
}
