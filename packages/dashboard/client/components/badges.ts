import { tierColor } from '../charts/colors.ts';
import { h, svg } from '../dom.ts';
import type { Words } from '../i18n.ts';
import type { Tone } from './states.ts';

export function badge(tone: Tone, text: string): HTMLElement {
  return h('span', { class: `badge ${tone}` }, text);
}

/** A tier as a word with its colour beside it: the colour alone says nothing. */
export function tierBadge(words: Words, tier: string): HTMLElement {
  return h('span', { class: 'badge' }, dot(tierColor(tier)), words.code('tier', tier));
}

export function dot(color: string): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 10 10', 'aria-hidden': 'true', focusable: 'false' },
    svg('circle', { cx: 5, cy: 5, r: 5, fill: color }),
  );
}

const TONES: Record<string, Tone> = {
  succeeded: 'good',
  failed: 'bad',
  running: 'info',
  skipped: 'info',
  stopped: 'warn',
};

export function statusBadge(words: Words, status: string): HTMLElement {
  return badge(TONES[status] ?? 'info', words.code('status', status));
}

const SEVERITIES: Record<string, Tone> = { HIGH: 'bad', MODERATE: 'warn', LOW: 'info', NONE: 'good' };

export function severityBadge(words: Words, severity: string): HTMLElement {
  return badge(SEVERITIES[severity] ?? 'info', words.code('severity', severity));
}
