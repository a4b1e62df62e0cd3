/** Where a step's log lines go. */
export type LineSink = { write(line: string): void; end(): Promise<void> };

export type StepProgress = { name: string; done: number; total: number; label?: string };

export type LineReader = {
  read(line: string): void;
  onProgress(progress: StepProgress): void;
  lastError(): string | null;
  close(): Promise<void>;
};

/** Reads a step's output line by line into its log, and picks out progress and the last error. */
export function readLines(sink: LineSink, onProgress: LineReader['onProgress']): Omit<LineReader, 'onProgress'> {
  let logged: string | null = null;
  let printed: string | null = null;
  return {
    read(line) {
      if (line.trim() === '') return;
      const record = parseRecord(line);
      sink.write(record ? line : JSON.stringify({ level: 'info', msg: line }));
      if (!record) printed = betterError(printed, line);
      else if (record.level === 'error' && typeof record.msg === 'string') logged = record.msg;
      const progress = record && progressOf(record);
      if (progress) onProgress(progress);
    },
    lastError: () => logged ?? printed?.trim() ?? null,
    close: () => sink.end(),
  };
}

/** Of the lines that a dying program prints, the one that names the error, else the last one. */
export function betterError(kept: string | null, line: string): string {
  const namesError = (text: string) =>
    /^(\w*Error\b.*: |error: |fatal|terminate called|thread '.*' panicked)/i.test(text);
  return kept !== null && namesError(kept) && !namesError(line) ? kept : line;
}

function progressOf(record: Record<string, unknown>): StepProgress | null {
  const { progress: name, done, total, label } = record;
  if (typeof name !== 'string' || typeof done !== 'number' || typeof total !== 'number') return null;
  return typeof label === 'string' ? { name, done, total, label } : { name, done, total };
}

function parseRecord(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
