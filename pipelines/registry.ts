import { InputError } from '@pilotlight/errors';
import type { Definition, StepContext, StepFunction } from '@pilotlight/pipeline';
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

const PIPELINES: Record<string, Registered> = {
  segmentation: { definition: segmentation, steps: segmentationSteps },
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
