import { compileSageMaker, type SageMakerPipeline } from '@pilotlight/pipeline';
import { segmentation as definition } from '@pilotlight/pipelines/segmentation/definition.ts';
import { datasetFolder } from '../asl/weekly.ts';
import type { Context } from '../context.ts';
import { jobOptions, type KnownPlace } from './jobOptions.ts';

/**
 * What goes to people and to the customer value model stands under `scored/`, all else of a run under `models/`: its splits are the
 * baseline of later ones, so they outlive `tmp/`.
 */
const ROOTS = {
  '*': 'ArtifactUri',
  'InferenceReporting.clusters': 'OutputUri',
  'InferenceReporting.benchmark': 'OutputUri',
};

/** The weekly pipeline for SageMaker. All that does not differ from run to run is a default, so that a run by hand needs a date only. */
export function segmentationPipeline(context: Context, place: KnownPlace): SageMakerPipeline {
  const { names, settings } = context;
  const { driftThreshold, failOnDrift } = settings.segmentation;
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
      DriftThreshold: driftThreshold,
      FailOnDrift: String(failOnDrift),
    },
    roots: ROOTS,
  });
}
