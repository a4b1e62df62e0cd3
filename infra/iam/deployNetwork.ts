import {
  actionsOf,
  allow,
  arnOf,
  documentOf,
  type Grounds,
  ownTags,
  type PolicyDocument,
  type Statement,
} from './document.ts';
import { unscoped } from './unscoped.ts';

/**
 * What makes what. Making is bound by the tags of what is made; what it is made in must carry them already. So no statement
 * pairs an action with a kind that it only works in: tags in a request would open another stack's.
 */
const MAKES: Record<string, { actions: string; kinds: string[] }> = {
  Roots: {
    actions: 'CreateVpc CreateInternetGateway AllocateAddress',
    kinds: ['vpc', 'internet-gateway', 'elastic-ip'],
  },
  Parts: {
    actions: 'CreateSubnet CreateRouteTable CreateSecurityGroup',
    kinds: ['subnet', 'route-table', 'security-group'],
  },
  Ways: {
    actions: 'CreateNatGateway CreateVpcEndpoint CreateFlowLogs',
    kinds: ['natgateway', 'vpc-endpoint', 'vpc-flow-log'],
  },
  Rules: {
    actions: 'AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress',
    kinds: ['security-group-rule'],
  },
};

const KINDS = Object.values(MAKES).flatMap(({ kinds }) => kinds);
const CREATE = Object.values(MAKES)
  .map(({ actions }) => actions)
  .join(' ');

const CHANGE =
  'ModifyVpcAttribute ModifySubnetAttribute AttachInternetGateway DetachInternetGateway CreateRoute ReplaceRoute DeleteRoute AssociateRouteTable DisassociateRouteTable ModifyVpcEndpoint RevokeSecurityGroupIngress RevokeSecurityGroupEgress ModifySecurityGroupRules UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress DisassociateAddress';

const DELETE =
  'DeleteVpc DeleteSubnet DeleteInternetGateway DeleteNatGateway ReleaseAddress DeleteRouteTable DeleteSecurityGroup DeleteVpcEndpoints DeleteFlowLogs DeleteTags';

/** The network and the dashboard in it: a part of {@link import('./deploy.ts').deployPolicies}. */
export function deployNetworkPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  return { network: documentOf(network(grounds)), dashboard: documentOf(dashboard(grounds)) };
}

function network(grounds: Grounds): Statement[] {
  const arns = (kinds: string[]) => kinds.map((kind) => arnOf(grounds, 'ec2', `${kind}/*`));
  const all = arns(KINDS);
  const made = ownTags(grounds, 'aws:RequestTag');
  const ours = ownTags(grounds, 'aws:ResourceTag');
  const creating = { 'ec2:CreateAction': CREATE.split(' ') };
  return [
    ...Object.entries(MAKES).map(([name, { actions, kinds }]) =>
      allow(`NetworkMake${name}`, actionsOf('ec2', actions), arns(kinds), made),
    ),
    allow('NetworkMakeWithin', actionsOf('ec2', `${CREATE} ${CHANGE}`), all, ours),
    allow('NetworkRemove', actionsOf('ec2', DELETE), all, ours),
    allow('NetworkTagNew', ['ec2:CreateTags'], all, { StringEquals: { ...made.StringEquals, ...creating } }),
    // An endpoint with private names joins the network to a zone that the service owns.
    allow('NetworkNames', actionsOf('route53', 'AssociateVPCWithHostedZone DisassociateVPCFromHostedZone'), [
      'arn:aws:route53:::hostedzone/*',
    ]),
    allow('NetworkTagOwn', ['ec2:CreateTags'], all, ours),
    ...defaultGroup(grounds),
    ...adopted(grounds),
  ];
}

/**
 * AWS makes a VPC's default security group, without tags: it is tagged as ours, by one name, and then closed. Only groups that no
 * stack has tagged can be had this way.
 */
function defaultGroup(grounds: Grounds): Statement[] {
  const { names, settings } = grounds;
  if ('existing' in settings.network) return [];
  const made = ownTags(grounds, 'aws:RequestTag');
  const condition = {
    StringEquals: { ...made.StringEquals, 'aws:RequestTag/Name': `${names.prefix}-default-closed` },
    Null: { 'aws:ResourceTag/stack': 'true' },
  };
  return [allow('NetworkDefaultGroup', ['ec2:CreateTags'], [arnOf(grounds, 'ec2', 'security-group/*')], condition)];
}

/** In a VPC that was there before: its subnets are used, nothing of it is changed. */
function adopted(grounds: Grounds): Statement[] {
  const { network } = grounds.settings;
  if (!('existing' in network)) return [];
  const { vpcId, privateSubnetIds, publicSubnetIds } = network.existing;
  const subnets = [...privateSubnetIds, ...publicSubnetIds].map((id) => `subnet/${id}`);
  const arns = [`vpc/${vpcId}`, ...subnets].map((resource) => arnOf(grounds, 'ec2', resource));
  return [
    allow('NetworkWithinAdopted', actionsOf('ec2', 'CreateSecurityGroup CreateVpcEndpoint CreateFlowLogs'), arns),
  ];
}

function dashboard(grounds: Grounds): Statement[] {
  const { prefix } = grounds.names;
  const kinds = ['loadbalancer/app', 'targetgroup', 'listener/app', 'listener-rule/app'];
  const balancers = kinds.map((kind) => arnOf(grounds, 'elasticloadbalancing', `${kind}/${prefix}*`));
  const change =
    'ModifyLoadBalancerAttributes ModifyTargetGroup ModifyTargetGroupAttributes ModifyListener ModifyListenerAttributes ModifyRule SetSecurityGroups SetSubnets AddTags RemoveTags DeleteLoadBalancer DeleteTargetGroup DeleteListener DeleteRule';
  const clusters = ['cluster/', 'service/'].map((kind) => arnOf(grounds, 'ecs', `${kind}${prefix}*`));
  const tasks = arnOf(grounds, 'ecs', `task-definition/${prefix}*`);
  const run =
    'CreateCluster UpdateCluster UpdateClusterSettings PutClusterCapacityProviders DeleteCluster CreateService UpdateService DeleteService DescribeServiceDeployments';
  return [
    allow(
      'Balancers',
      actionsOf('elasticloadbalancing', `CreateLoadBalancer CreateTargetGroup CreateListener CreateRule ${change}`),
      balancers,
    ),
    allow('Containers', actionsOf('ecs', `${run} TagResource UntagResource`), clusters),
    allow('Tasks', actionsOf('ecs', 'RegisterTaskDefinition TagResource UntagResource'), [tasks]),
    unscoped('TasksForget', ['ecs:DeregisterTaskDefinition']),
    ...scaling(grounds),
    ...signInSecret(grounds),
  ];
}

/** How many tasks run. Targets are known by id; the service says that they are of ECS. */
function scaling(grounds: Grounds): Statement[] {
  const actions = 'RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy';
  const targets = [arnOf(grounds, 'application-autoscaling', 'scalable-target/*')];
  const ecs = { StringEquals: { 'application-autoscaling:service-namespace': 'ecs' } };
  const tag = ['application-autoscaling:TagResource'];
  return [
    allow('Scaling', actionsOf('application-autoscaling', actions), targets, ecs),
    allow('ScalingTag', tag, targets, ownTags(grounds, 'aws:RequestTag')),
  ];
}

/** The load balancer is told the client's secret when it is made. */
function signInSecret({ settings }: Grounds): Statement[] {
  const { dashboard } = settings;
  if (dashboard === undefined) return [];
  return [allow('SignInSecret', ['secretsmanager:GetSecretValue'], [dashboard.signIn.clientSecretArn])];
}
