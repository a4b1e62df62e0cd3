/** What stands for a value that is not known. */
export const UNKNOWN = '-';

/** `1,234,567`; a fraction keeps one digit. */
export function formatCount(value: number | null | undefined): string {
  if (!isNumber(value)) return UNKNOWN;
  const [whole, rest] = value.toFixed(Number.isInteger(value) ? 0 : 1).split('.') as [string, string?];
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',') + (rest === undefined ? '' : `.${rest}`);
}

/** `12.3 %` of a share of 0.123. */
export function formatShare(value: number | null | undefined, digits = 1): string {
  return isNumber(value) ? `${(value * 100).toFixed(digits)} %` : UNKNOWN;
}

/** A fixed number of digits after the point. */
export function formatFixed(value: number | null | undefined, digits = 4): string {
  return isNumber(value) ? withoutMinusZero(value.toFixed(digits)) : UNKNOWN;
}

/** Significant digits, without trailing zeros; an exponent only for the very small and the very large. */
export function formatNumber(value: number | null | undefined, digits = 4): string {
  return isNumber(value) ? String(Number(value.toPrecision(digits))) : UNKNOWN;
}

/** A probability: four digits, or an exponent where they would all be zero. */
export function formatP(value: number | null | undefined): string {
  if (!isNumber(value)) return UNKNOWN;
  if (value === 0) return '0';
  return value < 5e-4 ? value.toExponential(1) : value.toFixed(4);
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function withoutMinusZero(text: string): string {
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
}
