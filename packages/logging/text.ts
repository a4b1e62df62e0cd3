/**
 * One JSON log line as a short line for a person: `12:03:11 TrainDomestic: error: what happened`. Fields beside step,
 * level and message stay in the JSON form only. A line that is no JSON object is returned as it came.
 */
export function formatText(line: string): string {
  const record = parseRecord(line);
  if (!record) return line;
  const time = typeof record.time === 'string' ? `${record.time.slice(11, 19)} ` : '';
  const step = typeof record.step === 'string' ? `${record.step}: ` : '';
  const level = record.level === 'info' ? '' : `${record.level === 'warn' ? 'warning' : record.level}: `;
  return `${time}${step}${level}${record.msg ?? ''}\n`;
}

function parseRecord(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
