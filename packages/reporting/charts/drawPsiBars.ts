import { PALETTE, SEVERITY_COLORS } from '../colors.ts';
import { formatFixed } from '../format.ts';
import { drawBars } from './drawBars.ts';

export type PsiBar = {
  name: string;
  psi: number | null;
  psi_infinite?: boolean;
  severity: keyof typeof SEVERITY_COLORS | null;
};

/** PSI of features in the order given, coloured by severity, with the bounds of the severities. Infinite ones reach past all others. */
export function drawPsiBars(
  features: readonly PsiBar[],
  thresholds: { psi_low: number; psi_high: number },
  title = 'Features by PSI',
): Promise<string> {
  const measured = features.filter((one) => one.psi !== null || one.psi_infinite);
  const longest = Math.max(thresholds.psi_high * 1.2, ...measured.map((one) => one.psi ?? 0));
  const bars = measured.map((one) => ({
    name: one.name,
    value: one.psi ?? longest * 1.15,
    color: SEVERITY_COLORS[one.severity ?? 'NONE'],
  }));
  return drawBars(bars, {
    title,
    measure: `PSI (lines: ${thresholds.psi_low} and ${thresholds.psi_high})`,
    format: (value) => (value > longest ? 'infinite' : formatFixed(value, 4)),
    rules: [
      { value: thresholds.psi_low, color: PALETTE[5] },
      { value: thresholds.psi_high, color: PALETTE[1] },
    ],
  });
}
