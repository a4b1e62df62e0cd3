import { compileSageMaker, type SageMakerPipeline } from '@pilotlight/pipeline';
import { segmentation as definition, segmentationRoots } from '@pilotlight/pipelines/segmentation/definition.ts';
import { datasetFolder } from '../asl/weekly.ts';
import type { Context } from '../context.ts';
import { jobOptions, type KnownPlace } from './jobOptions.ts';

/**
 * The weekly pipeline for SageMaker. All that does not differ from run to run is a default, so that a run by hand needs a date only.
 * What is for people stands under `scored/`, all else of a run under `models/`: it outlives `tmp/`.
 */
export function segmentationPipeline(context: Context, place: KnownPlace): SageMakerPipeline {
  const { names, settings } = context;
  const { baselineFeaturesUri, baselineModelsUri, driftThreshold, failOnDrift } = settings.segmentation;
  const { segmentationDomestic, segmentationIndustrial } = names.modelGroups;
  const options = jobOptions(context, 'segmentation', place);
  const fetched = settings.ingest !== undefined;
  const inputs: Record<string, string> = fetched
    ? {}
    : {
        ClieInputUri: `${options.bucketUri}/${datasetFolder('clie')}`,
        PolaInputUri: `${options.bucketUri}/${datasetFolder('pola')}`,
        HfacInputUri: `${options.bucketUri}/${datasetFolder('hfac')}`,
      };
  return compileSageMaker(definition, {
    ...options,
    defaults: {
      ...options.defaults,
      ...inputs,
      OutputUri: `${options.bucketUri}/scored/segmentation`,
      ArtifactUri: `${options.bucketUri}/models/segmentation`,
      ModelPackageGroups: `${segmentationDomestic.name},${segmentationIndustrial.name}`,
      ...(baselineFeaturesUri === undefined ? {} : { BaselineFeaturesUri: baselineFeaturesUri }),
      ...(baselineModelsUri === undefined ? {} : { BaselineModelsUri: baselineModelsUri }),
      DriftThreshold: driftThreshold,
      FailOnDrift: String(failOnDrift),
    },
    roots: segmentationRoots,
  });
}
