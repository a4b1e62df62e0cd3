/** A computed figure; `null` where the data do not define it, with the reason. Never NaN, never infinite. */
export type Figure = { value: number; reason: null } | { value: null; reason: string };

export function known(value: number): Figure {
  return { value, reason: null };
}

export function unknown(reason: string): Figure {
  return { value: null, reason };
}

/** `top / bottom`, or the reason why there is none. */
export function divide(top: number, bottom: number, reason: string): Figure {
  return bottom > 0 ? known(top / bottom) : unknown(reason);
}
