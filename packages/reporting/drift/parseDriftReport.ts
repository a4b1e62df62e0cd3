import { InputError } from '@pilotlight/errors';
import { z } from 'zod';
import { type DriftReport, DriftReportSchema } from './driftReport.ts';

/**
 * Reads a `drift_report.json` back.
 *
 * @param where the file's name, for the message
 * @throws InputError `drift_report` when it is no JSON, or of another shape or version
 */
export function parseDriftReport(text: string, where: string): DriftReport {
  const todo = 'give a drift_report.json that this version wrote';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError({ code: 'drift_report', what: 'is not JSON', where, todo, cause });
  }
  const parsed = DriftReportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const what = `is no drift report: ${z.prettifyError(parsed.error).split('\n').slice(0, 2).join(' ')}`;
  throw new InputError({ code: 'drift_report', what, where, todo, cause: parsed.error });
}
