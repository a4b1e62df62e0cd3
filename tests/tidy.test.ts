import { existsSync, statSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findRsFunctions, findTsFunctions } from './harness/findFunctions.ts';
import { maskSource } from './harness/maskSource.ts';
import { type Import, importsOf, listFiles, packageOf, ROOT, readManifest, readText } from './harness/tree.ts';

const FUNCTION_LINES_MAX = 70;

const files = listFiles();
const inFolder = (folder: string, ...extensions: string[]) =>
  files.filter((file) => file.startsWith(folder) && extensions.some((extension) => file.endsWith(extension)));
const tsFiles = inFolder('', '.ts').filter((file) => !file.endsWith('.d.ts'));
const rsFiles = inFolder('native/', '.rs');
const packages = files.flatMap((file) => /^(packages\/[^/]+)\/package\.json$/.exec(file)?.[1] ?? []);
const own = new Map(packages.map((folder) => [readManifest(folder).name, folder]));

const none = (faults: readonly string[]) => assert.equal([...faults], []);
const at = ({ file, line, module }: Import) => `${file}:${line} imports ${module}`;

function sourcesOf(folder: string): string[] {
  return tsFiles.filter((file) => file.startsWith(`${folder}/`));
}

/** Where a relative import leads, relative to the root. */
const leadsTo = ({ file, module }: Import) => posix.normalize(posix.join(posix.dirname(file), module));

test('there is something to check', () => {
  assert.ok(tsFiles.length > 50, `${tsFiles.length} TypeScript files`);
  assert.ok(rsFiles.length > 3, `${rsFiles.length} Rust files`);
  assert.ok(packages.length >= 10, `${packages.length} packages`);
});

test('packages never import pipelines, nor one another by path', () => {
  const imports = packages.flatMap((folder) => sourcesOf(folder).flatMap(importsOf));
  const crooked = imports.filter((one) => {
    if (!one.module.startsWith('.')) return packageOf(one.module) === '@pilotlight/pipelines';
    return one.file.split('/').slice(0, 2).join('/') !== leadsTo(one).split('/').slice(0, 2).join('/');
  });
  none(crooked.map(at));
});

test('pipelines import packages by name, not by path', () => {
  const imports = sourcesOf('pipelines').flatMap(importsOf);
  none(imports.filter((one) => one.module.startsWith('.') && !leadsTo(one).startsWith('pipelines/')).map(at));
});

test('only packages/modeling imports the native addon', () => {
  const others = tsFiles.filter((file) => !file.startsWith('packages/modeling/') && !file.startsWith('tests/'));
  const imports = others.flatMap(importsOf);
  none(imports.filter(({ module }) => module === '@pilotlight/native' || module.includes('native/addon')).map(at));
});

test('packages do not import in circles', () => {
  const needs = (folder: string) =>
    Object.keys(readManifest(folder).dependencies ?? {}).flatMap((name) => own.get(name) ?? []);
  const finished = new Set<string>();
  const walk = (folder: string, path: string[]): string[] => {
    if (path.includes(folder)) return [[...path, folder].join(' -> ')];
    if (finished.has(folder)) return [];
    const circles = needs(folder).flatMap((next) => walk(next, [...path, folder]));
    finished.add(folder);
    return circles;
  };
  none(packages.flatMap((folder) => walk(folder, [])));
});

test('a definition needs neither the addon nor an engine, so that the cloud can be planned without them', () => {
  const heavy = ['@pilotlight/native', '@pilotlight/modeling', 'nodejs-polars', '@duckdb/node-api'];
  const definitions = inFolder('pipelines/', '/definition.ts');
  assert.ok(definitions.length > 0);
  const reached = new Set(definitions.flatMap((file) => importsOf(file).map(({ module }) => packageOf(module))));
  for (const name of reached) {
    for (const next of Object.keys(readManifestOf(name)?.dependencies ?? {})) reached.add(next);
  }
  none([...reached].filter((name) => heavy.includes(name)));
  const relative = definitions.flatMap(importsOf).filter(({ module }) => module.startsWith('.'));
  none(relative.map(at));
});

function readManifestOf(name: string) {
  const folder = own.get(name);
  return folder === undefined ? null : readManifest(folder);
}

test('infra reads the definitions of pipelines and nothing else of them', () => {
  const imports = sourcesOf('infra').flatMap(importsOf);
  const others = imports.filter((one) => {
    if (packageOf(one.module) === '@pilotlight/pipelines') return !one.module.endsWith('/definition.ts');
    return one.module.startsWith('.') && /^pipelines\/(?!.*\/definition\.ts$)/.test(leadsTo(one));
  });
  none(others.map(at));
});

for (const folder of [...packages, 'pipelines', 'infra']) {
  test(`${folder} declares what it imports, and imports what it declares`, () => {
    const { name, dependencies = {} } = readManifest(folder);
    const imports = sourcesOf(folder)
      .flatMap(importsOf)
      .filter(({ module }) => !module.startsWith('.') && !module.startsWith('node:') && packageOf(module) !== name);
    const undeclared = imports.filter(({ module }) => !(packageOf(module) in dependencies));
    const used = new Set(imports.map(({ module }) => packageOf(module)));
    const unused = Object.keys(dependencies).filter((one) => !used.has(one));
    none([...undeclared.map(at), ...unused.map((one) => `${folder}/package.json declares ${one} for nothing`)]);
  });
}

test('Node modules are imported as node:', () => {
  const bare = /^(fs|path|os|child_process|crypto|stream|zlib|url|util|tty|readline|timers|http|net|events)(\/|$)/;
  none(tsFiles.flatMap(importsOf).flatMap((one) => (bare.test(one.module) ? [at(one)] : [])));
});

test('the crates below the addon know nothing of Node', () => {
  const crates = inFolder('native/', '/Cargo.toml').filter((file) => /^native\/[^/]+\/Cargo\.toml$/.test(file));
  const others = crates.filter((file) => file !== 'native/addon/Cargo.toml');
  assert.ok(others.length >= 4, others.join(', '));
  none(others.filter((file) => /^\s*"?napi/m.test(readText(file))));
  const sources = rsFiles.filter((file) => !file.startsWith('native/addon/'));
  none(sources.filter((file) => /\bnapi\b/.test(maskSource(readText(file), 'rs').code)));
});

test('pure statistics read no files', () => {
  const manifest = readText('native/drift/Cargo.toml');
  none(['arrow', 'parquet', 'pilotlight-columns', 'lightgbm'].filter((name) => manifest.includes(`\n${name}`)));
});

test('unsafe code is in native/boosting only', () => {
  const others = rsFiles.filter((file) => !file.startsWith('native/boosting/'));
  none(others.filter((file) => /\bunsafe\b|allow\(unsafe_code\)/.test(maskSource(readText(file), 'rs').code)));
});

test('every test file runs its tests', () => {
  const testFiles = inFolder('tests/', '.test.ts');
  none(testFiles.filter((file) => !/^test\.run\(\);$/m.test(readText(file))));
  none(testFiles.filter((file) => !/\btest(With\w+)?\(/.test(maskSource(readText(file), 'ts').code)));
  const astray = tsFiles.filter((file) => file.endsWith('.test.ts') && !file.startsWith('tests/'));
  none(astray);
});

test(`no function is longer than ${FUNCTION_LINES_MAX} lines`, () => {
  const long = [...tsFiles, ...rsFiles].flatMap((file) => {
    const language = file.endsWith('.rs') ? 'rs' : 'ts';
    const { code } = maskSource(readText(file), language);
    const found = language === 'rs' ? findRsFunctions(code) : findTsFunctions(code);
    const over = found.filter(({ lines_count }) => lines_count > FUNCTION_LINES_MAX);
    return over.map(({ name, line, lines_count }) => `${file}:${line} ${name} has ${lines_count} lines`);
  });
  none(long);
});

test('no comment is code', () => {
  const looksLikeCode =
    /^\/\/\s*((const|let|var|import|export|return|throw|if|for|while|use|pub|fn)\b.*[;{]|[\w.]+\(.*\);|[\w.]+ = .*;|\}[;)]*)\s*$/;
  const found = [...tsFiles, ...rsFiles].flatMap((file) => {
    const { comments } = maskSource(readText(file), file.endsWith('.rs') ? 'rs' : 'ts');
    return comments.filter(({ text }) => looksLikeCode.test(text)).map(({ line, text }) => `${file}:${line} ${text}`);
  });
  none(found);
});

test('no file is empty', () => {
  none(files.filter((file) => statSync(resolve(ROOT, file)).size === 0 || isBlank(file)));
});

function isBlank(file: string): boolean {
  return /\.(ts|rs|py|md|json|ya?ml|toml|sh|cjs)$/.test(file) && readText(file).trim() === '';
}

test('no stale words: notes to oneself, names of others, paths of one machine', () => {
  const notes = /\b(TODO|FIXME|XXX|HACK|WIP)\b|lorem ipsum|[Hh]ello,? [Ww]orld/;
  const names = /\b(lightgbm-napi|statistics-ts|claude|anthropic|openai|chatgpt|copilot)\b/i;
  const paths = /(^|[\s'"`(=:])\/(work|root|home|Users|tmp)\/\w/;
  const isStale = (line: string) => notes.test(line) || names.test(line) || paths.test(line);
  const texts = files.filter((file) => /\.(ts|rs|py|md|json|ya?ml|toml|sh|cjs)$|(^|\/)(dev|run)$/.test(file));
  const found = texts
    .filter((file) => file !== 'tests/tidy.test.ts' && file !== 'package-lock.json')
    .flatMap((file) => {
      const lines = readText(file).split('\n');
      return lines.flatMap((line, index) => (isStale(line) ? [`${file}:${index + 1} ${line.trim()}`] : []));
    });
  none(found);
});

test("the README's first two commands exist", () => {
  const blocks = [...readText('README.md').matchAll(/^```\w*\n(.*?)^```/gms)].map((match) => match[1] ?? '');
  const lines = blocks.join('\n').split('\n');
  const commands = lines.flatMap((line) => /^\.\/dev\s+([a-z-]+)/.exec(line)?.[1] ?? []).slice(0, 2);
  assert.is(commands.length, 2, 'two commands that begin with ./dev');
  const known = [...readText('dev').matchAll(/^ {2}([a-z |]+)\)/gm)].flatMap((match) =>
    (match[1] ?? '').split(/\s*\|\s*/),
  );
  const cli = inFolder('pipelines/', '.ts').map(readText).join('\n');
  none(
    commands.filter(
      (name) => !known.includes(name) && !new RegExp(String.raw`command\(\s*['"\x60]${name}\b`).test(cli),
    ),
  );
});

test('links between the documents lead somewhere', () => {
  const documents = files.filter((file) => file.endsWith('.md'));
  const dead = documents.flatMap((file) => {
    const links = [...readText(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    return links
      .filter((link) => !existsSync(resolve(ROOT, posix.dirname(file), link)))
      .map((link) => `${file}: ${link}`);
  });
  none(dead);
});

test.run();
