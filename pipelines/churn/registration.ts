import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { inputError } from '../stepInputs.ts';

export const REGISTRATION_FILE = 'registration.json';

/** `registration.json`: what became of the model that this run trained. */
export const RegistrationSchema = z.strictObject({
  schema_version: z.literal(1),
  group: z.string(),
  version: z.int().positive(),
  /** `superseded`: this very model was the champion before, and another has taken its place since. */
  status: z.enum(['pending', 'approved', 'superseded', 'rejected']),
  /** Who scores from now on; null where nobody was ever approved. */
  champion_version: z.int().positive().nullable(),
  reasons: z.array(z.string()),
});
export type Registration = z.output<typeof RegistrationSchema>;

/** What Register wrote; null where the run only scores. @throws InputError `registration_invalid` */
export function readRegistration(folder: string | undefined): Registration | null {
  if (folder === undefined) return null;
  const file = path.join(folder, REGISTRATION_FILE);
  if (!existsSync(file)) {
    throw inputError('registration_invalid', 'no such file', file, 'give the folder that Register wrote');
  }
  try {
    return RegistrationSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw inputError('registration_invalid', 'not a registration of this version', file, 'run Register again', cause);
  }
}
