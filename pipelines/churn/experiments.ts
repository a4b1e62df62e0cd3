import { inputError } from '../stepInputs.ts';
import type { ChurnConfig } from './config.ts';
import { absentFeatures, FEATURES, type FeatureKind } from './featureCatalogue.ts';
import type { GoldFeatures } from './goldTable.ts';

export type ExperimentFeatures = {
  /** What the experiment's tiers name, those declared absent left out. */
  requested: string[];
  features: { name: string; kind: FeatureKind }[];
  /** Named by the tiers and declared absent. */
  absent: string[];
};

/**
 * Checks every feature name of a configuration against what the code makes from its sources: a misspelt name that is skipped
 * trains a worse model without a word.
 *
 * @throws InputError `features_unknown`, `features_absent`, `experiment_invalid`; each lists all
 */
export function checkFeatures(config: ChurnConfig): void {
  const { tiers, experiments, champion, beside, absent, fills } = config.features;
  const extra = Object.keys(config.columns.sources.customer_attributes.columns).filter(
    (name) => name !== 'customer_id',
  );
  const isMade = (name: string) => name in FEATURES || extra.includes(name);
  const named = [...Object.values(tiers).flat(), ...absent.features, ...Object.keys(fills)];
  const unknown = [...new Set(named.filter((name) => !isMade(name)))];
  if (unknown.length > 0) {
    throw refuse('features_unknown', `no such features: ${unknown.join(', ')}`, 'features', 'correct the names');
  }
  const tierNames = [...Object.values(experiments).flat(), ...absent.tiers];
  const noTier = [...new Set(tierNames.filter((tier) => !(tier in tiers)))];
  if (noTier.length > 0) {
    throw refuse(
      'experiment_invalid',
      `no such tiers: ${noTier.join(', ')}`,
      'features.experiments',
      'name them in tiers',
    );
  }
  const noExperiment = [champion, ...beside].filter((name) => !(name in experiments));
  if (noExperiment.length > 0) {
    const what = `no such experiments: ${noExperiment.join(', ')}`;
    throw refuse('experiment_invalid', what, 'features.champion, features.beside', 'name them in experiments');
  }
  const declared = declaredAbsent(config);
  const silent = absentFeatures(config).filter(
    (name) => !declared.has(name) && Object.values(tiers).flat().includes(name),
  );
  if (silent.length > 0) {
    const what = `their source or column is absent: ${silent.join(', ')}`;
    throw refuse('features_absent', what, 'columns.sources', 'add it, or name them under features.absent');
  }
}

/**
 * The features of an experiment in a gold table.
 *
 * @throws InputError `experiment_unknown`, `features_missing` (requested, not declared absent and not made: lists all)
 */
export function featuresOf(experiment: string, config: ChurnConfig, gold: GoldFeatures): ExperimentFeatures {
  const tiers = config.features.experiments[experiment];
  if (!tiers) {
    const todo = `use one of ${Object.keys(config.features.experiments).join(', ')}`;
    throw refuse('experiment_unknown', `no experiment "${experiment}"`, '--param Experiment', todo);
  }
  const named = tiers.flatMap((tier) => config.features.tiers[tier] ?? []);
  const declared = declaredAbsent(config);
  const requested = named.filter((name) => !declared.has(name));
  const made = new Map(gold.features.map(({ name, kind }) => [name, kind]));
  const missing = requested.filter((name) => !made.has(name));
  if (missing.length > 0) {
    const what = `${experiment} asks for features that were not made: ${missing.join(', ')}`;
    throw refuse('features_missing', what, 'features.json', 'run Gold again, or declare them under features.absent');
  }
  const features = requested.map((name) => ({ name, kind: made.get(name) as FeatureKind }));
  return { requested, features, absent: named.filter((name) => declared.has(name)) };
}

/** Features that the configuration says it does without. */
export function declaredAbsent({ features }: ChurnConfig): Set<string> {
  const { tiers, features: names } = features.absent;
  return new Set([...tiers.flatMap((tier) => features.tiers[tier] ?? []), ...names]);
}

const refuse = inputError;
