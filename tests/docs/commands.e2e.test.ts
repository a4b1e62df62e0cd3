import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove } from '../folders.ts';
import { ROOT, sharedData, skip } from '../python.ts';
import { type Block, listDocuments, readBlocks } from './blocks.ts';
import { findDifference } from './compareShown.ts';
import { makeWorkplace, typeCommand, type Workplace } from './workplace.ts';

/** Writes what the commands print into the documents, where a block shows it. */
const UPDATE = process.env.UPDATE_DOCS === '1';

/** Only these documents, where some are named. */
const ONLY = process.argv.slice(2);

/** Blocks that take minutes, too. */
const SLOW = process.env.DOCS_SLOW === '1';

const TRIED: readonly string[] = ['run', 'serves', ...(SLOW ? ['slow'] : [])];

/** A server is stopped as a person stops it, by Ctrl+C; it must end well. */
const SERVED_S = 15;

const documents = inReadingOrder(listDocuments()).map((file) => ({ file, blocks: readBlocks(file) }));
const workplace = makeWorkplace();
test.after(() => remove(workplace.top));

test('there are documents with commands', () => {
  assert.ok(documents.length > 15, `${documents.length} documents`);
  const count = documents.flatMap(({ blocks }) => blocks).filter(({ mark }) => mark?.kind === 'run').length;
  assert.ok(count >= 15, `${count} blocks that are run`);
});

test('every block of commands says how it is tried', () => {
  const unmarked = documents.flatMap(({ blocks }) => blocks.filter(({ mark }) => mark === null));
  assert.equal(unmarked.map(at), []);
});

test('a block that shows what is printed is a console block', () => {
  const shows = documents.flatMap(({ blocks }) => blocks.filter(({ mark }) => mark?.asShown));
  assert.equal(shows.filter(({ language }) => language !== 'console').map(at), []);
});

for (const { file, blocks } of documents) {
  const tried = blocks.filter(({ mark }) => TRIED.includes(mark?.kind ?? ''));
  if (tried.length === 0) continue;
  if (ONLY.length > 0 && !ONLY.includes(file)) continue;
  const missing = missingData(tried);
  if (missing === null) test(`${file} does what it says`, () => tryDocument(file, tried));
  else skip(`${file} does what it says`, `no ${missing}`);
}

/** As docs/README.md lists them: what one document makes the next ones may use. */
function inReadingOrder(files: string[]): string[] {
  const index = readFileSync(path.join(ROOT, 'docs/README.md'), 'utf8');
  const listed = [...index.matchAll(/\]\(([^)#]+\.md)/g)].map((match) => path.join('docs', match[1] ?? ''));
  const rank = (file: string) => (listed.includes(file) ? listed.indexOf(file) : listed.length);
  return files.toSorted((a, b) => rank(a) - rank(b));
}

function tryDocument(file: string, blocks: Block[]): void {
  const printed = blocks.map((block) => tryBlock(workplace, block));
  if (UPDATE) rewrite(file, blocks, printed);
}

function tryServer(place: Workplace, block: Block): string[] {
  return block.commands.map((command) => {
    const line = `timeout --preserve-status --signal=INT ${SERVED_S} ${command} --port 0`;
    const { status, stdout, stderr } = typeCommand(place, line);
    assert.is(status, 0, `${at(block)}: ${line}\n${stderr.slice(-2000)}`);
    assert.match(stdout, /http:\/\/127\.0\.0\.1:\d+/, `${at(block)}: ${line}`);
    return stdout;
  });
}

function tryBlock(place: Workplace, block: Block): string[] {
  if (block.mark?.kind === 'serves') return tryServer(place, block);
  const { more, asShown } = block.mark ?? { more: null, asShown: false };
  return block.commands.map((command, i) => {
    const line = i === 0 && more !== null ? `${command} ${more}` : command;
    const expected = /# exit (\d+)$/.exec(command)?.[1] ?? '0';
    const { status, stdout, stderr } = typeCommand(place, line);
    assert.is(String(status), expected, `${at(block)}: ${line}\n${stderr.slice(-2000)}`);
    const printed = expected === '0' ? stdout : `${stdout}${stderr.trimEnd().split('\n').at(-1)}`;
    const output = printed.replaceAll(`${place.folder}/`, '');
    const shown = block.shown[i] ?? [];
    if (!asShown || (UPDATE && !shown.includes('...'))) return output;
    const difference = findDifference(shown, output);
    assert.is(difference, null, `${at(block)}: ${command} printed\n${output}\nand not\n${difference}`);
    return output;
  });
}

function rewrite(file: string, blocks: Block[], printed: string[][]): void {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  for (const [i, block] of blocks.entries()) {
    if (!block.mark?.asShown || block.shown.flat().includes('...')) continue;
    const end = lines.indexOf('```', block.line);
    const body = block.commands.flatMap((command, j) => [`$ ${command}`, ...outputLines(printed[i]?.[j] ?? '')]);
    const before = end - block.line;
    lines.splice(block.line, before, ...body);
    for (const later of blocks.slice(i + 1)) later.line += body.length - before;
  }
  writeFileSync(path.join(ROOT, file), lines.join('\n'));
}

const outputLines = (text: string) =>
  text.trim() === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd());

function missingData(blocks: Block[]): string | null {
  const text = blocks.flatMap(({ commands }) => commands).join('\n');
  const names = [...text.matchAll(/\.\.\/shared\/data\/(\w+)/g)].map((match) => match[1] as string);
  const missing = names.find((name) => sharedData(name) === null);
  return missing === undefined ? null : `../shared/data/${missing}`;
}

test('docs/README.md leads to every document', () => {
  const index = readFileSync(path.join(ROOT, 'docs/README.md'), 'utf8');
  const unlisted = documents.filter(
    ({ file }) => file !== 'docs/README.md' && !index.includes(path.relative('docs', file)),
  );
  assert.equal(
    unlisted.map(({ file }) => file),
    [],
  );
});

test('what a document links to in the repository is there', () => {
  const dead = documents.flatMap(({ file }) =>
    [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)]
      .map((match) => path.join(path.dirname(file), match[1] ?? ''))
      .filter((picture) => !existsSync(path.join(ROOT, picture))),
  );
  assert.equal(dead, []);
});

const at = ({ file, line }: Block) => `${file}:${line}`;

test.run();
