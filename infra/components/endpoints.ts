import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context } from '../context.ts';
import {
  endpointPolicy,
  GATEWAY_SERVICES,
  type GatewayService,
  gatewayPolicy,
  gatewayServiceName,
  interfaceEndpoints,
} from './endpointPlan.ts';

export type EndpointsArgs = {
  context: Context;
  vpcId: pulumi.Input<string>;
  routeTableIds: pulumi.Input<string>[];
  subnetIds: pulumi.Input<string>[];
  securityGroupId: pulumi.Input<string>;
};

/** The ways from private subnets to AWS, none of them over the internet, each bounded to the account. */
export class Endpoints extends pulumi.ComponentResource {
  /** Of the addresses behind the gateways, for security groups. */
  readonly prefixListIds: Record<GatewayService, pulumi.Output<string>>;
  /** Known when all of them answer. */
  readonly ready: pulumi.Output<unknown>;

  constructor(name: string, args: EndpointsArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:network:Endpoints', name, {}, options);
    const gateways = { s3: this.makeGateway(args, 's3'), dynamodb: this.makeGateway(args, 'dynamodb') };
    const interfaces = this.makeInterfaces(args);
    this.prefixListIds = { s3: gateways.s3.prefixListId, dynamodb: gateways.dynamodb.prefixListId };
    const all = [...GATEWAY_SERVICES.map((service) => gateways[service]), ...interfaces];
    this.ready = pulumi.all(all.map((endpoint) => endpoint.id));
    this.registerOutputs({ endpointIds: this.ready });
  }

  private makeGateway({ context, vpcId, routeTableIds }: EndpointsArgs, service: GatewayService): aws.ec2.VpcEndpoint {
    const { settings, names } = context;
    return new aws.ec2.VpcEndpoint(
      `${service}-endpoint`,
      {
        vpcId,
        vpcEndpointType: 'Gateway',
        serviceName: gatewayServiceName(settings.region, service),
        routeTableIds,
        policy: gatewayPolicy(context, service),
        tags: { Name: `${names.prefix}-${service}` },
      },
      { parent: this },
    );
  }

  private makeInterfaces({ context, vpcId, subnetIds, securityGroupId }: EndpointsArgs): aws.ec2.VpcEndpoint[] {
    const { settings, names } = context;
    return interfaceEndpoints(settings).map(
      ({ child, serviceName, actions }) =>
        new aws.ec2.VpcEndpoint(
          `${child}-endpoint`,
          {
            vpcId,
            vpcEndpointType: 'Interface',
            serviceName,
            subnetIds,
            securityGroupIds: [securityGroupId],
            privateDnsEnabled: true,
            policy: endpointPolicy(context, actions),
            tags: { Name: `${names.prefix}-${child}` },
          },
          { parent: this },
        ),
    );
  }
}
