export type Rule = Readonly<Record<string, unknown>>;

/** A step of a pipeline's JSON, with the branches it is inside of, outermost first. */
export type Place = { name: string; step: Rule; branches: readonly Branch[] };
export type Branch = { condition: string; side: 'IfSteps' | 'ElseSteps' };

export const isRecord = (value: unknown): value is Rule =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): Rule[] => (Array.isArray(value) ? (value as Rule[]) : []);

/** All steps, those inside branches too. */
export function flattenSteps({ Steps }: Rule, branches: readonly Branch[] = []): Place[] {
  return listOf(Steps)
    .filter(isRecord)
    .flatMap((step) => {
      const name = String(step.Name);
      const place = { name, step, branches };
      if (step.Type !== 'Condition' || !isRecord(step.Arguments)) return [place];
      const inside = (['IfSteps', 'ElseSteps'] as const).flatMap((side) =>
        flattenSteps({ Steps: (step.Arguments as Rule)[side] }, [...branches, { condition: name, side }]),
      );
      return [place, ...inside];
    });
}

/** What a step says for itself: a condition without the steps in its branches. */
export function ownPart({ step }: Place): Rule {
  if (step.Type !== 'Condition' || !isRecord(step.Arguments)) return step;
  return { ...step, Arguments: { Conditions: step.Arguments.Conditions } };
}

/** Calls `visit` with every value inside, its path from the top, and the object that it is a field of. */
export function walk(value: unknown, visit: (value: unknown, path: string) => void, path = ''): void {
  visit(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inside] of Object.entries(value)) walk(inside, visit, path === '' ? key : `${path}.${key}`);
}
