import type { z } from 'zod';
import { corrupt } from './errors.ts';

/** Reads JSON that the registry wrote; anything else is an `InputError` (`corrupt_registry`) that says where. */
export function parseStored<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt('is not JSON', where, cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field =
    issue && issue.path.length > 0 ? ` (${issue.path.join('.')}: ${issue.message})` : ` (${issue?.message})`;
  throw corrupt(`is not what the registry wrote${field}`, where, parsed.error);
}
