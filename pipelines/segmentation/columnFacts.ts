import pl, { type DataFrame, type Expr } from 'nodejs-polars';
import type { Feature, TypeFeatures } from './featureSet.ts';

type Facts = { kind: Feature['kind']; nulls: number; min: unknown; max: unknown };

/** What is known of each feature column over the partitions seen so far; enough to tell constant and all-null columns. */
export class ColumnFacts {
  readonly rows: Record<string, number> = { train: 0, test: 0, inference: 0 };
  rowsCount = 0;
  readonly #facts = new Map<string, Facts>();
  #summary: { features: string; columns: Expr[] } = { features: '', columns: [] };

  countRows(split: string, count: number): void {
    this.rows[split] = (this.rows[split] ?? 0) + count;
  }

  /** Adds the rows of one partition. */
  add(frame: DataFrame, features: readonly Feature[]): void {
    for (const { name, kind } of features) {
      if (!this.#facts.has(name)) this.#facts.set(name, { kind, nulls: 0, min: null, max: null });
    }
    if (frame.height === 0) return;
    this.rowsCount += frame.height;
    const summary = frame.select(...this.#summaryOf(features)).toRecords()[0] ?? {};
    features.forEach(({ name }, i) => {
      const facts = this.#facts.get(name) as Facts;
      facts.nulls += Number(summary[`${i}_nulls`]);
      facts.min = smaller(facts.min, summary[`${i}_min`], 1);
      facts.max = smaller(facts.max, summary[`${i}_max`], -1);
    });
  }

  has(name: string): boolean {
    return this.#facts.has(name);
  }

  /** Features that vary, and those dropped with the reason. A constant with nulls varies: being there tells something. */
  usable(): Pick<TypeFeatures, 'features' | 'dropped'> {
    const features: Feature[] = [];
    const dropped: TypeFeatures['dropped'] = [];
    for (const [name, facts] of this.#facts) {
      if (facts.nulls === this.rowsCount) dropped.push({ name, reason: 'all_null' });
      else if (facts.nulls === 0 && Object.is(facts.min, facts.max)) dropped.push({ name, reason: 'constant' });
      else features.push({ name, kind: facts.kind });
    }
    return { features, dropped };
  }

  /** Kept from one partition to the next: building hundreds of expressions takes longer than computing them. */
  #summaryOf(features: readonly Feature[]): Expr[] {
    const names = JSON.stringify(features);
    if (this.#summary.features !== names) this.#summary = { features: names, columns: summaryColumns(features) };
    return this.#summary.columns;
  }
}

function summaryColumns(features: readonly Feature[]): Expr[] {
  return features.flatMap(({ name, kind }, i) => {
    const value = kind === 'boolean' ? pl.col(name).cast(pl.Int32) : pl.col(name);
    return [pl.col(name).nullCount().alias(`${i}_nulls`), value.min().alias(`${i}_min`), value.max().alias(`${i}_max`)];
  });
}

function smaller(a: unknown, b: unknown, sign: 1 | -1): unknown {
  if (a === null || a === undefined) return b ?? null;
  if (b === null || b === undefined) return a;
  const less = (a as number) < (b as number);
  return less === (sign === 1) ? a : b;
}
