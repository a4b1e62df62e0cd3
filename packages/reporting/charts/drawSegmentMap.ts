import { drawHeatMap } from './drawHeatMap.ts';

export type SegmentCell = { risk: string; tenure: string; value: number | null };

/**
 * Heat map of customers by risk category (rows) and tenure (columns), both in the order given; each cell says its value.
 * A cell without customers (or with null) stays empty.
 */
export function drawSegmentMap(
  cells: readonly SegmentCell[],
  options: {
    title: string;
    risks: readonly string[];
    tenures: readonly string[];
    format?: (value: number) => string;
  },
): Promise<string> {
  const { title, risks, tenures, format } = options;
  return drawHeatMap(
    cells.map(({ risk, tenure, value }) => ({ row: risk, column: tenure, value })),
    {
      title,
      description: `${title}: ${risks.length} risk categories by ${tenures.length} tenures`,
      empty: 'no customers',
      rows: risks,
      columns: tenures,
      ...(format ? { format } : {}),
    },
  );
}
