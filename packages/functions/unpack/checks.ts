import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { ChecksFailed, explainAws } from '../errors.ts';
import { isAbsent } from '../isAbsent.ts';
import { readSmall } from './objects.ts';

const count = z.int().nonnegative();

/**
 * What a file must hold, as whoever delivers it says in `<name of the file>.checks.json` beside it:
 *
 * ```json
 * {"sha256": "9f86d0...", "rows_count": 1250000, "files": {"clie.csv": {"rows_count": 1250000}}}
 * ```
 *
 * - `sha256`: of the file as it is delivered, packed; 64 hexadecimal digits.
 * - `rows_count`: rows of all its data files together; header lines and empty lines are none.
 * - `bytes` (may be left out): its size as delivered.
 * - `files` (may be left out): rows by data file, named as in the archive; then every data file must be named.
 *
 * Other keys are refused: one that is misspelt would check nothing.
 */
export type Checks = z.infer<typeof Checks>;
export const Checks = z.strictObject({
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, '64 hexadecimal digits')
    .transform((digits) => digits.toLowerCase()),
  rows_count: count,
  bytes: count.optional(),
  files: z.record(z.string(), z.strictObject({ rows_count: count })).optional(),
});

const BYTES_MAX = 1 << 20;

/** @throws ChecksFailed where there is none, or it cannot be read */
export async function readChecks(
  at: { bucket: string; key: string },
  s3: S3Client,
  signal: AbortSignal,
): Promise<Checks> {
  const where = `s3://${at.bucket}/${at.key}`;
  try {
    return parseChecks(await readSmall(at, BYTES_MAX, s3, signal), where);
  } catch (error) {
    if (await isAbsent(error, at, s3, signal)) throw new ChecksFailed('there is no checks file', where);
    throw explainAws(error, where);
  }
}

/** @throws ChecksFailed */
export function parseChecks(text: string, where: string): Checks {
  const parsed = Checks.safeParse(parseJson(text, where));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.');
  throw new ChecksFailed(`the checks file cannot be used (${path ? `${path}: ` : ''}${issue?.message ?? ''})`, where);
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new ChecksFailed('the checks file is no JSON', where);
  }
}
