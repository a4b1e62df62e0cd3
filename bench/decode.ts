import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';

const NATIVE = path.resolve(import.meta.dirname, '../native');

/**
 * Builds the program that only decodes (`native/compare/examples/decode.rs`), in the target folder that the addon has.
 *
 * @returns its path
 * @throws InputError `cargo`
 */
export function buildDecode(): string {
  const args = ['build', '--release', '-p', 'pilotlight-compare', '--example', 'decode', '--message-format', 'json'];
  process.stderr.write('pilotlight: building the program that only decodes\n');
  const built = spawnSync('cargo', args, { cwd: NATIVE, encoding: 'utf8', maxBuffer: 1 << 28 });
  const messages = (built.stdout ?? '').split('\n').filter((line) => line.includes('"executable":"'));
  const found = messages.map((line) => JSON.parse(line).executable as string).at(-1);
  if (built.status === 0 && found) return found;
  const what = built.error?.message ?? built.stderr.match(/^error.*$/m)?.[0] ?? `cargo ended with ${built.status}`;
  const todo = 'install Rust (rustup.rs), or leave the peer out: --peers scipy';
  throw new InputError({ code: 'cargo', what, where: `cargo ${args.slice(0, 6).join(' ')}`, todo });
}
