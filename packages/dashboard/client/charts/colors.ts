/** Colours are names of the style sheet, so that a chart changes with the theme without being drawn again. */
const TIERS: Record<string, string> = {
  Low: 'var(--tier-Low)',
  Medium: 'var(--tier-Medium)',
  High: 'var(--tier-High)',
  Critical: 'var(--tier-Critical)',
  'MUY BAJO': 'var(--tier-VeryLow)',
  BAJO: 'var(--tier-Low)',
  MEDIO: 'var(--tier-Medium)',
  ALTO: 'var(--tier-High)',
  'MUY ALTO': 'var(--tier-Critical)',
  INCORRIENTE: 'var(--tier-Overdue)',
};

export const tierColor = (tier: string): string => TIERS[tier] ?? 'var(--c5)';

export const MAIN = 'var(--c1)';
export const SECOND = 'var(--c2)';
export const THIRD = 'var(--c3)';
export const REFERENCE = 'var(--reference)';
export const INK = 'var(--ink)';
export const SOFT = 'var(--soft)';
export const RULE = 'var(--line-strong)';
export const BAD = 'var(--tier-Critical)';
export const GOOD = 'var(--c3)';
