/**
 * A container's command for tests of the stand-in: does what its arguments say, one after another.
 * `copy FROM TO`, `write FILE TEXT`, `remove PATH`, `environment FILE`, `say TEXT`, `wait MS`, `exit CODE`.
 */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const write = (file: string, text: string) => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const output = (name: string) => path.join(process.env.PILOTLIGHT_ML_ROOT ?? '/opt/ml', 'output', name);
const [, , ...words] = process.argv;
const next = () => words.shift() ?? '';

while (words.length > 0) {
  const verb = next();
  if (verb === 'copy') cpSync(next(), next(), { recursive: true });
  else if (verb === 'write') write(next(), next());
  else if (verb === 'remove') rmSync(next(), { recursive: true });
  else if (verb === 'environment') write(next(), JSON.stringify(process.env));
  else if (verb === 'wait') await sleep(Number(next()));
  else if (verb === 'exit') process.exit(Number(next()));
  else if (verb === 'say') {
    const text = next();
    for (const name of ['message', 'failure']) write(output(name), text);
  } else throw new Error(`no such verb: ${verb}`);
}
