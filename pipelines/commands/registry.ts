import { userInfo } from 'node:os';
import { InputError } from '@pilotlight/errors';
import { type HistoryEvent, openRegistry, type Registry, type Version } from '@pilotlight/registry';
import type { Command } from 'commander';
import { wholeNumber } from './options.ts';

type Options = { registry: string; group: string; json?: true };
type VersionOptions = Options & { modelVersion?: number };
type DecisionOptions = Options & { modelVersion: number; reason: string; by?: string; force?: true };

const reporting = () => import('@pilotlight/reporting');

/** What stands in a table for what is not known. */
const NONE = '-';

/** More metrics than these make the table wider than a terminal; `show` has them all. */
const METRICS_LISTED_MAX = 4;

export function addRegistryCommand(program: Command): void {
  const registry = program
    .command('registry')
    .description('Registered models: list, approve, reject, champion, history');
  const add = (name: string, description: string) =>
    registry
      .command(name)
      .description(description)
      .requiredOption('--registry <uri>', 'the registry: a folder as OUT/registry of a run, s3://..., or mlflow:...')
      .option('--group <name>', 'the model group', 'churn')
      .option('--json', 'print JSON');
  const addDecision = (name: string, description: string) =>
    add(name, description)
      .requiredOption('--model-version <n>', 'the version', wholeNumber(1))
      .requiredOption('--reason <text>', 'why; stands in the history')
      .option('--by <name>', 'who decided (default: the user of this process)');
  add('list', 'Print the versions of a group, oldest first').action(listCommand);
  add('show', 'Print what is known of a version: facts, files and what was done to it')
    .option('--model-version <n>', 'the version (default: the champion)', wholeNumber(1))
    .action(showCommand);
  addDecision('approve', 'Make a version the champion, which scores from then on; the one before it is superseded')
    .option('--force', 'even when the version was rejected')
    .action(approveCommand);
  addDecision('reject', 'Reject a version; to reject the champion, say what follows it')
    .option('--replacement <n>', 'the version that becomes the champion instead', wholeNumber(1))
    .option('--force', 'go back to the champion before it, or to none; with --replacement: even to a rejected version')
    .action(rejectCommand);
  add('champion', 'Check every file of the champion against its SHA-256 and print where it is').action(championCommand);
  add('history', 'Print what was done to a group, oldest first').action(historyCommand);
}

async function listCommand(options: Options): Promise<void> {
  const versions = await openRegistry(options.registry).list(options.group);
  if (options.json) return printJson(versions.map(versionJson));
  const metrics = [...new Set(versions.flatMap((one) => Object.keys(metricsOf(one))))].slice(0, METRICS_LISTED_MAX);
  const columns = [
    { header: 'version', align: 'right' as const },
    { header: 'status' },
    { header: 'registered' },
    { header: 'by' },
    ...metrics.map((header) => ({ header, align: 'right' as const })),
    { header: 'model' },
  ];
  const rows = versions.map((one) => [
    String(one.version),
    one.status,
    one.registeredAt,
    one.registeredBy ?? NONE,
    ...metrics.map((name) => metricsOf(one)[name]?.toFixed(4) ?? NONE),
    one.modelSha256.slice(0, 12),
  ]);
  print((await reporting()).textTable(columns, rows));
}

async function showCommand(options: VersionOptions): Promise<void> {
  const registry = openRegistry(options.registry);
  const number = options.modelVersion ?? (await requireChampion(registry, options)).version;
  const version = await registry.version(options.group, number);
  const events = touching(await registry.history(options.group), number);
  if (options.json) return printJson({ ...versionJson(version), history: events });
  const { textHeading, textList, textTable } = await reporting();
  const files = version.files.map(({ name, bytes, sha256 }) => [name, String(bytes), sha256]);
  const columns = [
    { header: 'file', width_max: 80 },
    { header: 'bytes', align: 'right' as const },
    { header: 'sha256', width_max: 64 },
  ];
  const parts = [
    textHeading(`${version.group} version ${version.version}: ${version.status}`, '='),
    textList([
      ['registered', version.registeredAt],
      ['by', version.registeredBy ?? NONE],
      ['model sha256', version.modelSha256],
      ['digest', version.digest],
    ]),
    `${textHeading('Facts')}\n${textList(flatten(version.facts))}`,
    `${textHeading('Files')}\n${textTable(columns, files)}`,
    `${textHeading('History')}\n${await historyTable(events)}`,
  ];
  print(parts.join('\n\n'));
}

async function approveCommand(options: DecisionOptions): Promise<void> {
  const registry = openRegistry(options.registry);
  const version = await registry.approve(decisionOf(options));
  if (options.json) return printJson(versionJson(version));
  print(`${version.group} version ${version.version} is the champion`);
}

async function rejectCommand(options: DecisionOptions & { replacement?: number }): Promise<void> {
  const registry = openRegistry(options.registry);
  const { replacement } = options;
  const version = await registry.reject({
    ...decisionOf(options),
    ...(replacement === undefined ? {} : { replacement }),
  });
  if (options.json) return printJson(versionJson(version));
  const champion = (await registry.list(options.group)).find(({ status }) => status === 'approved');
  const now = champion ? `the champion is version ${champion.version}` : 'there is no champion';
  print(`${version.group} version ${version.version} is rejected; ${now}`);
}

async function championCommand(options: Options): Promise<void> {
  const champion = await requireChampion(openRegistry(options.registry), options);
  // The folder of a service's files goes with this process.
  const { folder: _, location, ...version } = champion;
  if (options.json) return printJson({ ...versionJson(version), folder: location });
  const entries: [string, string][] = [
    ['champion', `${version.group} version ${version.version}`],
    ['folder', location],
    ['files', `${version.files.length}, each with its SHA-256`],
    ['model sha256', version.modelSha256],
  ];
  print((await reporting()).textList(entries));
}

async function historyCommand(options: Options): Promise<void> {
  const events = await openRegistry(options.registry).history(options.group);
  if (options.json) return printJson(events);
  print(await historyTable(events));
}

async function requireChampion(registry: Registry, { group, registry: folder }: Options) {
  const champion = await registry.champion(group);
  if (champion) return champion;
  // Of a group that does not exist, this says so.
  await registry.list(group);
  throw new InputError({
    code: 'no_champion',
    what: `the group ${group} has no champion`,
    where: folder,
    todo: 'approve a version: pilotlight registry approve',
  });
}

function decisionOf({ group, modelVersion: version, reason, by, force }: DecisionOptions) {
  return { group, version, reason, by: by ?? userName(), ...(force ? { force } : {}) };
}

/** A process in a container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    const what = 'the user of this process has no name';
    throw new InputError({ code: 'no_user', what, where: '--by', todo: 'say who decides: --by NAME', cause });
  }
}

/** The events that changed a version: its own, and those by which it became or ceased to be the champion. */
function touching(events: readonly HistoryEvent[], version: number): HistoryEvent[] {
  return events.filter((event, i) => {
    const before = events[i - 1]?.champion ?? null;
    return event.version === version || (event.champion === version) !== (before === version);
  });
}

/** The numbers of the fact `metrics`; none when there is no such fact. */
function metricsOf({ facts }: Version): Record<string, number> {
  const { metrics } = facts;
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) return {};
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

/** `metrics.pr_auc` and its value, a line a leaf; lists on one line. */
function flatten(value: Version['facts'], prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, one]): [string, string][] => {
    const name = `${prefix}${key}`;
    if (typeof one === 'object' && one !== null && !Array.isArray(one)) return flatten(one, `${name}.`);
    if (Array.isArray(one)) return [[name, one.map(plain).join(', ')]];
    return [[name, plain(one)]];
  });
}

const plain = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

async function historyTable(events: readonly HistoryEvent[]): Promise<string> {
  const columns = [
    { header: '#', align: 'right' as const },
    { header: 'time' },
    { header: 'action' },
    { header: 'version', align: 'right' as const },
    { header: 'status' },
    { header: 'champion', align: 'right' as const },
    { header: 'by' },
    { header: 'reason', width_max: 80 },
  ];
  const rows = events.map((event) => [
    String(event.sequence),
    event.time,
    event.force ? `${event.action} (force)` : event.action,
    String(event.version),
    event.status,
    event.champion === null ? NONE : String(event.champion),
    event.by ?? NONE,
    event.reason ?? NONE,
  ]);
  return (await reporting()).textTable(columns, rows);
}

function versionJson({ modelSha256, registeredBy, registeredAt, ...version }: Version) {
  return { ...version, model_sha256: modelSha256, registered_by: registeredBy, registered_at: registeredAt };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
