import { is, isGiven, onResources, onStack, type Policy, unless } from './policy.ts';

const FUNCTION = 'aws:lambda/function:Function';
const ON_FAILURE = 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig';

/** Line 8: what goes wrong is seen and kept. Line 9: the SFTP connector. */
export const orchestrationPolicies = (): Policy[] => [
  onResources({
    name: 'machine-logs-and-traces',
    line: 8,
    description: 'State machines log everything and trace',
    types: ['aws:sfn/stateMachine:StateMachine'],
    faults: ({ name, props }) => [
      ...unless(
        is(props.loggingConfiguration?.level, 'ALL') && isGiven(props.loggingConfiguration.logDestination),
        `${name} logs too little: set loggingConfiguration with level ALL and a log group`,
      ),
      ...unless(
        is(props.tracingConfiguration?.enabled, true),
        `${name} does not trace: set tracingConfiguration.enabled`,
      ),
    ],
  }),
  onStack({
    name: 'function-dead-letters',
    line: 8,
    description: 'What a function could not do is kept in a queue',
    faults: (stack) =>
      stack
        .of(FUNCTION)
        .filter((one) => {
          const configured = stack.beside(ON_FAILURE, 'functionName', one, one.props.name);
          const kept = configured.some(({ props }) => isGiven(props.destinationConfig?.onFailure?.destination));
          return !kept && !isGiven(one.props.deadLetterConfig?.targetArn);
        })
        .map((at) => ({ fault: `${at.name} loses what failed: set deadLetterConfig.targetArn`, at })),
  }),
  onResources({
    name: 'schedule-dead-letters',
    line: 8,
    description: 'What a schedule or a rule could not start is kept in a queue',
    types: ['aws:scheduler/schedule:Schedule', 'aws:cloudwatch/eventTarget:EventTarget'],
    faults: ({ name, props }) => {
      const queue = (props.target?.deadLetterConfig ?? props.deadLetterConfig)?.arn;
      return unless(isGiven(queue), `${name} loses what it could not start: set deadLetterConfig.arn`);
    },
  }),
  onResources({
    name: 'log-group-kept-and-encrypted',
    line: 8,
    description: 'Log groups end some day, and are encrypted with a key',
    types: ['aws:cloudwatch/logGroup:LogGroup'],
    faults: ({ name, props }) => [
      ...unless(
        props.retentionInDays > 0 || is(props.retentionInDays),
        `${name} keeps logs for ever: set retentionInDays`,
      ),
      ...unless(isGiven(props.kmsKeyId), `${name} is encrypted with the key of AWS: set kmsKeyId`),
    ],
  }),
  onResources({
    name: 'connector-trusts-known-hosts',
    line: 9,
    description: 'The SFTP connector knows the keys of its host, and where its secret is',
    types: ['aws:transfer/connector:Connector'],
    faults: ({ name, props }) => [
      ...unless(
        props.sftpConfig?.trustedHostKeys?.length > 0,
        `${name} trusts any host: set sftpConfig.trustedHostKeys`,
      ),
      ...unless(isGiven(props.sftpConfig?.userSecretId), `${name} has no secret: set sftpConfig.userSecretId`),
    ],
  }),
  onResources({
    name: 'secret-under-key',
    line: 9,
    description: 'Secrets are encrypted with a key of the stack, and never written by the program',
    types: ['aws:secretsmanager/secret:Secret', 'aws:secretsmanager/secretVersion:SecretVersion'],
    faults: ({ name, type, props }) =>
      type.endsWith(':SecretVersion')
        ? [`${name} puts a secret into Pulumi's state: let a person write it, and take its ARN`]
        : unless(isGiven(props.kmsKeyId), `${name} uses the key of AWS: set kmsKeyId`),
  }),
];
