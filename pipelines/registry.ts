import { InputError } from '@pilotlight/errors';
import type { Definition, StepContext, StepFunction } from '@pilotlight/pipeline';
import { churn } from './churn/definition.ts';
import { segmentation, segmentationScore } from './segmentation/definition.ts';

type Registered = { definition: Definition; steps: Record<string, () => Promise<StepFunction>> };

// A step's code is loaded only when it runs, so that `--help` needs neither the addon nor polars.
const segmentationSteps: Registered['steps'] = {
  PreprocessSplit: async () => (await import('./segmentation/steps/preprocessSplit.ts')).preprocessSplit,
  DriftCheck: async () => (await import('./segmentation/steps/driftCheck.ts')).driftCheck,
  TrainDomestic: async () => (await import('./segmentation/steps/train.ts')).train,
  TrainIndustrial: async () => (await import('./segmentation/steps/train.ts')).train,
  InferenceReporting: async () => (await import('./segmentation/steps/inferenceReporting.ts')).inferenceReporting,
};

const churnSteps: Registered['steps'] = {
  Bronze: async () => (await import('./churn/steps/bronze.ts')).bronze,
  Silver: async () => (await import('./churn/steps/silver.ts')).silver,
  Gold: async () => (await import('./churn/steps/gold.ts')).gold,
  Train: async () => (await import('./churn/steps/train.ts')).train,
  Evaluate: async () => (await import('./churn/steps/evaluate.ts')).evaluate,
  Register: async () => (await import('./churn/steps/register.ts')).register,
  Score: async () => (await import('./churn/steps/score.ts')).score,
  Recommend: async () => (await import('./churn/steps/recommend.ts')).recommend,
  DriftCheck: async () => (await import('./churn/steps/driftCheck.ts')).driftCheck,
};

const PIPELINES: Record<string, Registered> = {
  segmentation: { definition: segmentation, steps: segmentationSteps },
  churn: { definition: churn, steps: churnSteps },
  'segmentation-score': { definition: segmentationScore, steps: segmentationSteps },
};

export const PIPELINE_NAMES = Object.keys(PIPELINES);

export function findPipeline(name: string): Registered {
  const found = PIPELINES[name];
  if (found) return found;
  const todo = `use one of ${PIPELINE_NAMES.join(', ')}`;
  throw new InputError({ code: 'pipeline_unknown', what: `no pipeline "${name}"`, where: 'first argument', todo });
}

/** The function of a step; the pipeline's definition has already said whether there is one of that name. */
export function findStepFunction(pipeline: string, name: string): StepFunction {
  return async (context: StepContext) => {
    const load = findPipeline(pipeline).steps[name];
    if (!load) throw new Error(`step ${name} of ${pipeline} has no function`);
    const run = await load();
    await run(context);
  };
}
