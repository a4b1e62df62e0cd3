import type { PrCurve } from './prCurve.ts';
import type { RocCurve } from './rocCurve.ts';

export const CURVE_POINTS_MAX = 500;

/**
 * The same curve with at most `pointsMax` points (2 or more). Both ends stay. A point is dropped only while the path walked
 * since the last kept one (its steps in x and in y) is under 1 / (pointsMax - 2) of the whole path, so no dropped point lies
 * farther than that from a kept one.
 */
export function thinCurve<C extends RocCurve | PrCurve>(curve: C, pointsMax: number = CURVE_POINTS_MAX): C {
  const { threshold: _, ...axes } = curve;
  const [x, y] = Object.values(axes) as [Float64Array, Float64Array];
  if (x.length <= pointsMax) return curve;
  const kept = choosePoints(x, y, pointsMax);
  const columns = Object.entries(curve).map(([name, values]) => [name, kept.map((index) => values[index] as number)]);
  return Object.fromEntries(columns) as C;
}

function choosePoints(x: Float64Array, y: Float64Array, pointsMax: number): Float64Array {
  const walk = (i: number) =>
    Math.abs((x[i] as number) - (x[i - 1] as number)) + Math.abs((y[i] as number) - (y[i - 1] as number));
  let length = 0;
  for (let i = 1; i < x.length; i++) length += walk(i);
  const step = length / Math.max(1, pointsMax - 2);
  const kept = [0];
  let since = 0;
  for (let i = 1; i < x.length - 1; i++) {
    since += walk(i);
    if (since < step || kept.length >= pointsMax - 1) continue;
    kept.push(i);
    since = 0;
  }
  return Float64Array.from([...kept, x.length - 1]);
}
