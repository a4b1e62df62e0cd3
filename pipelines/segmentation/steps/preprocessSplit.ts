import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { writeJson } from '@pilotlight/artifacts';
import type { StepContext, StepFunction } from '@pilotlight/pipeline';
import { openDoor } from '@pilotlight/tables';
import pl, { type DataFrame } from 'nodejs-polars';
import { inputError, requiredInput, requiredOutput } from '../../stepInputs.ts';
import { ColumnFacts } from '../columnFacts.ts';
import type { AppConfig, ModelType } from '../config.ts';
import { benchmarkColumns, contractFeatures, featureKinds } from '../contractFeatures.ts';
import { CONTRACT_COLUMNS, type Feature, type FeatureSet, SPLITS } from '../featureSet.ts';
import { openModels } from '../modelArchive.ts';
import { configuredTypes, executionDate, stepConfig } from '../stepInputs.ts';

/**
 * Raw files to feature columns: checks, joins, turns the newest invoices into columns, splits.
 *
 * Inputs `clie`, `pola`, `hfac` (folders), `config`, and in mode `score` `models`. Output `splits`:
 * `<type>/<split>/<partition>.parquet`, `features.json`, `quality.json`; output `cohorts`:
 * `<type>/{reference,current}/<partition>.parquet` where `drift.cohorts` is configured. Works partition by partition, so that
 * memory does not grow with the number of contracts.
 */
export const preprocessSplit: StepFunction = async (context) => {
  const config = stepConfig(context);
  const splits = requiredOutput(context, 'splits');
  const cohorts = requiredOutput(context, 'cohorts');
  const work = path.join(splits, '.work');
  const mode = context.parameters.Mode === 'score' ? 'score' : 'train';
  mkdirSync(work, { recursive: true });
  const wanted = mode === 'score' ? await modelFeatures(context, config) : undefined;

  const report = await throughTheDoor(context, config, { work, mode });
  const facts = await makeFeatures(context, config, { work, mode });
  const featureSet = describeFeatures(config, { asOf: executionDate(context), mode, facts, wanted });
  await finalize({ featureSet, work, splits, cohorts, config });

  await writeJson(path.join(splits, 'features.json'), featureSet);
  await writeJson(path.join(splits, 'quality.json'), report);
  await writeJson(path.join(cohorts, 'cohorts.json'), {
    schema_version: 1,
    cohorts: mode === 'train' ? config.drift.cohorts : null,
  });
  rmSync(work, { recursive: true, force: true });
};

type Mode = FeatureSet['mode'];
type Work = { work: string; mode: Mode };

async function throughTheDoor(context: StepContext, config: AppConfig, { work, mode }: Work) {
  const { columns, modeling } = config;
  return openDoor({
    sources: mode === 'score' ? withoutTarget(columns.sources) : columns.sources,
    dataFolders: {
      clie: requiredInput(context, 'clie'),
      pola: requiredInput(context, 'pola'),
      hfac: requiredInput(context, 'hfac'),
    },
    asOf: executionDate(context),
    modelTypes: modeling.model_types,
    split: mode === 'score' ? 'inference' : { seed: modeling.seed, ...modeling.split },
    cvFolds: mode === 'score' ? 0 : modeling.cross_validation_folds,
    nullValues: columns.null_values,
    breachShareMax: columns.breach_share_max,
    invoicesLast: Math.max(modeling.invoices.last, config.clustering.incorrientes.last_invoices),
    out: path.join(work, 'door'),
    workFolder: path.join(work, 'duckdb'),
    log: context.log,
    progress: context.progress,
    signal: context.signal,
  });
}

/** New rows have no labels; one that is there is not looked at. */
function withoutTarget(sources: AppConfig['columns']['sources']): AppConfig['columns']['sources'] {
  const { target: _, ...columns } = sources.pola.columns;
  return { ...sources, pola: { ...sources.pola, columns } };
}

/** Every partition's features, by model type and split, still with all columns. */
async function makeFeatures(context: StepContext, config: AppConfig, { work, mode }: Work) {
  const facts = new Map<ModelType, ColumnFacts>(configuredTypes(config).map((type) => [type, new ColumnFacts()]));
  const featuresOf = contractFeatures(executionDate(context), config);
  const door = path.join(work, 'door');
  const partitions = readdirSync(path.join(door, 'contracts'))
    .filter((name) => name.endsWith('.parquet'))
    .sort();
  for (const [i, partition] of partitions.entries()) {
    context.signal.throwIfAborted();
    const frame = await featuresOf({
      contracts: path.join(door, 'contracts', partition),
      invoices: path.join(door, 'invoices', partition),
    });
    for (const [type, columnFacts] of facts) {
      const ofType = frame.filter(pl.col('model_type').eq(pl.lit(type)));
      for (const split of SPLITS) {
        const rows = ofType.filter(pl.col('split').eq(pl.lit(split)));
        columnFacts.countRows(split, rows.height);
        if (split === (mode === 'train' ? 'train' : 'inference')) columnFacts.add(rows, featureKinds(frame, config));
        if (rows.height > 0) writePart(rows, path.join(work, 'wide', type, split), partition);
      }
    }
    context.progress.update(i + 1, partitions.length, 'features');
  }
  return facts;
}

function writePart(rows: DataFrame, folder: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  rows.writeParquet(path.join(folder, name), { compression: 'zstd' });
}

type Described = {
  asOf: string;
  mode: Mode;
  facts: Map<ModelType, ColumnFacts>;
  wanted: Map<ModelType, Feature[]> | undefined;
};

function describeFeatures(config: AppConfig, { asOf, mode, facts, wanted }: Described): FeatureSet {
  const types: FeatureSet['model_types'] = {};
  for (const [type, columnFacts] of facts) {
    if (mode === 'train') {
      types[type] = { ...columnFacts.usable(), rows: columnFacts.rows };
    } else {
      const features = wanted?.get(type) ?? [];
      types[type] = { features: checkMade(type, features, columnFacts), dropped: [], rows: columnFacts.rows };
    }
  }
  return {
    schema_version: 1,
    execution_date: asOf,
    mode,
    target: config.modeling.target_description,
    fills: config.modeling.fills,
    model_types: types,
  };
}

/** A model's feature that the data cannot give is an error, never a silent null. */
function checkMade(type: ModelType, features: Feature[], facts: ColumnFacts): Feature[] {
  if (facts.rowsCount === 0) return features;
  const absent = features.filter((feature) => !facts.has(feature.name)).map((feature) => feature.name);
  if (absent.length > 0) {
    throw inputError(
      'features_absent',
      `the ${type} model wants features that this data does not give`,
      absent.join(', '),
      'score with the configuration that the model was trained with',
    );
  }
  return features;
}

async function modelFeatures(context: StepContext, config: AppConfig): Promise<Map<ModelType, Feature[]>> {
  const models = await openModels(requiredInput(context, 'models'), configuredTypes(config));
  try {
    return new Map([...models.archives].map(([type, archive]) => [type, archive.metadata.features]));
  } finally {
    models.close();
  }
}

type Finalize = { featureSet: FeatureSet; work: string; splits: string; cohorts: string; config: AppConfig };

/** The same rows with only the columns that stay. */
async function finalize({ featureSet, work, splits, cohorts, config }: Finalize): Promise<void> {
  for (const [type, { features, rows }] of Object.entries(featureSet.model_types)) {
    for (const split of SPLITS) {
      if (!rows[split]) continue;
      const wide = path.join(work, 'wide', type, split);
      for (const part of readdirSync(wide).sort()) {
        const frame = keepColumns(pl.readParquet(path.join(wide, part)), features, config);
        writePart(frame, path.join(splits, type, split), part);
        if (featureSet.mode === 'train') writeCohorts(frame, { cohorts, type, part: `${split}-${part}`, config });
        // A frame's memory is let go by the event loop; without a turn of it, all partitions would be held.
        await setImmediate();
      }
    }
  }
}

function keepColumns(frame: DataFrame, features: Feature[], config: AppConfig): DataFrame {
  const names = features.map((feature) => feature.name);
  const carried = [...CONTRACT_COLUMNS, ...benchmarkColumns(config)].filter((name) => frame.columns.includes(name));
  return frame.select(...new Set([...carried, ...names]));
}

function writeCohorts(frame: DataFrame, to: { cohorts: string; type: string; part: string; config: AppConfig }): void {
  const rule = to.config.drift.cohorts;
  if (!rule) return;
  if (!frame.columns.includes(rule.column)) {
    throw inputError(
      'cohort_column',
      `no column "${rule.column}"`,
      'drift.cohorts.column',
      'name a date column that is kept: start_date',
    );
  }
  const before = pl.col(rule.column).lt(pl.lit(new Date(rule.before)).cast(pl.Date));
  const sides: [string, DataFrame][] = [
    ['reference', frame.filter(before)],
    ['current', frame.filter(before.not())],
  ];
  for (const [side, rows] of sides) {
    if (rows.height > 0) writePart(rows, path.join(to.cohorts, to.type, side), to.part);
  }
}
