import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporary } from '../folders.ts';
import { ROOT } from '../python.ts';

const LIMIT_MS = 240_000;

/** What a run of the commands makes, or what must be made anew. */
const OWN = ['out', 'dev', '.git'];

/** A folder in which the repository's commands can be typed as a reader types them, and leave nothing in the repository. */
export type Workplace = { folder: string; top: string };

/**
 * The repository by links, but for `out/`, which is empty, and `dev`, whose set-up is left out: it runs the same commands.
 */
export function makeWorkplace(): Workplace {
  const top = temporary();
  const folder = path.join(top, 'pilotlight');
  mkdirSync(folder);
  for (const name of readdirSync(ROOT)) {
    if (!OWN.includes(name)) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  }
  symlinkSync(path.resolve(ROOT, '../shared'), path.join(top, 'shared'));
  const node = JSON.stringify(process.execPath);
  const script = `#!/usr/bin/env bash
case "\${1:-}" in
  platform) shift; exec ${node} ${JSON.stringify(path.join(ROOT, 'infra/cli.ts'))} "$@" ;;
  *) exec ${node} ${JSON.stringify(path.join(ROOT, 'pipelines/cli.ts'))} "$@" ;;
esac
`;
  writeFileSync(path.join(folder, 'dev'), script, { mode: 0o755 });
  return { folder, top };
}

/** Types one line, as in a terminal; a part of a pipe that fails is a failure. */
export function typeCommand({ folder, top }: Workplace, command: string) {
  const { AWS_PROFILE: _, ...env } = process.env;
  const node = path.dirname(process.execPath);
  return spawnSync('bash', ['-o', 'pipefail', '-c', command], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...env,
      HOME: top,
      PATH: `${node}:${env.PATH}`,
      PILOTLIGHT_LOG_FORMAT: 'text',
      PILOTLIGHT_LOG_LEVEL: 'warn',
      USER: 'ana',
    },
    maxBuffer: 1 << 26,
    timeout: LIMIT_MS,
  });
}
