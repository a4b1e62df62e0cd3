import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns, Placement } from '../context.ts';
import { LOG_PREFIXES } from './bucketPolicy.ts';
import {
  balancerName,
  isInternal,
  responseHeaders,
  ruleName,
  signedIn,
  TLS_POLICY,
  targetGroupName,
  toHttps,
} from './dashboardEntry.ts';
import {
  CONTAINER,
  containerDefinition,
  HEALTH_PATH,
  PORT,
  scaleOf,
  scratchVolumes,
  taskSize,
} from './dashboardTask.ts';
import { readSecret } from './readSecret.ts';

type Arn = { arn: pulumi.Input<string> };

export type DashboardArgs = {
  context: Context;
  keys: KeyArns;
  storage: { data: { name: pulumi.Input<string> }; logs: { name: pulumi.Input<string> } };
  placement: Placement;
  roles: { dashboardExecution: Arn; dashboardTask: Arn };
  /** The manifest of runs. */
  table: { name: pulumi.Input<string> };
  /** What must stand before a task starts: the policies of its roles. */
  after?: pulumi.Resource[];
};

type Groups = { balancer: aws.ec2.SecurityGroup; task: aws.ec2.SecurityGroup };

/**
 * The pages, behind a load balancer that speaks HTTPS only, signs people in before a request reaches us, and answers the networks of
 * the configuration alone. The container runs in private subnets and takes requests from the balancer only.
 */
export class Dashboard extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  /** What the host name must point at (CNAME or alias). */
  readonly balancerDnsName: pulumi.Output<string>;
  readonly balancerArnSuffix: pulumi.Output<string>;

  constructor(name: string, args: DashboardArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:platform:Dashboard', name, {}, options);
    const dashboard = dashboardOf(args);
    const size = taskSize(dashboard);
    const groups = this.securityGroups(args);
    const balancer = this.balancer(args, groups);
    const targets = this.targets(args);
    const listener = this.listeners(args, balancer, targets);
    const cluster = this.cluster(args);
    const task = this.task(args, size, balancer);
    const service = this.service(args, { cluster, task, targets, groups, listener });
    this.scaling(service, cluster, dashboard.tasks);
    this.url = pulumi.output(`https://${dashboard.hostName}`);
    this.balancerDnsName = balancer.dnsName;
    this.balancerArnSuffix = balancer.arnSuffix;
    this.registerOutputs({ url: this.url, balancerDnsName: this.balancerDnsName });
  }

  private securityGroups(args: DashboardArgs): Groups {
    const { context, placement } = args;
    const group = (name: string, description: string) =>
      new aws.ec2.SecurityGroup(
        name,
        { name: `${context.names.prefix}-${name}`, description, vpcId: placement.vpcId },
        { parent: this },
      );
    const balancer = group('dashboard-balancer', 'The balancer of the dashboard: allowed networks in');
    const task = group('dashboard-task', 'The tasks of the dashboard: the balancer in');
    this.waysIn(balancer, dashboardOf(args).allowedCidrs);
    this.waysOn(balancer, task);
    return { balancer, task };
  }

  /** From the allowed networks to the balancer: 443, and 80 that is sent on to 443. */
  private waysIn(balancer: aws.ec2.SecurityGroup, allowedCidrs: string[]) {
    for (const cidrIpv4 of allowedCidrs) {
      for (const [scheme, port] of [['https', 443] as const, ['http', 80] as const]) {
        new aws.vpc.SecurityGroupIngressRule(
          ruleName(scheme, cidrIpv4),
          {
            securityGroupId: balancer.id,
            description: scheme === 'https' ? 'Allowed by configuration' : 'Allowed by configuration, sent on to HTTPS',
            cidrIpv4,
            ipProtocol: 'tcp',
            fromPort: port,
            toPort: port,
          },
          { parent: this },
        );
      }
    }
  }

  /** From the balancer to the tasks, and to the sign-in, whose addresses nobody knows beforehand. */
  private waysOn(balancer: aws.ec2.SecurityGroup, task: aws.ec2.SecurityGroup) {
    const toTask = { ipProtocol: 'tcp', fromPort: PORT, toPort: PORT };
    new aws.vpc.SecurityGroupEgressRule(
      'balancer-to-task',
      {
        ...toTask,
        securityGroupId: balancer.id,
        referencedSecurityGroupId: task.id,
        description: 'Requests and health checks',
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupEgressRule(
      'balancer-to-sign-in',
      {
        securityGroupId: balancer.id,
        description: 'Token and user info endpoints of the sign-in',
        cidrIpv4: '0.0.0.0/0',
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
      },
      { parent: this },
    );
    new aws.vpc.SecurityGroupIngressRule(
      'task-from-balancer',
      {
        ...toTask,
        securityGroupId: task.id,
        referencedSecurityGroupId: balancer.id,
        description: 'Requests and health checks',
      },
      { parent: this },
    );
  }

  private balancer(args: DashboardArgs, groups: Groups) {
    const { context, placement, storage } = args;
    const internal = isInternal(dashboardOf(args).allowedCidrs);
    return new aws.lb.LoadBalancer(
      'balancer',
      {
        name: balancerName(context.names.prefix),
        loadBalancerType: 'application',
        internal,
        subnets: internal ? placement.privateSubnetIds : placement.publicSubnetIds,
        securityGroups: [groups.balancer.id],
        dropInvalidHeaderFields: true,
        desyncMitigationMode: 'defensive',
        enableDeletionProtection: context.settings.protect,
        accessLogs: { bucket: storage.logs.name, prefix: LOG_PREFIXES.loadBalancer, enabled: true },
      },
      { parent: this },
    );
  }

  private targets({ context, placement }: DashboardArgs) {
    return new aws.lb.TargetGroup(
      'targets',
      {
        name: targetGroupName(context.names.prefix, PORT),
        vpcId: placement.vpcId,
        targetType: 'ip',
        protocol: 'HTTP',
        port: PORT,
        deregistrationDelay: 30,
        healthCheck: {
          path: HEALTH_PATH,
          matcher: '200',
          interval: 15,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
        },
      },
      { parent: this },
    );
  }

  private listeners(args: DashboardArgs, balancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup) {
    const { signIn, certificateArn } = dashboardOf(args);
    new aws.lb.Listener(
      'http',
      { loadBalancerArn: balancer.arn, port: 80, protocol: 'HTTP', defaultActions: toHttps },
      { parent: this },
    );
    const clientSecret = readSecret(signIn.clientSecretArn, { parent: this });
    return new aws.lb.Listener(
      'https',
      {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: 'HTTPS',
        sslPolicy: TLS_POLICY,
        certificateArn,
        ...responseHeaders,
        defaultActions: signedIn(signIn, clientSecret, targets.arn),
      },
      { parent: this, additionalSecretOutputs: ['defaultActions'] },
    );
  }

  private cluster({ context }: DashboardArgs) {
    return new aws.ecs.Cluster(
      'cluster',
      {
        name: `${context.names.prefix}-dashboard`,
        settings: [{ name: 'containerInsights', value: 'enabled' }],
      },
      { parent: this },
    );
  }

  private task(args: DashboardArgs, size: { cpu: string; memory: string }, balancer: aws.lb.LoadBalancer) {
    const { context, keys, roles, storage, table } = args;
    const { settings, names } = context;
    const { signIn, personalDataRoles } = dashboardOf(args);
    const logGroup = new aws.cloudwatch.LogGroup(
      'logs',
      {
        name: names.logGroups.dashboard,
        retentionInDays: settings.monitoring.logRetentionDays,
        kmsKeyId: keys.logs,
      },
      { parent: this },
    );
    const containers = pulumi
      .all([logGroup.name, storage.data.name, table.name, balancer.arn])
      .apply(([group, dataBucket, manifest, balancerArn]) =>
        JSON.stringify([
          containerDefinition({
            image: settings.images.dashboard,
            logGroup: group,
            region: settings.region,
            dataBucket,
            table: manifest,
            stack: settings.stack,
            balancerArn,
            signIn,
            personalDataRoles,
          }),
        ]),
      );
    return new aws.ecs.TaskDefinition(
      'task',
      {
        family: `${names.prefix}-dashboard`,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
        ...size,
        executionRoleArn: roles.dashboardExecution.arn,
        taskRoleArn: roles.dashboardTask.arn,
        volumes: scratchVolumes,
        containerDefinitions: containers,
      },
      { parent: this },
    );
  }

  private service(
    args: DashboardArgs,
    made: {
      cluster: aws.ecs.Cluster;
      task: aws.ecs.TaskDefinition;
      targets: aws.lb.TargetGroup;
      groups: Groups;
      listener: aws.lb.Listener;
    },
  ) {
    const { context, placement } = args;
    return new aws.ecs.Service(
      'service',
      {
        name: `${context.names.prefix}-dashboard`,
        cluster: made.cluster.arn,
        taskDefinition: made.task.arn,
        launchType: 'FARGATE',
        platformVersion: '1.4.0',
        desiredCount: dashboardOf(args).tasks,
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        deploymentCircuitBreaker: { enable: true, rollback: true },
        healthCheckGracePeriodSeconds: 60,
        waitForSteadyState: true,
        enableEcsManagedTags: true,
        propagateTags: 'SERVICE',
        enableExecuteCommand: false,
        networkConfiguration: {
          subnets: placement.privateSubnetIds,
          // The job group is the way out, by HTTPS; the task's own is the way in.
          securityGroups: [made.groups.task.id, placement.jobSecurityGroupId],
          assignPublicIp: false,
        },
        loadBalancers: [{ targetGroupArn: made.targets.arn, containerName: CONTAINER, containerPort: PORT }],
      },
      // ECS refuses a target group that no listener sends to; the number of tasks is the scaling's once it runs.
      { parent: this, dependsOn: [made.listener, ...(args.after ?? [])], ignoreChanges: ['desiredCount'] },
    );
  }

  private scaling(service: aws.ecs.Service, cluster: aws.ecs.Cluster, tasks: number) {
    const { min, max } = scaleOf(tasks);
    const target = new aws.appautoscaling.Target(
      'scaling',
      {
        serviceNamespace: 'ecs',
        scalableDimension: 'ecs:service:DesiredCount',
        resourceId: pulumi.interpolate`service/${cluster.name}/${service.name}`,
        minCapacity: min,
        maxCapacity: max,
      },
      { parent: this },
    );
    new aws.appautoscaling.Policy(
      'scaling-cpu',
      {
        name: 'cpu',
        policyType: 'TargetTrackingScaling',
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
          targetValue: 60,
          scaleInCooldown: 300,
          scaleOutCooldown: 60,
        },
      },
      { parent: this },
    );
  }
}

function dashboardOf({ context }: DashboardArgs) {
  const { dashboard } = context.settings;
  if (dashboard === undefined)
    throw new Error('pilotlight:dashboard: not configured, so there is no dashboard to make');
  return dashboard;
}
