/** What a process reports of its work; `bytes` is the highest resident memory. */
export type Run = { seconds: number; bytes: number; answer: unknown };
/** `peer` is null where there is none, or it was not run; `verdict` then says why. */
export type Row = { work: string; ours: Run; peer: Run | null; verdict: string };

const HEAD = ['work', 'ours s', 'peer s', 'ratio', 'ours MiB', 'peer MiB', 'check'];

/** One object a row, for programs. `ratio` is the peer's time over ours. */
export function flatten(rows: readonly Row[]) {
  return rows.map(({ work, ours, peer, verdict }) => ({
    work,
    ours_s: ours.seconds,
    peer_s: peer?.seconds ?? null,
    ratio: peer === null ? null : peer.seconds / ours.seconds,
    ours_bytes_max: ours.bytes,
    peer_bytes_max: peer?.bytes ?? null,
    verdict,
  }));
}

/** One line a row, for people. */
export function formatTable(rows: readonly Row[]): string {
  const mib = (bytes: number | null) => (bytes === null ? '-' : (bytes / 2 ** 20).toFixed(0));
  const lines = flatten(rows).map((row) => [
    row.work,
    row.ours_s.toFixed(2),
    row.peer_s?.toFixed(2) ?? '-',
    row.ratio === null ? '-' : ratio(row.ratio),
    mib(row.ours_bytes_max),
    mib(row.peer_bytes_max),
    row.verdict,
  ]);
  const widths = HEAD.map((head, i) =>
    Math.max(...[HEAD, ...lines].map((cells) => cells[i]?.length ?? 0), head.length),
  );
  const format = (cells: string[]) => cells.map((cell, i) => cell.padEnd((widths[i] as number) + 2)).join('');
  return [HEAD, ...lines].map((cells) => format(cells).trimEnd()).join('\n');
}

/** In words: below 1 the peer took less time. */
function ratio(value: number): string {
  return value >= 1 ? `${value.toFixed(1)} x as fast` : `${(1 / value).toFixed(2)} x the time`;
}
