import * as z from 'zod';
import { functionError } from './errors.ts';

/**
 * Reads what a function is configured with from its environment; a variable that is empty is one that is not set.
 *
 * @throws InputError `environment`, naming every variable that is missing or wrong
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.keys(shape).map((name) => [name, env[name] === '' ? undefined : env[name]]));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return given[name] === undefined ? `${name} is not set` : `${name} is wrong (${message})`;
  });
  throw functionError('environment', faults.join(', '), 'environment', 'set it where the function is defined');
}
