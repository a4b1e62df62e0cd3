import { allow, arnOf, documentOf, type Grounds, type PolicyDocument } from './document.ts';
import { useDataKey } from './keys.ts';

/** The role of every schedule: starts the machines and what watches them, and leaves what could not be started in a dead-letter queue. */
export function schedulerPolicies(grounds: Grounds): Record<string, PolicyDocument> {
  const { names } = grounds;
  const statements = [
    allow(
      'MachinesStart',
      ['states:StartExecution'],
      [
        ...Object.values(names.machines).map(({ arn }) => arn),
        arnOf(grounds, 'states', `stateMachine:${names.prefix}-watch`),
      ],
    ),
    allow('DeadLetters', ['sqs:SendMessage'], [arnOf(grounds, 'sqs', `${names.prefix}-*-schedule-dead-letters`)]),
    useDataKey(grounds, ['sqs'], 'write'),
  ];
  return { start: documentOf(statements) };
}
