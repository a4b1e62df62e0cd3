import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '@pilotlight/aws';
import type { Run } from './run.ts';
import type { RunJson } from './runJson.ts';

/** One file that a run was started for, as the state machine keeps it. */
export type ManifestItem = {
  file_key: string;
  run_id: string;
  status: string;
  started_at: string | null;
  completed_at: string | null;
  error: string | null;
};

/** More files than anyone pages through; a table never stops growing. */
const ITEMS_MAX = 10_000;

/** What the machine writes, in the words of a run. */
const STATES: Readonly<Record<string, string>> = { started: 'running', completed: 'succeeded', failed: 'failed' };

/** The items of the manifest table, at most 10,000 of them; those without a run or a status are left out. */
export async function readManifest(table: string): Promise<ManifestItem[]> {
  const client = new DynamoDBClient(clientOptions());
  const items: ManifestItem[] = [];
  let from: ScanCommandOutput['LastEvaluatedKey'];
  try {
    do {
      const page: ScanCommandOutput = await client.send(
        new ScanCommand({ TableName: table, ...(from ? { ExclusiveStartKey: from } : {}) }),
      );
      items.push(...(page.Items ?? []).flatMap(itemOf));
      from = page.LastEvaluatedKey;
    } while (from !== undefined && items.length < ITEMS_MAX);
    return items;
  } finally {
    client.destroy();
  }
}

type Attributes = NonNullable<ScanCommandOutput['Items']>[number];

function itemOf(attributes: Attributes): ManifestItem[] {
  const text = (name: string) => attributes[name]?.S ?? null;
  const [file_key, run_id, status] = [text('file_key'), text('run_id'), text('status')];
  if (file_key === null || run_id === null || status === null) return [];
  const [started_at, completed_at] = [text('started_at'), text('completed_at')];
  return [{ file_key, run_id, status, started_at, completed_at, error: text('error') }];
}

/**
 * The churn runs with what the manifest says of them: file, state, start, end, and the reason of a failure. A run that left nothing in
 * the bucket is a run without files.
 */
export function withManifest(runs: readonly Run[], items: readonly ManifestItem[]): Run[] {
  const known = new Map(items.map((item) => [item.run_id, item]));
  const told = runs.map((run) => {
    const item = run.model === 'churn' ? known.get(run.ref.run_id) : undefined;
    return item === undefined ? run : tell(run, item);
  });
  const there = new Set(runs.map(({ ref }) => ref.run_id));
  return [...told, ...items.filter(({ run_id }) => !there.has(run_id)).map((item) => tell(emptyRun(item), item))];
}

function tell(run: Run, item: ManifestItem): Run {
  const status = STATES[item.status] ?? item.status;
  const report: RunJson = {
    run_id: item.run_id,
    pipeline: 'churn',
    steps: [],
    ...run.report,
    status,
    started: item.started_at ?? run.report?.started,
    ended: item.completed_at ?? (status === 'running' ? null : run.report?.ended),
    message: item.error ?? run.report?.message,
    parameters: { ...run.report?.parameters, RawUri: item.file_key },
  };
  return {
    ...run,
    ref: { ...run.ref, status, started: report.started ?? null },
    report,
    version: `${run.version} ${JSON.stringify(item)}`,
  };
}

function emptyRun({ run_id }: ManifestItem): Run {
  return {
    model: 'churn',
    pipeline: 'churn',
    ref: { run_id, as_of: null, started: null, status: 'unknown' },
    place: '',
    report: null,
    files: [],
    version: run_id,
    async open(name) {
      throw new Error(`run ${run_id} left no ${name}`);
    },
  };
}
