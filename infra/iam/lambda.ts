import { type AccessByPrefix, prefixStatements } from './buckets.ts';
import { allow, arnOf, deny, documentOf, type Grounds, type PolicyDocument, type Statement } from './document.ts';
import { useDataKey } from './keys.ts';
import { trace, writeLogs } from './telemetry.ts';
import { unscoped } from './unscoped.ts';

type FunctionName = keyof Grounds['names']['functions'];

/** What each function reads and writes of the data bucket. */
export const FUNCTION_ACCESS: Record<FunctionName, AccessByPrefix> = {
  trigger: { raw: 'read' },
  decompress: { raw: 'read', tmp: 'write' },
  connectorWait: { raw: 'read', tmp: 'read' },
  wakeTracking: {},
};

const INTERFACES = ['Create', 'Delete'].map((verb) => `ec2:${verb}NetworkInterface`);
const ADDRESSES = ['Assign', 'Unassign'].map((verb) => `ec2:${verb}PrivateIpAddresses`);

/** Kinds that interfaces are made of; `*` because Lambda checks deleting without naming one. */
const INTERFACE_KINDS = ['network-interface', 'subnet', 'security-group', '*'];

/**
 * One role for the functions, but not one set of rights: what a function may do to data holds for calls from its own code alone
 * (`lambda:SourceFunctionArn`), so that only the trigger writes the manifest and starts the machine.
 */
export function lambdaPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  const { names } = grounds;
  const functions = Object.values(names.functions);
  const deadLetters = functions.map(({ name }) => arnOf(grounds, 'sqs', `${name}-dead-letters`));
  const shared = [
    writeLogs(grounds, [names.logGroups.function(`${names.prefix}-*`)]),
    trace(),
    allow('DeadLetters', ['sqs:SendMessage'], deadLetters),
    useDataKey(grounds, ['s3', 'sqs', 'dynamodb', 'lambda'], 'write'),
    ...networkInterfaces(grounds),
  ];
  const trigger = [
    allow(
      'ManifestWrite',
      ['GetItem', 'PutItem', 'UpdateItem'].map((verb) => `dynamodb:${verb}`),
      [names.manifest.arn],
    ),
    allow('ChurnStart', ['states:StartExecution'], [names.machines.churn.arn]),
  ];
  return {
    shared: documentOf(shared),
    trigger: documentOf(onlyFrom(grounds, 'trigger', [...files(grounds, 'trigger'), ...trigger])),
    decompress: documentOf(onlyFrom(grounds, 'decompress', files(grounds, 'decompress'))),
    'connector-wait': documentOf(onlyFrom(grounds, 'connectorWait', files(grounds, 'connectorWait'))),
  };
}

/** Narrows statements to calls from the code of one function. */
export function onlyFrom({ names }: Grounds, name: FunctionName, statements: Statement[]): Statement[] {
  const source = { 'lambda:SourceFunctionArn': names.functions[name].arn };
  return statements.map((statement) => ({
    ...statement,
    Condition: { ...statement.Condition, ArnEquals: source },
  }));
}

const files = ({ names }: Grounds, name: FunctionName) =>
  prefixStatements(names.buckets.data.arn, FUNCTION_ACCESS[name]);

/** The service makes the interfaces; the functions' own code may not. */
function networkInterfaces(grounds: Grounds): Statement[] {
  const describes = ['NetworkInterfaces', 'Subnets', 'SecurityGroups', 'Vpcs'].map((what) => `ec2:Describe${what}`);
  const resources = INTERFACE_KINDS.map((kind) => arnOf(grounds, 'ec2', `${kind}/*`));
  const own = arnOf(grounds, 'lambda', `function:${grounds.names.prefix}-*`);
  return [
    allow('InterfacesByService', [...INTERFACES, ...ADDRESSES], resources),
    unscoped('InterfacesDescribe', describes),
    deny('InterfacesNotByCode', [...INTERFACES, ...ADDRESSES], resources, {
      ArnLike: { 'lambda:SourceFunctionArn': own },
    }),
  ];
}
