import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns, Placement } from '../context.ts';
import { DeadLetters } from './deadLetters.ts';
import { logGroup } from './logGroup.ts';

export type FunctionName = keyof Context['names']['functions'];

export type ImageFunctionArgs = {
  context: Context;
  keys: KeyArns;
  placement: Placement;
  roleArn: pulumi.Input<string>;
  /** Which of the stack's functions: its physical name, and what the image runs. */
  which: FunctionName;
  description: string;
  memoryMb: number;
  timeoutSeconds: number;
  /** Scratch space; AWS gives 512 MB. */
  scratchMb?: number;
  /** Most calls at once, set aside for this function alone. */
  concurrency: number;
  environment: Record<string, pulumi.Input<string>>;
  /** What must stand before: the policies of the role, without which Lambda refuses a function in a VPC. */
  after?: pulumi.Resource[];
};

/**
 * A function from the stack's one image of functions: by digest, in the VPC, traced, with its log group and a queue for events that it
 * could not handle.
 */
export class ImageFunction extends pulumi.ComponentResource {
  readonly name: string;
  readonly arn: pulumi.Output<string>;
  readonly deadLetters: DeadLetters;

  constructor(name: string, args: ImageFunctionArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:compute:ImageFunction', name, {}, options);
    const child = childName(args.which);
    this.name = args.context.names.functions[args.which].name;
    this.deadLetters = new DeadLetters(`${child}-dead-letters`, { ...args, of: child }, { parent: this });
    const group = logGroup(`${child}-logs`, args.context.names.logGroups.function(this.name), args, this);
    const made = new aws.lambda.Function(child, functionArgs(args, this.name, this.deadLetters.arn, group.name), {
      parent: this,
      dependsOn: args.after ?? [],
    });
    this.arn = made.arn;
    this.registerOutputs({ name: this.name, arn: this.arn });
  }
}

/** `connectorWait` -> `connector-wait`: names of children are read by people. */
export const childName = (which: FunctionName): string =>
  which.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function functionArgs(
  args: ImageFunctionArgs,
  name: string,
  deadLettersArn: pulumi.Output<string>,
  logGroupName: pulumi.Output<string>,
): aws.lambda.FunctionArgs {
  const { context, keys, placement } = args;
  return {
    name,
    description: args.description,
    role: args.roleArn,
    packageType: 'Image',
    imageUri: context.settings.images.lambda,
    imageConfig: { commands: [`${args.which}.handler`] },
    architectures: ['x86_64'],
    memorySize: args.memoryMb,
    timeout: args.timeoutSeconds,
    ephemeralStorage: { size: args.scratchMb ?? 512 },
    reservedConcurrentExecutions: args.concurrency,
    environment: { variables: { PILOTLIGHT_STACK: context.settings.stack, ...args.environment } },
    kmsKeyArn: keys.data,
    vpcConfig: { subnetIds: placement.privateSubnetIds, securityGroupIds: [placement.jobSecurityGroupId] },
    deadLetterConfig: { targetArn: deadLettersArn },
    tracingConfig: { mode: 'Active' },
    loggingConfig: { logFormat: 'JSON', logGroup: logGroupName },
  };
}
