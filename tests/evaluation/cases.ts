import * as assert from 'uvu/assert';

/** The same numbers in 0 to 1 for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Equal to 1e-12, relative above 1; null only equals null. */
export function near(actual: number | null, expected: number | null, name: string): void {
  const known = actual !== null && expected !== null;
  const close = known ? Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)) : actual === expected;
  assert.ok(close, `${name}: ${actual} is not ${expected}`);
}

export function nearAll(actual: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  assert.is(actual.length, expected.length, `${name}: length`);
  for (let i = 0; i < actual.length; i++) near(actual[i] as number, expected[i] as number, `${name} [${i}]`);
}
