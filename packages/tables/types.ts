import type { Logger, Progress } from '@pilotlight/logging';

export type ColumnType = 'string' | 'category' | 'integer' | 'number' | 'boolean' | 'date';

/** What must hold of a column, and where its raw values are. */
export type ColumnSpec = {
  /** Raw column; default: the same name. Matched exactly, upper and lower case too. */
  from?: string | undefined;
  /** SQL expression over the raw columns, instead of `from`. */
  sql?: string | undefined;
  type: ColumnType;
  /** Default true. Key columns and `invoice_date` are never nullable. */
  nullable?: boolean | undefined;
  /** `integer` and `number` only, bounds included. */
  min?: number | undefined;
  max?: number | undefined;
  /** `category` only; normalised like the data. */
  values?: readonly string[] | undefined;
  /** `date` only, as strptime; default ISO 8601 (`2026-01-31`, a time after it is cut off). */
  dateFormat?: string | undefined;
  description?: string | undefined;
};

export type SourceSpec = {
  /**
   * Name -> file, folder or glob below the data folder. Suffixes: `.csv .tsv .txt`, each also `.gz` and `.zip`; `.zip
   * .json .parquet`.
   */
  files: Readonly<Record<string, string>>;
  /** SQL over the named files; needed where there are several. */
  query?: string | undefined;
  /** Default `,`, and tab for `.tsv`. */
  delimiter?: string | undefined;
  /** `utf-8` (default), `latin-1` or `utf-16`. */
  encoding?: string | undefined;
  key: readonly string[];
  columns: Readonly<Record<string, ColumnSpec>>;
};

export const SOURCE_NAMES = ['clie', 'pola', 'hfac'] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

export type SplitRule = { seed: number; train: number; test: number } | 'inference';

export type DoorOptions = {
  sources: Readonly<Record<SourceName, SourceSpec>>;
  dataFolders: Readonly<Record<SourceName, string>>;
  /** `YYYY-MM-DD`; later dates are in the future. */
  asOf: string;
  /** Model type -> its tarifas. */
  modelTypes: Readonly<Record<string, { readonly tarifas: readonly string[] }>>;
  split: SplitRule;
  /** CSV cells that mean null, compared as they stand. */
  nullValues: readonly string[];
  /** A check broken in a larger share of a source's rows stops the work. */
  breachShareMax: number;
  /** Default: one each half million invoices. */
  partitions?: number | undefined;
  /** How many of a contract's newest invoices are written. */
  invoicesLast: number;
  /** Folds of cross-validation; 0 or absent: no `fold` column. */
  cvFolds?: number | undefined;
  /** Replaced as a whole, or left as it was. */
  out: string;
  /** For spilled and unpacked data; what is made in it is removed. */
  workFolder: string;
  memoryLimitMb?: number | undefined;
  threads?: number | undefined;
  log: Logger;
  progress: Progress;
  signal: AbortSignal;
};

export type CheckName =
  | 'type'
  | 'range'
  | 'values'
  | 'null'
  | 'duplicate'
  | 'future'
  | 'reversed'
  | 'orphan'
  | 'model_type';

export type CheckOutcome = 'value_null' | 'row_dropped' | 'kept';

/** One check of one column (or key, its columns joined by `+`) and how often it was broken. */
export type CheckReport = {
  column: string;
  check: CheckName;
  outcome: CheckOutcome;
  count: number;
  /** Of the source's `rows_read`. */
  share: number;
  /**
   * The first breach: its raw value, and its row (1 = the first below the header, counted over all files in order;
   * null after a query).
   */
  example: { value: string; row: number | null } | null;
};

export type SourceReport = {
  /** Relative to the data folder, in the order read. */
  files: string[];
  rows_read: number;
  /** Rows that passed every check. */
  rows_kept: number;
  checks: CheckReport[];
};

export type SplitCount = {
  model_type: string;
  split: 'train' | 'test' | 'inference';
  target: string | null;
  contracts: number;
};

/** `quality.json`: what came through the door. The same inputs give the same report. */
export type DoorReport = {
  schema_version: 1;
  as_of: string;
  partitions: number;
  contracts: number;
  /** Written: the newest `invoicesLast` a contract. */
  invoices: number;
  sources: Record<SourceName, SourceReport>;
  splits: SplitCount[];
};
