/** What a process reports of its work; `bytes` is the highest resident memory. */
export type Run = { seconds: number; bytes: number; answer: unknown };
export type Row = { work: string; ours: Run; peer: Run; verdict: string };

const HEAD = ['work', 'ours s', 'peer s', 'faster', 'ours MiB', 'peer MiB', 'check'];

/** One object a row, for programs. */
export function flatten(rows: readonly Row[]) {
  return rows.map(({ work, ours, peer, verdict }) => ({
    work,
    ours_s: ours.seconds,
    peer_s: peer.seconds,
    ratio: peer.seconds / ours.seconds,
    ours_bytes_max: ours.bytes,
    peer_bytes_max: peer.bytes,
    verdict,
  }));
}

/** One line a row, for people. */
export function formatTable(rows: readonly Row[]): string {
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const lines = flatten(rows).map((row) => [
    row.work,
    row.ours_s.toFixed(2),
    row.peer_s.toFixed(2),
    `${row.ratio.toFixed(1)} x`,
    mib(row.ours_bytes_max),
    mib(row.peer_bytes_max),
    row.verdict,
  ]);
  const name_width = Math.max(...rows.map(({ work }) => work.length), 8) + 2;
  const format = (cells: string[]) => cells.map((cell, i) => cell.padEnd(i === 0 ? name_width : 11)).join('');
  return [HEAD, ...lines].map((cells) => format(cells).trimEnd()).join('\n');
}
