import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '@pilotlight/errors';
import type { Model } from '../../api.ts';
import { byNewest, MODEL_OF, type Results, type Run } from './run.ts';
import { RunJson } from './runJson.ts';

/** Folders of a run that questions read; raw data, logs and locks are none of them. */
const LAYERS = [
  ...['bronze', 'silver', 'gold', 'models', 'evaluation', 'registration', 'registry', 'scored', 'recommendations'],
  ...['monitoring', 'splits', 'drift', 'clusters', 'benchmark', 'report'],
];
/** How long a listing counts as current. */
const FRESH_MS = 2000;

type Snapshot = { at: number; runs: Run[]; version: string; faults: string[] };

/**
 * Runs in local folders: each is a run (it has a `run.json`), or has runs in it.
 *
 * @throws InputError where a folder is missing, or neither is nor has a run
 */
export function openLocalResults(folders: readonly string[]): Results {
  const roots = folders.map(checkFolder);
  let snapshot: Snapshot | undefined;
  const look = (): Snapshot => {
    if (snapshot === undefined || Date.now() - snapshot.at > FRESH_MS) snapshot = readAll(roots);
    return snapshot;
  };
  return {
    source: {
      en: `Local run folders: ${folders.join(', ')}. One folder keeps its last run only.`,
      es: `Carpetas locales: ${folders.join(', ')}. Cada carpeta guarda solo su última ejecución.`,
    },
    folders: roots,
    runs: async (model: Model) => look().runs.filter((run) => run.model === model),
    version: async () => look().version,
    faults: async () => look().faults,
  };
}

function checkFolder(folder: string): string {
  const refuse = (code: string, what: string, todo: string) =>
    new InputError({ code, what, where: folder, todo: `${todo} (--out)` });
  const kind = statSync(folder, { throwIfNoEntry: false });
  if (!kind) throw refuse('folder_missing', 'no such folder', 'name the output folder of a run');
  if (!kind.isDirectory()) throw refuse('not_a_folder', 'this is no folder', 'name the output folder of a run');
  const root = realpathSync(folder);
  if (runFolders(root).length === 0) {
    throw refuse('not_a_run', 'no run.json here, nor in a folder below', 'name the output folder of a run');
  }
  return root;
}

function runFolders(root: string): string[] {
  const isRun = (folder: string) => statSync(path.join(folder, 'run.json'), { throwIfNoEntry: false })?.isFile();
  if (isRun(root)) return [root];
  const below = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below
    .map(({ name }) => path.join(root, name))
    .filter(isRun)
    .sort();
}

function readAll(roots: readonly string[]): Snapshot {
  const faults: string[] = [];
  const runs = roots.flatMap((root) => {
    try {
      return runFolders(root).flatMap((folder) => readRun(folder, faults));
    } catch (error) {
      faults.push(`${root}: ${(error as Error).message}`);
      return [];
    }
  });
  const version = hash([...runs.map((run) => `${run.place} ${run.version}`), ...faults]);
  return { at: Date.now(), runs: runs.sort(byNewest), version, faults };
}

function readRun(folder: string, faults: string[]): Run[] {
  const file = path.join(folder, 'run.json');
  let report: RunJson;
  try {
    report = RunJson.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    faults.push(`${file} is no report of a run: ${firstLine(error)}`);
    return [];
  }
  const model = MODEL_OF[report.pipeline];
  if (model === undefined) {
    faults.push(`${file} is of the pipeline ${JSON.stringify(report.pipeline)}, which has no pages`);
    return [];
  }
  const found = LAYERS.flatMap((layer) => list(folder, layer));
  const { mtimeMs, size } = statSync(file);
  return [
    {
      model,
      pipeline: report.pipeline,
      ref: {
        run_id: report.run_id,
        as_of: report.execution_date ?? null,
        started: report.started ?? null,
        status: report.status,
      },
      place: folder,
      report,
      files: found.map(({ name }) => name),
      version: hash([`${mtimeMs} ${size}`, ...found.map(({ name, state }) => `${name} ${state}`)]),
      open: async (name) => path.join(folder, name),
    },
  ];
}

function list(folder: string, layer: string): { name: string; state: string }[] {
  const top = path.join(folder, layer);
  if (!statSync(top, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .flatMap((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const facts = statSync(file, { throwIfNoEntry: false });
      const name = path.relative(folder, file).split(path.sep).join('/');
      return facts ? [{ name, state: `${facts.mtimeMs} ${facts.size}` }] : [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const hash = (lines: readonly string[]) => createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 24);
const firstLine = (error: unknown) => ((error as Error).message.split('\n')[0] ?? '').slice(0, 200);
