import type { PrCurve } from './prCurve.ts';
import type { RocCurve } from './rocCurve.ts';

export type RocRow = { threshold: number | null; false_positive_rate: number; true_positive_rate: number };
export type PrRow = { threshold: number | null; recall: number; precision: number };

/** The curve as rows for JSON and charts; the infinite threshold of the first point is null. Thin the curve before. */
export function curveRows(curve: RocCurve): RocRow[];
export function curveRows(curve: PrCurve): PrRow[];
export function curveRows(curve: RocCurve | PrCurve): RocRow[] | PrRow[] {
  return 'recall' in curve ? prRows(curve) : rocRows(curve);
}

function rocRows({ threshold, falsePositiveRate, truePositiveRate }: RocCurve): RocRow[] {
  return Array.from(threshold, (value, i) => ({
    threshold: Number.isFinite(value) ? value : null,
    false_positive_rate: falsePositiveRate[i] as number,
    true_positive_rate: truePositiveRate[i] as number,
  }));
}

function prRows({ threshold, recall, precision }: PrCurve): PrRow[] {
  return Array.from(threshold, (value, i) => ({
    threshold: Number.isFinite(value) ? value : null,
    recall: recall[i] as number,
    precision: precision[i] as number,
  }));
}
