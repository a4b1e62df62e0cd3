import type { CompileOptions, Definition, MachineOptions, Node, Step } from '@pilotlight/pipeline';
import { churnRoots } from '../../pipelines/churn/definition.ts';
import { segmentationRoots } from '../../pipelines/segmentation/definition.ts';

/** What a stack would give the compilers. */
export const OPTIONS = {
  roleArn: 'arn:aws:iam::123456789012:role/pilotlight-dev-sagemaker',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/pilotlight-dev-pipeline@sha256:0f',
  bucketUri: 's3://pilotlight-dev-data',
  kmsKeyId: 'arn:aws:kms:eu-west-1:123456789012:key/data',
  subnetIds: ['subnet-a', 'subnet-b'],
  securityGroupIds: ['sg-jobs'],
  codeVersion: '1f2e3d4',
  stack: 'dev',
  tags: { stack: 'dev', owner: 'data@example.com' },
} as const satisfies CompileOptions;

export const SEGMENTATION = {
  ...OPTIONS,
  roots: segmentationRoots,
} as const satisfies CompileOptions;

export const CHURN = {
  ...OPTIONS,
  roots: churnRoots,
  defaults: {
    RawUri: 's3://pilotlight-dev-data/raw',
    OutputUri: 's3://pilotlight-dev-data/scored',
    RegistryUri: 's3://pilotlight-dev-data/models/registry',
  },
  inputs: ['AsOf', 'Mode', 'Experiment', 'ModelVersion'],
  tableName: 'pilotlight-dev-manifest',
} as const satisfies MachineOptions;

const resources = { instanceTypeParameter: 'T', instanceCountParameter: 'N', volumeGb: 1, timeLimitMinutes: 2 };

/** A step that reads nothing, unless `more` says so. */
export function step(name: string, more: Partial<Step> = {}): Step {
  const bare = { name, kind: 'processing', description: name, inputs: {}, parameters: [], resources } as const;
  return { ...bare, outputs: { o: { path: name } }, ...more };
}

/** Inputs from the output `o` of each of the named steps. */
export const reads = (...names: string[]): Pick<Step, 'inputs'> => ({
  inputs: Object.fromEntries(names.map((name) => [name, { step: name, output: 'o' }])),
});

export function gate(name: string, then: readonly string[], otherwise: readonly string[] = []): Node {
  return { name, kind: 'condition', all: [{ left: { parameter: 'A' }, op: 'Equals', right: 'x' }], then, otherwise };
}

export function pipeline(...steps: Node[]): Definition {
  const text = { type: 'String', default: 'x', description: 'text' } as const;
  const count = { type: 'Integer', default: 1, description: 'a number' } as const;
  return { name: 'toy', description: 'a toy', parameters: { T: text, N: count, A: text }, steps };
}
