import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const ROOT = path.resolve(import.meta.dirname, '..', '..');
const FOLDER = path.join(ROOT, '.github', 'workflows');

export type Step = {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
};
export type Job = {
  'runs-on'?: string;
  'timeout-minutes'?: number;
  if?: string;
  uses?: string;
  needs?: string | string[];
  environment?: string | { name: string };
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  strategy?: { matrix?: Record<string, string[]> };
  steps?: Step[];
};
export type Workflow = {
  file: string;
  text: string;
  on: Record<string, unknown>;
  permissions?: unknown;
  defaults?: { run?: { shell?: string } };
  concurrency?: { group: string; 'cancel-in-progress': boolean | string };
  env?: Record<string, string>;
  jobs: Record<string, Job>;
};

/** Every workflow of the repository, parsed, with anchors resolved. */
export const workflows: readonly Workflow[] = readdirSync(FOLDER)
  .filter((name) => /\.ya?ml$/.test(name))
  .sort()
  .map((name) => {
    const text = readFileSync(path.join(FOLDER, name), 'utf8');
    return { file: name, text, ...(parse(text) as Omit<Workflow, 'file' | 'text'>) };
  });

export function workflow(name: string): Workflow {
  const found = workflows.find(({ file }) => file === `${name}.yml`);
  if (found === undefined) throw new Error(`there is no workflow ${name}`);
  return found;
}

export function job(of: string, name: string): Job {
  const found = workflow(of).jobs[name];
  if (found === undefined) throw new Error(`${of} has no job ${name}`);
  return found;
}

export type Placed = { workflow: Workflow; name: string; job: Job };

export const jobs: readonly Placed[] = workflows.flatMap((one) =>
  Object.entries(one.jobs).map(([name, found]) => ({ workflow: one, name, job: found })),
);

/** All that is run, by steps or by actions, as text. */
export const said = ({ steps = [] }: Job): string => steps.map((step) => JSON.stringify(step)).join('\n');

/**
 * An expression of GitHub as far as these workflows go: texts, `==`, `!=`, `&&`, `||`, brackets, names in contexts. What a context does not
 * have is the empty text, as there.
 */
export function evaluate(expression: string, contexts: Record<string, Record<string, string>>): unknown {
  const inner = expression.replace(/^\$\{\{\s*|\s*\}\}$/g, '');
  const known = inner.replaceAll(/'[^']*'|[a-z_]+(?:\.[a-zA-Z_-]+)+/g, (token) => {
    if (token.startsWith("'")) return token;
    const [context = '', ...rest] = token.split('.');
    return JSON.stringify(contexts[context]?.[rest.join('.')] ?? '');
  });
  if (!/^(?:'[^']*'|"[^"]*"|[=!&|()\s])*$/.test(known)) throw new Error(`cannot read the expression ${expression}`);
  return new Function(`return (${known});`)();
}
