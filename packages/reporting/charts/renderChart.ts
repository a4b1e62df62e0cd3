import * as vega from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';
import { GRID, INK, INK_SOFT, PALETTE } from '../colors.ts';
import { escapeHtml } from '../html.ts';

/**
 * Draws a Vega-Lite specification as an SVG document: the same bytes for the same input, no ids, no script, no link.
 *
 * @param title stands above the chart
 * @param description what the chart shows, for those who cannot see it
 * @param spec data inline; fields hold finite numbers and text
 */
export async function renderChart(title: string, description: string, spec: object): Promise<string> {
  const full = { ...spec, title, config: THEME, padding: 8, background: 'white' } as unknown as TopLevelSpec;
  const { spec: compiled } = compile(full, { logger: QUIET });
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: QUIET });
  try {
    const svg = await view.toSVG();
    const label = escapeHtml(description);
    return svg.replace(/<svg ([^>]*)>/, (_, attributes: string) => {
      return `<svg ${attributes.replace(/ class="marks"/, '')} role="img" aria-label="${label}"><title>${label}</title>`;
    });
  } finally {
    view.finalize();
  }
}

/** A chart's place when there is nothing to draw. */
export function renderEmpty(title: string, reason: string): Promise<string> {
  return renderChart(title, `${title}: ${reason}`, {
    width: 320,
    height: 60,
    data: { values: [{ text: reason }] },
    mark: { type: 'text', color: INK_SOFT, fontSize: 12 },
    encoding: { text: { field: 'text', type: 'nominal' } },
  });
}

const QUIET = vega.logger(vega.None);

const TEXT = { labelColor: INK_SOFT, titleColor: INK_SOFT, labelFontSize: 11, titleFontSize: 11 };

const THEME: Config = {
  aria: false,
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  title: { anchor: 'start', fontSize: 13, fontWeight: 600, color: INK, offset: 10, limit: 560 },
  axis: {
    ...TEXT,
    titleFontWeight: 500,
    gridColor: GRID,
    domainColor: '#9aa5b1',
    tickColor: '#9aa5b1',
    labelLimit: 200,
  },
  legend: { ...TEXT, title: null, orient: 'bottom', labelLimit: 320, columns: 3 },
  range: { category: [...PALETTE] },
};
