/** Pages, charts and plain-text tables, and the drift report made of them. */
export { type Bar, type BarOptions, drawBars } from './charts/drawBars.ts';
export { type CalibrationSeries, drawCalibration } from './charts/drawCalibration.ts';
export { drawConfusion } from './charts/drawConfusion.ts';
export { type DriftBinShare, drawDriftBins } from './charts/drawDriftBins.ts';
export { drawHeatMap, type HeatCell, type HeatMapOptions } from './charts/drawHeatMap.ts';
export { drawImportance, IMPORTANCE_MEASURES } from './charts/drawImportance.ts';
export { drawLift } from './charts/drawLift.ts';
export { type CurveSeries, drawImportances, drawRanking } from './charts/drawModelPictures.ts';
export { drawPr, type PrSeries } from './charts/drawPr.ts';
export { drawPsiBars, type PsiBar } from './charts/drawPsiBars.ts';
export { drawRoc, type RocSeries } from './charts/drawRoc.ts';
export { drawScoreHistogram } from './charts/drawScoreHistogram.ts';
export { drawSegmentMap, type SegmentCell } from './charts/drawSegmentMap.ts';
export { drawTraining } from './charts/drawTraining.ts';
export { buildDriftReport, type DriftReportInput, PSI_LOW, rankByPsi } from './drift/buildDriftReport.ts';
export {
  BINS_LISTED_MAX,
  type DriftReport,
  DriftReportSchema,
  type FeatureDrift,
  type ModelTypeDrift,
  TOP_FEATURES,
  UNSEEN_LISTED_MAX,
} from './drift/driftReport.ts';
export type { ColumnDrift, DriftTable, Severity } from './drift/driftTable.ts';
export { parseDriftReport } from './drift/parseDriftReport.ts';
export { renderDriftHtml } from './drift/renderDriftHtml.ts';
export { renderDriftText } from './drift/renderDriftText.ts';
export { type DriftSummary, summarizeDrift } from './drift/summarizeDrift.ts';
export { formatCount, formatFixed, formatNumber, formatP, formatShare, UNKNOWN } from './format.ts';
export { type Content, escapeHtml, html, Markup, raw } from './html.ts';
export { type ImportanceRow, importanceRows } from './importanceRows.ts';
export {
  type Card,
  cards,
  details,
  figures,
  note,
  type Page,
  renderPage,
  type Section,
  type TableCell,
  type TableColumn,
  type Tone,
  table,
} from './page.ts';
export { oneLine, type TextColumn, textHeading, textList, textTable } from './textTable.ts';
