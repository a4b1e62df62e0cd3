import { jsonOf, listOf, type Props } from './policy.ts';

export type Statement = Props;

/** Statements of an IAM document; null when they are not known yet. */
export function statementsOf(document: unknown): Statement[] | null {
  const parsed = jsonOf(document);
  return parsed === null ? null : listOf<Statement>(parsed.Statement);
}

export const allowing = (statements: readonly Statement[] | null): Statement[] =>
  (statements ?? []).filter(({ Effect }) => Effect === 'Allow');

export const actionsOf = ({ Action }: Statement): string[] => listOf<string>(Action);
export const resourcesOf = ({ Resource }: Statement): string[] => listOf<string>(Resource);
export const sidOf = ({ Sid }: Statement): string => Sid ?? 'a statement without a Sid';

/** Principals of a kind: `AWS`, `Service`, `Federated`. */
export const principalsOf = ({ Principal }: Statement, kind: string): string[] =>
  typeof Principal === 'string' ? [] : listOf<string>(Principal?.[kind]);

export const isForEverybody = ({ Principal }: Statement): boolean =>
  Principal === '*' || listOf<string>(Principal?.AWS).includes('*');

/** Values that a key must have, whatever operator compares them. */
export function conditionOf({ Condition }: Statement, key: string): string[] {
  const operators: Props[] = Object.values(Condition ?? {});
  return operators.flatMap((operator) =>
    Object.entries(operator).flatMap(([name, value]) =>
      name.toLowerCase() === key.toLowerCase() ? listOf<string>(value) : [],
    ),
  );
}

/** Values that a key must equal, letter by letter. */
export const exactly = ({ Condition }: Statement, key: string): string[] =>
  listOf<string>(Condition?.StringEquals?.[key]);

/** Whether an action, as a policy writes it, takes in another. */
export function covers(pattern: string, action: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(action);
}
