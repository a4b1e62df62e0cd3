/** Okabe and Ito's colours (distinct under the common kinds of colour blindness), on white. */
export const PALETTE = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'] as const;

export const REFERENCE_COLOR = '#9aa5b1';
export const CURRENT_COLOR = '#0072b2';
export const INK = '#1b2733';
export const INK_SOFT = '#4a5764';
export const GRID = '#e6eaee';
export const RULE = '#5b6875';

export const SEVERITY_COLORS = { HIGH: '#d55e00', MODERATE: '#e69f00', LOW: '#56b4e9', NONE: '#b5bec8' } as const;
