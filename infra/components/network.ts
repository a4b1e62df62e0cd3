import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns, Placement } from '../context.ts';
import type { Settings } from '../settings.ts';
import { GATEWAY_SERVICES, gatewayServiceName, interfaceEndpoints } from './endpointPlan.ts';
import { Endpoints } from './endpoints.ts';
import { FlowLogs } from './flowLogs.ts';
import { Vpc } from './vpc.ts';

export type NetworkArgs = {
  context: Context;
  keys: KeyArns;
  /** Ceiling of the role that writes flow logs: deployments may make roles only under it. */
  boundaryArn: pulumi.Input<string>;
};

type Create = Extract<Settings['network'], { create: unknown }>['create'];
type Existing = Extract<Settings['network'], { existing: unknown }>['existing'];

/** Where a rule of a security group leads. */
type Target = { cidrIpv4: pulumi.Input<string> } | { prefixListId: pulumi.Input<string> };

const HTTPS = { ipProtocol: 'tcp', fromPort: 443, toPort: 443 };
/**
 * What machines of one training say to one another: LightGBM's own words, and since SageMaker encrypts what passes between them,
 * the exchange of keys and the encrypted packets.
 */
const AMONG_JOBS = {
  training: { ipProtocol: 'tcp', fromPort: 12400, toPort: 12400 },
  keys: { ipProtocol: 'udp', fromPort: 500, toPort: 500 },
  encrypted: { ipProtocol: '50' },
};

/**
 * Where jobs, functions and tasks run: a VPC of the stack's own, or one that is there. In one that is there only the security
 * group of jobs is made; what else it must have stands in {@link requirements}, and is its owner's to give.
 */
export class Network extends pulumi.ComponentResource {
  readonly placement: Placement;
  /** Of the interface endpoints; none in an adopted VPC. */
  readonly endpointSecurityGroupId: pulumi.Output<string> | undefined;
  /** What an adopted VPC must have, for people to read; nothing for one of the stack's own. */
  readonly requirements: string[];

  constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:network:Network', name, {}, options);
    const { network } = args.context.settings;
    const made = 'existing' in network ? this.adopt(args.context, network.existing) : this.create(args, network.create);
    this.placement = made.placement;
    this.endpointSecurityGroupId = made.endpointSecurityGroupId;
    this.requirements = 'existing' in network ? networkRequirements(args.context.settings) : [];
    this.registerOutputs({ vpcId: this.placement.vpcId, requirements: this.requirements });
  }

  private create({ context, keys, boundaryArn }: NetworkArgs, { cidr, zones, natGateways }: Create) {
    const vpc = new Vpc('vpc', { prefix: context.names.prefix, cidr, zones, natGateways }, { parent: this });
    new FlowLogs('flow-logs', { context, keys, boundaryArn, vpcId: vpc.id }, { parent: this });
    const endpointGroup = this.makeGroup(context, 'endpoints', vpc.id, 'Interface endpoints: HTTPS from the VPC');
    const answer = this.allowIn('endpoints-from-vpc', endpointGroup, cidr);
    const endpoints = new Endpoints(
      'endpoints',
      {
        context,
        vpcId: vpc.id,
        routeTableIds: vpc.privateRouteTableIds,
        subnetIds: endpointSubnets(context.settings, vpc.privateSubnetIds),
        securityGroupId: endpointGroup.id,
      },
      { parent: this },
    );
    const jobs = this.makeJobGroup(context, vpc.id, {
      vpc: { cidrIpv4: cidr },
      s3: { prefixListId: endpoints.prefixListIds.s3 },
      dynamodb: { prefixListId: endpoints.prefixListIds.dynamodb },
      ...(natGateways > 0 ? { internet: { cidrIpv4: '0.0.0.0/0' } } : {}),
    });
    const after = pulumi.all([vpc.routed, endpoints.ready, answer.id]);
    const placement: Placement = {
      vpcId: vpc.id,
      privateSubnetIds: vpc.privateSubnetIds.map((id) => onceKnown(id, after)),
      publicSubnetIds: vpc.publicSubnetIds.map((id) => onceKnown(id, vpc.routed)),
      jobSecurityGroupId: jobs,
    };
    return { placement, endpointSecurityGroupId: endpointGroup.id };
  }

  private adopt(context: Context, { vpcId, privateSubnetIds, publicSubnetIds }: Existing) {
    const cidr = aws.ec2.getVpcOutput({ id: vpcId }, { parent: this }).cidrBlock;
    const prefixList = (service: (typeof GATEWAY_SERVICES)[number]) =>
      aws.ec2.getPrefixListOutput({ name: gatewayServiceName(context.settings.region, service) }, { parent: this }).id;
    const jobSecurityGroupId = this.makeJobGroup(context, vpcId, {
      vpc: { cidrIpv4: cidr },
      s3: { prefixListId: prefixList('s3') },
      dynamodb: { prefixListId: prefixList('dynamodb') },
    });
    const placement: Placement = { vpcId, privateSubnetIds, publicSubnetIds, jobSecurityGroupId };
    return { placement, endpointSecurityGroupId: undefined };
  }

  /** No way in but for one another, HTTPS to what is named; its id is known when the rules are there. */
  private makeJobGroup(
    context: Context,
    vpcId: pulumi.Input<string>,
    targets: Record<string, Target>,
  ): pulumi.Output<string> {
    const group = this.makeGroup(context, 'jobs', vpcId, 'Jobs, functions and tasks: in from one another, HTTPS out');
    const rules = Object.entries(targets).map(
      ([to, target]) =>
        new aws.vpc.SecurityGroupEgressRule(
          `jobs-to-${to}`,
          { securityGroupId: group.id, description: `HTTPS to ${to}`, ...HTTPS, ...target },
          { parent: this },
        ),
    );
    const all = [...rules, ...this.allowAmong(group)];
    return onceKnown(group.id, pulumi.all(all.map((rule) => rule.id)));
  }

  private allowAmong(group: aws.ec2.SecurityGroup) {
    return Object.entries(AMONG_JOBS).flatMap(([what, traffic]) => {
      const description = `Machines of one training: ${what}`;
      const rule = { securityGroupId: group.id, referencedSecurityGroupId: group.id, description, ...traffic };
      return [
        new aws.vpc.SecurityGroupIngressRule(`jobs-from-jobs-${what}`, rule, { parent: this }),
        new aws.vpc.SecurityGroupEgressRule(`jobs-to-jobs-${what}`, rule, { parent: this }),
      ];
    });
  }

  private allowIn(child: string, group: aws.ec2.SecurityGroup, cidrIpv4: string): aws.vpc.SecurityGroupIngressRule {
    const rule = { securityGroupId: group.id, description: 'HTTPS from the VPC', ...HTTPS, cidrIpv4 };
    return new aws.vpc.SecurityGroupIngressRule(child, rule, { parent: this });
  }

  private makeGroup(context: Context, what: string, vpcId: pulumi.Input<string>, description: string) {
    const name = `${context.names.prefix}-${what}`;
    return new aws.ec2.SecurityGroup(
      `${what}-security-group`,
      { name, description, vpcId, revokeRulesOnDelete: true, tags: { Name: name } },
      { parent: this },
    );
  }
}

/** A value that is handed on only when something else is there too: what is placed by it then finds its way out. */
function onceKnown(value: pulumi.Output<string>, other: pulumi.Output<unknown>): pulumi.Output<string> {
  return pulumi.all([value, other]).apply(([known]) => known);
}

/** Each endpoint costs by the zone: outside prod one zone serves all. */
function endpointSubnets<T>({ stack }: Settings, privateSubnetIds: T[]): T[] {
  return stack === 'prod' ? privateSubnetIds : privateSubnetIds.slice(0, 1);
}

/** What the owner of an adopted VPC must have given it. */
function networkRequirements(settings: Settings): string[] {
  const gateways = GATEWAY_SERVICES.map((service) => gatewayServiceName(settings.region, service));
  const interfaces = interfaceEndpoints(settings).map(({ serviceName }) => serviceName);
  return [
    'DNS support and DNS host names are on',
    `the private subnets' route tables have gateway endpoints for ${gateways.join(', ')}`,
    `interface endpoints with private DNS, open to the VPC on 443, for ${interfaces.join(', ')}`,
    'flow logs are on, and the default security group has no rules',
    ...(settings.dashboard === undefined ? [] : ['the public subnets route to an internet gateway']),
  ];
}
