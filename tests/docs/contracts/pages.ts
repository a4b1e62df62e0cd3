import path from 'node:path';
import { DriftReportSchema } from '@pilotlight/reporting';
import { loadChurnConfig } from '../../../pipelines/churn/config.ts';
import { PREFERENCES } from '../../../pipelines/churn/layerColumns.ts';
import { RegistrationSchema } from '../../../pipelines/churn/registration.ts';
import { ScoresSummarySchema } from '../../../pipelines/churn/scoringSummary.ts';
import { loadAppConfig } from '../../../pipelines/segmentation/config.ts';
import { dataContract, OUTPUT_COLUMNS } from '../../../pipelines/segmentation/outputContract.ts';
import { code, head, row, sourceTable } from './columnTable.ts';
import * as meanings from './meanings.ts';
import { type ParquetColumn, parquetTable, readColumns } from './parquetTable.ts';
import { schemaTable } from './schemaTable.ts';
import {
  DriftSummarySchema,
  EvaluationSchema,
  MonitoringSummarySchema,
  RecommendationSummarySchema,
} from './summarySchemas.ts';

/** Output folders of one finished run of each system. */
export type Runs = { segmentation: string; churn: string };

const WRITTEN = [
  'Written by `tests/docs/contracts.e2e.test.ts` from the schemas in the code (`UPDATE_DOCS=1` writes it anew); not to be edited.',
  '',
];

/** Every page by its name below docs/contracts/. */
export async function contractPages(runs: Runs): Promise<Record<string, string>> {
  const pages = {
    'segmentation-inputs.md': segmentationInputs(),
    'churn-inputs.md': churnInputs(),
    'segmentation-outputs.md': await segmentationOutputs(runs.segmentation),
    'churn-outputs.md': await churnOutputs(runs.churn),
    'summaries.md': summaries(),
    'downstream.md': downstream(),
  };
  return Object.fromEntries(Object.entries(pages).map(([name, lines]) => [name, `${lines.join('\n').trimEnd()}\n`]));
}

function segmentationInputs(): string[] {
  const { sources } = loadAppConfig({}).value.columns;
  const titles = { clie: 'Customers: CLIE', pola: 'Contracts: POLA', hfac: 'Invoices: HFAC' } as const;
  const names = ['clie', 'pola', 'hfac'] as const;
  return [
    '# What comes into the segmentation',
    '',
    ...WRITTEN,
    'Three tables as CSV (`.gz`, `.zip` too) or Parquet. A configuration maps your columns to these names: [adapt it to your data](../guides/adapt-to-your-data.md).',
    'What happens to a value that breaks a check: [segmentation.md](../segmentation.md#1-the-door-duckdb-raw-files-to-checked-contracts-and-invoices).',
    '',
    '## Columns with a meaning of their own',
    '',
    'Any other column that is declared becomes a feature under its own name.',
    '',
    ...head('table', 'column', 'needed', 'what it does'),
    ...names.flatMap((name) => {
      const { needed, known } = meanings.SEGMENTATION_KNOWN[name];
      return [
        ...needed.map((column) => row(name, code(column), 'yes', meanings.SEGMENTATION_INPUTS[column] ?? '')),
        ...Object.entries(known).map(([column, what]) => row(name, code(column), 'no', what)),
      ];
    }),
    '',
    'The tables below are those of the generated data, `pipelines/segmentation/config/generated.yaml`.',
    ...names.flatMap((name) => [
      '',
      `## ${titles[name]}`,
      '',
      ...sourceTable(sources[name], meanings.SEGMENTATION_INPUTS),
    ]),
  ];
}

function churnInputs(): string[] {
  const { columns, consumption } = loadChurnConfig({}).value;
  const sources = Object.entries(columns.sources).flatMap(([name, source]) =>
    source ? [[name, source] as const] : [],
  );
  const names: Record<string, string> = consumption?.columns ?? {};
  return [
    '# What comes into the churn system',
    '',
    ...WRITTEN,
    'Seven files, of which only the attributes must be there, and the labels to train; and contact preferences, where there are any. The files of one delivery stand in one folder. The columns are those of the generated data,',
    '`pipelines/churn/config/generated.yaml`; a configuration maps yours to these names, and names what it does not have.',
    ...sources.flatMap(([name, source]) => ['', `## ${name}`, '', ...sourceTable(source, meanings.CHURN_INPUTS)]),
    '',
    '## consumption_hourly',
    '',
    `Files, the first that is there: ${(consumption?.files ?? []).map(code).join(', ')}. Readings of any number, streamed.`,
    '',
    ...head('column', 'in the file', 'what it is'),
    ...Object.entries(meanings.CHURN_READINGS).map(([name, what]) => row(code(name), code(names[name] ?? ''), what)),
    '',
    '## contact_preferences (optional)',
    '',
    'Key: `customer_id`.',
    '',
    ...head('column', 'what it is'),
    ...PREFERENCES.map((name) => row(code(name), meanings.CHURN_PREFERENCES[name] ?? '')),
  ];
}

/** What the data contract beside the data says, checked against the data. */
async function segmentationOutputs(out: string): Promise<string[]> {
  const contract = dataContract() as {
    schema_version: number;
    key: string[];
    partitions: { name: string; type: string; meaning: string }[];
  };
  return [
    '# What the segmentation gives',
    '',
    ...WRITTEN,
    `## clusters (version ${contract.schema_version})`,
    '',
    `One row a contract. Parquet, in folders ${contract.partitions.map(({ name }) => code(`${name}=...`)).join(' / ')}; key ${contract.key.map(code).join(' + ')}. The same stands beside the data as \`data_contract.json\`.`,
    '',
    ...head('column', 'type', 'null', 'what it is'),
    ...contract.partitions.map(({ name, type, meaning }) => row(code(name), `${type} (folder)`, 'no', meaning)),
    ...OUTPUT_COLUMNS.map(({ name, type, nullable, meaning }) =>
      row(code(name), type, nullable ? 'yes' : 'no', meaning),
    ),
    '',
    '## BENCHMARK',
    '',
    'One row a cluster, `benchmark/benchmark.parquet` and `.csv`, by `model_type` and `cluster_code`.',
    '',
    ...parquetTable(withChanges(await readColumns(path.join(out, 'benchmark/benchmark.parquet'))), meanings.BENCHMARK),
  ];
}

/** The columns of a comparison, which a first run has not. */
const withChanges = (columns: ParquetColumn[]): ParquetColumn[] => [
  ...columns,
  { name: 'customers_change', type: 'int64' },
  { name: 'share_change', type: 'double' },
  { name: 'probability_mean_change', type: 'double' },
];

async function churnOutputs(out: string): Promise<string[]> {
  return [
    '# What the churn system gives',
    '',
    ...WRITTEN,
    'How each value is made: [churn-scoring.md](../churn-scoring.md).',
    '',
    '## scored/scores.parquet',
    '',
    'One row a customer, by `customer_id`; `scores.csv` is the same with lists joined by `;`.',
    '',
    ...parquetTable(await readColumns(path.join(out, 'scored/scores.parquet')), meanings.SCORES),
    '',
    '## recommendations/recommendations.parquet',
    '',
    'One row a scored customer, by `customer_id`; `recommendations.csv` likewise.',
    '',
    ...parquetTable(
      await readColumns(path.join(out, 'recommendations/recommendations.parquet')),
      meanings.RECOMMENDATIONS,
    ),
  ];
}

function summaries(): string[] {
  const parts = {
    'segmentation: drift/drift_summary.json': DriftSummarySchema,
    'both: drift_report.json': DriftReportSchema,
    'churn: evaluation/evaluation.json': EvaluationSchema,
    'churn: registration/registration.json': RegistrationSchema,
    'churn: scored/summary.json': ScoresSummarySchema,
    'churn: recommendations/summary.json': RecommendationSummarySchema,
    'churn: monitoring/drift_summary.json': MonitoringSummarySchema,
  };
  return [
    '# JSON summaries',
    '',
    ...WRITTEN,
    'There is no NaN and no infinity: a figure that does not exist is null. `[]` stands for an item of a list, `.*` for a key of a map.',
    ...Object.entries(parts).flatMap(([title, schema]) => [
      '',
      `## ${title}`,
      '',
      ...schemaTable(schema, title.includes('drift_report') ? meanings.DRIFT_REPORT : meanings.CHURN_SUMMARIES),
    ]),
  ];
}

const VALUE_MODEL = [
  'customer_id',
  'policy_id',
  'probability',
  'up_to_date',
  'risk_category',
  'cat_and',
  'cluster_code',
  'amount_mean',
];

function downstream(): string[] {
  const columns = OUTPUT_COLUMNS.filter(({ name }) => VALUE_MODEL.includes(name));
  return [
    '# What the customer value model reads',
    '',
    ...WRITTEN,
    'The customer value model, which is not in this repository, reads the [clusters](segmentation-outputs.md) of the newest run and joins them by customer. In the cloud they stand in the data bucket under',
    '`scored/segmentation/clusters/<run id>/execution_date=<date>/model_type=<type>/`; a run writes them once, whole, in its last step.',
    '',
    '| it may count on | |',
    '|---|---|',
    '| names, types and order of the columns | do not change within a `schema_version`; `data_contract.json` beside the data has it. A column may be added at the end with a new version |',
    '| one row a contract | `policy_id` is there once in a run, over both model types |',
    '| nulls | only where the contract says so; there is no NaN |',
    '| a failed run | leaves nothing: take the newest folder that is there |',
    '| the meaning of a cluster code | `D-R5-EM-T1` is the same cluster in every run; how many contracts are in it is not |',
    '',
    'It needs at least these:',
    '',
    ...head('column', 'type', 'null', 'what it is'),
    ...columns.map(({ name, type, nullable, meaning }) => row(code(name), type, nullable ? 'yes' : 'no', meaning)),
    '',
    'Contracts with `split` `train` were seen by training: their probability is sharper than it would be for new ones. For figures take `inference`.',
  ];
}
