import { type CompileOptions, type Definition, isStep } from '@pilotlight/pipeline';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns, Placement } from '../context.ts';

/** Where jobs run and by what right, as far as it is known only once it is made. */
export type JobPlace = {
  keys: KeyArns;
  placement: Placement;
  roles: { sagemaker: { arn: pulumi.Input<string> } };
  trackingUri: pulumi.Input<string>;
};

/** The same, known. */
export type KnownPlace = {
  dataKeyArn: string;
  subnetIds: string[];
  securityGroupId: string;
  roleArn: string;
  trackingUri: string;
};

export function knownPlace({ keys, placement, roles, trackingUri }: JobPlace): pulumi.Output<KnownPlace> {
  return pulumi.output({
    dataKeyArn: keys.data,
    subnetIds: placement.privateSubnetIds,
    securityGroupId: placement.jobSecurityGroupId,
    roleArn: roles.sagemaker.arn,
    trackingUri,
  });
}

/** What the compilers need to write jobs of either system, beside its own defaults and roots. */
export function jobOptions(
  { names, settings }: Context,
  system: 'segmentation' | 'churn',
  place: KnownPlace,
): CompileOptions {
  const { processingInstanceType, trainingInstanceType, volumeGb, timeLimitMinutes } = settings[system];
  const { pipeline: image } = settings.images;
  return {
    roleArn: place.roleArn,
    image,
    bucketUri: `s3://${names.buckets.data.name}`,
    kmsKeyId: place.dataKeyArn,
    subnetIds: place.subnetIds,
    securityGroupIds: [place.securityGroupId],
    codeVersion: codeVersion(image),
    stack: settings.stack,
    tags: { project: 'pilotlight', stack: settings.stack, owner: settings.owner, 'cost-centre': settings.costCentre },
    defaults: {
      ProcessingInstanceType: processingInstanceType,
      TrainingInstanceType: trainingInstanceType,
      MlflowTrackingUri: place.trackingUri,
    },
    resources: { volumeGb, timeLimitMinutes },
  };
}

/** Of an image by digest, what tells its code from all other. */
export const codeVersion = (image: string): string => image.split('@')[1]?.replace('sha256:', '').slice(0, 12) ?? image;

/** How long all steps may take together: what a run that takes longer is stopped by. */
export const secondsMax = ({ steps }: Definition, timeLimitMinutes: number): number =>
  steps.filter(isStep).length * timeLimitMinutes * 60;
