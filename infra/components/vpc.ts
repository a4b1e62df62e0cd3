import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { planNatGateways, planSubnets, type SubnetPlan, type ZoneLetter, zoneAt } from './networkPlan.ts';

export type VpcArgs = {
  /** Of the stack; in front of what AWS shows. */
  prefix: string;
  cidr: string;
  zones: number;
  /** None: there is no way to the internet but for what stands in a public subnet. */
  natGateways: number;
};

type Subnets = { letter: ZoneLetter; private: aws.ec2.Subnet; public: aws.ec2.Subnet };

/** A VPC with a private and a public subnet a zone, and as many NAT gateways as are paid for. */
export class Vpc extends pulumi.ComponentResource {
  readonly id: pulumi.Output<string>;
  readonly privateSubnetIds: pulumi.Output<string>[];
  readonly publicSubnetIds: pulumi.Output<string>[];
  readonly privateRouteTableIds: pulumi.Output<string>[];
  /** Known when traffic can flow. */
  readonly routed: pulumi.Output<unknown>;

  private readonly vpc: aws.ec2.Vpc;
  private readonly prefix: string;
  private readonly routes: pulumi.Output<string>[] = [];

  constructor(name: string, args: VpcArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:network:Vpc', name, {}, options);
    this.prefix = args.prefix;
    this.vpc = this.makeVpc(args.cidr);
    this.id = this.vpc.id;
    const subnets = this.makeSubnets(planSubnets(args.cidr, args.zones));
    const gateways = this.routePublic(subnets, args.natGateways);
    this.privateRouteTableIds = this.routePrivate(subnets, planNatGateways(args.zones, args.natGateways), gateways);
    this.privateSubnetIds = subnets.map((zone) => zone.private.id);
    this.publicSubnetIds = subnets.map((zone) => zone.public.id);
    this.routed = pulumi.all(this.routes);
    this.registerOutputs({ id: this.id });
  }

  private makeVpc(cidrBlock: string): aws.ec2.Vpc {
    const vpc = new aws.ec2.Vpc(
      'vpc',
      { cidrBlock, enableDnsSupport: true, enableDnsHostnames: true, tags: this.called('vpc') },
      { parent: this },
    );
    // Closed: what forgets to name a security group reaches nothing and is reached by nothing.
    const closed = { vpcId: vpc.id, ingress: [], egress: [], tags: this.called('default-closed') };
    new aws.ec2.DefaultSecurityGroup('default-security-group', closed, { parent: this });
    return vpc;
  }

  private makeSubnets(plans: readonly SubnetPlan[]): Subnets[] {
    const zones = aws.getAvailabilityZonesOutput(
      { state: 'available', filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }] },
      { parent: this },
    );
    const make = (letter: ZoneLetter, kind: 'private' | 'public', cidrBlock: string) =>
      new aws.ec2.Subnet(
        `${kind}-${letter}`,
        {
          vpcId: this.id,
          cidrBlock,
          availabilityZone: zones.names.apply((names) => zoneAt(names, letter)),
          mapPublicIpOnLaunch: false,
          tags: this.called(`${kind}-${letter}`),
        },
        // A zone that AWS adds, or takes out of its list for a day, must not move a subnet.
        { parent: this, ignoreChanges: ['availabilityZone'] },
      );
    return plans.map(({ letter, privateCidr, publicCidr }) => ({
      letter,
      private: make(letter, 'private', privateCidr),
      public: make(letter, 'public', publicCidr),
    }));
  }

  /** The way out of the public subnets, and the NAT gateways that stand in them. */
  private routePublic(subnets: readonly Subnets[], natGateways: number): Map<ZoneLetter, aws.ec2.NatGateway> {
    const internet = { vpcId: this.id, tags: this.called('internet') };
    const gateway = new aws.ec2.InternetGateway('internet-gateway', internet, { parent: this });
    const table = this.makeRouteTable('public');
    this.makeRoute('public', table, { gatewayId: gateway.id });
    for (const { letter, public: subnet } of subnets) this.associate(`public-${letter}`, subnet, table);
    const zones = subnets.slice(0, natGateways);
    return new Map(zones.map((zone) => [zone.letter, this.makeNatGateway(zone, gateway)]));
  }

  private makeNatGateway({ letter, public: subnet }: Subnets, internet: aws.ec2.InternetGateway): aws.ec2.NatGateway {
    const tags = this.called(`nat-${letter}`);
    const address = new aws.ec2.Eip(`nat-${letter}-address`, { domain: 'vpc', tags }, { parent: this });
    return new aws.ec2.NatGateway(
      `nat-${letter}`,
      { subnetId: subnet.id, allocationId: address.allocationId, tags },
      { parent: this, dependsOn: [internet] },
    );
  }

  /** One table a zone: a zone goes out by its own NAT gateway, and each can be changed without the others. */
  private routePrivate(
    subnets: readonly Subnets[],
    plan: readonly (ZoneLetter | null)[],
    gateways: ReadonlyMap<ZoneLetter, aws.ec2.NatGateway>,
  ): pulumi.Output<string>[] {
    return subnets.map(({ letter, private: subnet }, zone) => {
      const table = this.makeRouteTable(`private-${letter}`);
      const out = plan[zone] ?? null;
      const gateway = out === null ? undefined : gateways.get(out);
      if (gateway !== undefined) this.makeRoute(`private-${letter}`, table, { natGatewayId: gateway.id });
      this.associate(`private-${letter}`, subnet, table);
      return table.id;
    });
  }

  private makeRouteTable(kind: string): aws.ec2.RouteTable {
    return new aws.ec2.RouteTable(`${kind}-routes`, { vpcId: this.id, tags: this.called(kind) }, { parent: this });
  }

  private makeRoute(
    kind: string,
    table: aws.ec2.RouteTable,
    by: { gatewayId: pulumi.Input<string> } | { natGatewayId: pulumi.Input<string> },
  ): void {
    const to = { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', ...by };
    this.routes.push(new aws.ec2.Route(`${kind}-internet`, to, { parent: this }).id);
  }

  private associate(kind: string, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable): void {
    const both = { subnetId: subnet.id, routeTableId: table.id };
    this.routes.push(new aws.ec2.RouteTableAssociation(`${kind}-routed`, both, { parent: this }).id);
  }

  private called(what: string): { Name: string } {
    return { Name: `${this.prefix}-${what}` };
  }
}
