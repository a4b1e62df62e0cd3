import {
  type Facts,
  is,
  isGiven,
  jsonOf,
  listOf,
  onResources,
  type Policy,
  type Props,
  type Seen,
  unless,
} from './policy.ts';

const LISTENER = 'aws:lb/listener:Listener';
const LISTENER_RULE = 'aws:lb/listenerRule:ListenerRule';
const TASK = 'aws:ecs/taskDefinition:TaskDefinition';
const GROUP = 'aws:ec2/securityGroup:SecurityGroup';
const GROUP_RULE = 'aws:ec2/securityGroupRule:SecurityGroupRule';
const INGRESS_RULE = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const EVERYBODY = ['0.0.0.0/0', '::/0'];

/** Line 7: what stands at the door, and what runs behind it. */
export const edgePolicies = (facts: Facts): Policy[] => [
  onResources({
    name: 'listener-https',
    line: 7,
    description: 'Load balancers speak TLS 1.2 or newer, and send HTTP there',
    types: [LISTENER],
    faults: ({ name, props }) => (is(props.protocol, 'HTTPS') ? tlsFaults(name, props) : redirectFaults(name, props)),
  }),
  onResources({
    name: 'listener-signs-in',
    line: 7,
    description: 'Nobody gets past a load balancer without signing in',
    types: [LISTENER, LISTENER_RULE],
    faults: ({ name, props }) => {
      const kinds = listOf<Props>(props.defaultActions ?? props.actions).map(({ type }) => type);
      const signsIn = kinds.some((kind) => is(kind, 'authenticate-oidc', 'authenticate-cognito'));
      return unless(
        !kinds.includes('forward') || signsIn,
        `${name} lets everybody through: put authenticate-oidc before forward`,
      );
    },
  }),
  onResources({
    name: 'balancer-hardened',
    line: 7,
    description: 'Load balancers drop invalid headers and write access logs',
    types: ['aws:lb/loadBalancer:LoadBalancer'],
    faults: ({ name, props }) => [
      ...unless(
        is(props.dropInvalidHeaderFields, true),
        `${name} passes invalid headers on: set dropInvalidHeaderFields`,
      ),
      ...unless(
        is(props.accessLogs?.enabled, true) && isGiven(props.accessLogs.bucket),
        `${name} writes no access logs: set accessLogs with bucket and enabled`,
      ),
    ],
  }),
  onResources({
    name: 'ingress-closed',
    line: 7,
    description: 'No security group is open to the world unless the configuration of the stack says so',
    types: [GROUP, GROUP_RULE, INGRESS_RULE],
    faults: ({ name, type, props }) => {
      const open = facts.openToTheWorld ? [] : sourcesOf(type, props).filter((cidr) => EVERYBODY.includes(cidr));
      return open.map(
        (cidr) => `${name} lets ${cidr} in: name networks, or set openToTheWorld in pilotlight:dashboard`,
      );
    },
  }),
  onResources({
    name: 'service-private',
    line: 7,
    description: 'Services run in private subnets and take a failed deployment back',
    types: ['aws:ecs/service:Service'],
    faults: ({ name, props }) => [
      ...unless(
        !is(props.networkConfiguration?.assignPublicIp, true),
        `${name} has public addresses: leave assignPublicIp out, in private subnets`,
      ),
      ...unless(isGiven(props.networkConfiguration?.subnets), `${name} names no subnets: give the private ones`),
      ...unless(
        is(props.deploymentCircuitBreaker?.enable, true) && is(props.deploymentCircuitBreaker?.rollback, true),
        `${name} keeps a failed deployment: set deploymentCircuitBreaker with enable and rollback`,
      ),
    ],
  }),
  onResources({
    name: 'task-logs-and-secrets',
    line: 7,
    description: 'Containers write logs, and get secrets from Secrets Manager',
    types: [TASK],
    faults: containerFaults,
  }),
];

function tlsFaults(name: string, { sslPolicy, certificateArn }: Props): string[] {
  // Policies of TLS 1.2 and newer: ELBSecurityPolicy-TLS13-1-2-..., -TLS13-1-3-..., -TLS-1-2-..., -FS-1-2-...
  const isModern =
    is(sslPolicy, sslPolicy) && /^ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-/.test(String(sslPolicy));
  return [
    ...unless(
      isModern,
      `${name} takes old TLS (${sslPolicy ?? 'the default policy'}): set sslPolicy to ELBSecurityPolicy-TLS13-1-2-2021-06 or newer`,
    ),
    ...unless(isGiven(certificateArn), `${name} has no certificate: set certificateArn`),
  ];
}

function redirectFaults(name: string, { defaultActions }: Props): string[] {
  const actions = listOf<Props>(defaultActions);
  const redirects =
    actions.length > 0 && actions.every(({ type, redirect }) => type === 'redirect' && redirect?.protocol === 'HTTPS');
  return unless(redirects, `${name} serves plain HTTP: make its only action a redirect to HTTPS`);
}

function sourcesOf(type: string, props: Props): string[] {
  if (type === INGRESS_RULE) return [props.cidrIpv4, props.cidrIpv6].filter(isGiven);
  if (type === GROUP_RULE) return props.type === 'ingress' ? blocksOf(props) : [];
  return listOf<Props>(props.ingress).flatMap(blocksOf);
}

const blocksOf = ({ cidrBlocks, ipv6CidrBlocks }: Props): string[] => [
  ...listOf<string>(cidrBlocks),
  ...listOf<string>(ipv6CidrBlocks),
];

function containerFaults({ name, props }: Seen): string[] {
  const definitions = jsonOf(props.containerDefinitions);
  if (definitions === null) return [];
  return listOf<Props>(definitions as Props).flatMap((container) => {
    const who = `${name}, ${container.name}`;
    const plain = listOf<Props>(container.environment).filter((variable) =>
      /secret|password|token$|api_?key/i.test(variable.name),
    );
    const strange = listOf<Props>(container.secrets).filter(
      ({ valueFrom }) => !/^arn:aws:secretsmanager:/.test(String(valueFrom)),
    );
    return [
      ...unless(isGiven(container.logConfiguration?.logDriver), `${who} writes no logs: set logConfiguration`),
      ...plain.map(
        (variable) => `${who} has ${variable.name} in its environment: give it under secrets, from Secrets Manager`,
      ),
      ...strange.map(
        (secret) => `${who} takes ${secret.name} from elsewhere: give the ARN of a secret of Secrets Manager`,
      ),
    ];
  });
}
