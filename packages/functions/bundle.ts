import { mkdir, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { licencesOf } from './licences.ts';

export const HANDLERS = ['trigger', 'decompress', 'connectorWait', 'wakeTracking'] as const;

const HERE = import.meta.dirname;
const ROOT = resolve(HERE, '../..');
/** Never written to: paths in source maps are relative to it, so that they are the same wherever the bundles go. */
const NOMINAL = join(ROOT, 'out/functions');

export type Bundled = { name: string; bytes: number };

/**
 * Writes each handler as one file for Lambda's Node 24 (`<name>.cjs`, run as `<name>.handler`) with its source map; nothing is left to
 * import but Node's own modules. The same sources give the same bytes. `licences.txt` has the licences
 * of all that is in them.
 *
 * CommonJS, because half of what is in it is, and asks for Node's modules by `require`.
 *
 * @param out made where absent
 */
export async function bundle(out: string): Promise<Bundled[]> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: HANDLERS.map((name) => join(HERE, `${name}.ts`)),
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'cjs', outExtension: { '.js': '.cjs' } },
    // Most packages have both forms; only of this one can what is not used be left out.
    mainFields: ['module', 'main'],
    ...{ minify: true, sourcemap: 'linked', sourcesContent: false, legalComments: 'none', charset: 'utf8' },
    ...{ outdir: NOMINAL, write: false, metafile: true, logLevel: 'warning' },
  });
  const left = Object.values(result.metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const foreign = left.filter((path) => !path.startsWith('node:') && !isBuiltin(path));
  if (foreign.length > 0) throw new Error(`still to be imported: ${[...new Set(foreign)].join(', ')}`);
  const licences = await licencesOf(Object.keys(result.metafile.inputs), ROOT);
  const files = [
    ...result.outputFiles.map(({ path, contents }) => ({ name: relative(NOMINAL, path), contents })),
    { name: 'licences.txt', contents: Buffer.from(licences) },
  ];
  await mkdir(out, { recursive: true });
  for (const { name, contents } of files) await writeFile(join(out, name), contents);
  return files
    .map(({ name, contents }) => ({ name, bytes: contents.length }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  if (values.out === undefined) {
    console.error('no folder for the bundles: give --out FOLDER');
    process.exit(2);
  }
  for (const { name, bytes } of await bundle(values.out)) console.log(`${String(bytes).padStart(9)} ${name}`);
}
