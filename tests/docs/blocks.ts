import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../python.ts';

const KINDS = ['run', 'serves', 'slow', 'needs an account'] as const;

/** How the commands of a block are tried: marked in a comment on the line above the block. */
export type Mark = {
  /** `run`: by the test. `serves`: too, until it has said where. `slow`, `needs an account`: by people. */
  kind: (typeof KINDS)[number];
  /** Arguments that the test adds to the first command, so that it takes less time. */
  more: string | null;
  /** What the block shows must be what the commands print. */
  asShown: boolean;
};

/** A fenced block of commands; in a `console` block they begin with `$ `, and the rest is what they print. */
export type Block = {
  file: string;
  /** Of the opening fence, from 1. */
  line: number;
  language: string;
  mark: Mark | null;
  commands: string[];
  /** Lines below each command. */
  shown: string[][];
};

const COMMAND_LANGUAGES = ['console', 'bash', 'sh', 'shell'];
const PROMPT = '$ ';

/** Documents below docs/ with commands that a reader may type, by path. */
export function listDocuments(): string[] {
  return readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name))
    .sort();
}

/** The blocks of commands of a document, in its order. */
export function readBlocks(file: string): Block[] {
  const lines = readFileSync(path.join(ROOT, file), 'utf8').split('\n');
  const blocks: Block[] = [];
  let open: { start: number; language: string } | null = null;
  for (const [i, line] of lines.entries()) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (!fence) continue;
    if (open === null) {
      open = { start: i, language: fence[1] ?? '' };
      continue;
    }
    if (COMMAND_LANGUAGES.includes(open.language)) {
      const { commands, shown } = split(lines.slice(open.start + 1, i), open.language);
      const mark = parseMark(lines[open.start - 1] ?? '');
      blocks.push({ file, line: open.start + 1, language: open.language, mark, commands, shown });
    }
    open = null;
  }
  return blocks;
}

/** `<!-- run -->`, `<!-- run, as shown -->`, `<!-- run with: ARGS -->`, `<!-- serves -->`, `<!-- slow -->`, `<!-- needs an account -->`. */
function parseMark(line: string): Mark | null {
  const text = /^\s*<!-- (.*) -->\s*$/.exec(line)?.[1];
  if (text === undefined) return null;
  const withMore = /^run with: (.+)$/.exec(text);
  if (withMore) return { kind: 'run', more: withMore[1] ?? '', asShown: false };
  const [word, ...rest] = text.split(', ');
  const kind = KINDS.find((known) => known === word);
  if (kind === undefined) return null;
  if (rest.some((word) => word !== 'as shown')) return null;
  return { kind, more: null, asShown: rest.length > 0 };
}

function split(lines: string[], language: string): Pick<Block, 'commands' | 'shown'> {
  if (language !== 'console') return { commands: joinContinued(lines), shown: [] };
  const commands: string[] = [];
  const shown: string[][] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    if (line.startsWith(PROMPT)) {
      commands.push(line.slice(PROMPT.length));
      shown.push([]);
    } else if (last?.endsWith('\\')) commands[commands.length - 1] = `${last.slice(0, -1)}${line.trim()}`;
    else shown.at(-1)?.push(line);
  }
  return { commands, shown };
}

/** Comments are left out; a command that goes on after a backslash is one. */
function joinContinued(lines: string[]): string[] {
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '');
  return joined.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}
