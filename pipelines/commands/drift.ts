import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EXIT } from '@pilotlight/errors';
import { createLogger, createProgress } from '@pilotlight/logging';
import type { DriftReport } from '@pilotlight/reporting';
import { type Command, Option } from 'commander';
import { pairTypes, splitsFolder } from '../segmentation/driftSides.ts';
import { checkModelType } from '../segmentation/stepInputs.ts';
import { checkDate } from '../stepInputs.ts';
import { collect, existing, positiveNumber, wholeNumber } from './options.ts';

type Options = {
  referencePath: string;
  currentPath: string;
  outputPath: string;
  executionDate: string;
  modelType: string;
  driftThreshold: number;
  ksPvalue: number;
  bins: number;
  maxCategories: number;
  zeroRule: 'replace' | 'floor' | 'add' | 'none';
  zeroValue?: number;
  columns?: string[];
  exclude?: string[];
  failOnDrift?: true;
  failOnUnmeasurable?: true;
  json?: true;
};

/** What the kinds of zero rule use when no value is given. */
const ZERO_VALUES = { replace: 1e-4, floor: 0.01, add: 1e-5, none: undefined } as const;

export function addDriftCommand(program: Command): void {
  program
    .command('drift')
    .description('Drift between two Parquet data sets: PSI, Kolmogorov-Smirnov, chi-squared for every column')
    .requiredOption('--reference-path <path>', 'Parquet file or folder, or a reference profile (.json)')
    .requiredOption('--current-path <path>', 'Parquet file or folder')
    .requiredOption('--output-path <dir>', 'where the report goes')
    .requiredOption('--execution-date <date>', 'YYYY-MM-DD, stands in the report')
    .addOption(
      new Option('--model-type <type>', 'for folders with Domestic/ and Industrial/ in them')
        .choices(['both', 'Domestic', 'Industrial'])
        .default('both'),
    )
    .option('--drift-threshold <psi>', 'PSI above which drift is HIGH', positiveNumber, 0.25)
    .option('--ks-pvalue <p>', 'p below which a test counts', positiveNumber, 0.05)
    .option('--bins <n>', 'bins of a numeric column', wholeNumber(2), 10)
    .option('--max-categories <n>', 'categories before the rarest are pooled', wholeNumber(2), 1000)
    .addOption(
      new Option('--zero-rule <rule>', 'what an empty bin counts as')
        .choices(['replace', 'floor', 'add', 'none'])
        .default('replace'),
    )
    .option('--zero-value <share>', 'its value (default 1e-4, 0.01, 1e-5)', positiveNumber)
    .option('--columns <name...>', 'only these columns', collectMany)
    .option('--exclude <name...>', 'all but these', collectMany)
    .option('--fail-on-drift', 'exit 3 when the overall flag is up')
    .option('--fail-on-unmeasurable', 'exit 4 when a column cannot be measured')
    .option('--json', 'print the summary as JSON')
    .action(driftCommand);
}

const collectMany = (value: string, previous: string[] = []) => collect(value, previous);

async function driftCommand(options: Options): Promise<void> {
  const { reportDrift } = await import('../segmentation/driftReport.ts');
  const log = createLogger({ step: 'drift', execution_date: options.executionDate });
  const progress = createProgress(log, 'drift');
  const work = mkdtempSync(path.join(tmpdir(), 'pilotlight-drift-'));
  let report: DriftReport | undefined;
  try {
    const request = {
      sides: sidesOf(options),
      config: driftConfig(options),
      ...(options.columns ? { columns: options.columns } : {}),
      exclude: options.exclude ?? [],
      driftThreshold: options.driftThreshold,
      executionDate: checkDate(options.executionDate, '--execution-date'),
      predictions: undefined,
      work,
      log,
      progress,
      signal: new AbortController().signal,
    };
    mkdirSync(options.outputPath, { recursive: true });
    report = await reportDrift({ ...request, out: options.outputPath });
  } finally {
    progress.end();
    rmSync(work, { recursive: true, force: true });
  }
  if (report) await finish(options, report);
}

function sidesOf(options: Options) {
  const reference = splitsFolder(existing(options.referencePath, '--reference-path'));
  const current = splitsFolder(existing(options.currentPath, '--current-path'));
  return pairTypes(reference, current, options.modelType === 'both' ? undefined : checkModelType(options.modelType));
}

function driftConfig(options: Options) {
  const value = options.zeroValue ?? ZERO_VALUES[options.zeroRule];
  return {
    bins: options.bins,
    max_categories: options.maxCategories,
    p_value_max: options.ksPvalue,
    drifted_share_max: 0.1,
    zero_rule: value === undefined ? { kind: options.zeroRule } : { kind: options.zeroRule, value },
    features_exclude: [],
    cohorts: null,
  };
}

async function finish(options: Options, report: DriftReport): Promise<void> {
  const { renderDriftText, summarizeDrift } = await import('@pilotlight/reporting');
  const summary = summarizeDrift(report);
  const text = options.json
    ? JSON.stringify(summary)
    : `${Object.values(renderDriftText(report)).join('\n')}\nReport: ${path.join(options.outputPath, 'drift_report.html')}`;
  process.stdout.write(`${text}\n`);
  if (options.failOnDrift && summary.overall_drift) process.exitCode = EXIT.drift;
  else if (options.failOnUnmeasurable && summary.features_not_measurable > 0) process.exitCode = EXIT.unmeasurable;
}
