import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

/**
 * A file of the pages. `name` is its path below the site's root (`index.html`, `assets/app-1A2B3C4D.js`); a file whose name
 * carries a hash of its bytes is `immutable` and may be cached for ever, `index.html` must be asked for each time.
 */
export type ClientFile = { name: string; type: string; immutable: boolean; content: Uint8Array };

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Makes the pages: `index.html`, one script, one style sheet and the icon. The same sources give the same names and bytes.
 * The server answers `/` and `/<model>/<page>` with `index.html`; the script reads the rest from the address. Nothing is
 * inline, so `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'` is enough.
 */
export async function bundleClient(): Promise<ClientFile[]> {
  const root = import.meta.dirname;
  const { outputFiles } = await build({
    entryPoints: [path.join(root, 'main.ts'), path.join(root, 'app.css')],
    absWorkingDir: root,
    outdir: path.join(root, 'assets'),
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    legalComments: 'none',
    logLevel: 'silent',
  });
  const script = await fileOf('.js', bytesOf(outputFiles, '.js'));
  const style = await fileOf('.css', bytesOf(outputFiles, '.css'));
  const icon = await fileOf('.svg', await readFile(path.join(root, 'icon.svg')));
  const template = await readFile(path.join(root, 'index.html'), 'utf8');
  const page = [script, style, icon].reduce(
    (text, { name }) => text.replace(`/assets/app${path.extname(name)}`, `/${name}`),
    template,
  );
  const html = { name: 'index.html', type: TYPES['.html'] as string, immutable: false, content: Buffer.from(page) };
  return [html, script, style, icon];
}

/** Writes the pages below a folder, which is made; files of earlier bundles stay (a browser may still ask for them). */
export async function writeClient(folder: string): Promise<string[]> {
  const files = await bundleClient();
  for (const { name, content } of files) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return files.map(({ name }) => name);
}

function bytesOf(files: readonly { path: string; contents: Uint8Array }[], extension: string): Uint8Array {
  const found = files.find((file) => file.path.endsWith(extension));
  if (found === undefined) throw new Error(`the bundle has no ${extension} file`);
  return found.contents;
}

async function fileOf(extension: string, content: Uint8Array): Promise<ClientFile> {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  return { name: `assets/app-${hash}${extension}`, type: TYPES[extension] as string, immutable: true, content };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  if (values.out === undefined) {
    process.stderr.write('usage: node packages/dashboard/client/bundle.ts --out DIR\n');
    process.exitCode = 2;
  } else {
    for (const name of await writeClient(values.out)) process.stdout.write(`${path.join(values.out, name)}\n`);
  }
}
