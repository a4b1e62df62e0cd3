import path from 'node:path';
import { writeFile, writeJson } from '@pilotlight/artifacts';
import type { Logger, Progress } from '@pilotlight/logging';
import { compareDatasets, type DriftTable, predict } from '@pilotlight/modeling';
import {
  buildDriftReport,
  type DriftReport,
  renderDriftHtml,
  renderDriftText,
  summarizeDrift,
} from '@pilotlight/reporting';
import type { AppConfig } from './config.ts';
import type { DriftSide } from './driftSides.ts';
import type { OpenModels } from './modelArchive.ts';

export type DriftRequest = {
  /** By model type, or `all`; empty when there is no baseline. */
  sides: Map<string, DriftSide>;
  config: AppConfig['drift'];
  columns?: string[];
  exclude: readonly string[];
  driftThreshold: number;
  executionDate: string;
  /** The baseline's models; closed here. */
  predictions: OpenModels | undefined;
  /** For files that do not stay. */
  work: string;
  out: string;
  log: Logger;
  progress: Progress;
  signal: AbortSignal;
};

/** Measures drift and writes `drift_report.json`, `drift_summary.json`, a text per model type and the HTML page. */
export async function reportDrift(request: DriftRequest): Promise<DriftReport> {
  const tables: Record<string, DriftTable> = {};
  const predictions: Record<string, DriftTable> = {};
  try {
    for (const [type, side] of request.sides) {
      tables[type] = await compareSides(request, side);
      const archive = [...(request.predictions?.archives ?? [])].find(([name]) => name === type)?.[1];
      if (archive) predictions[type] = await comparePredictions(request, type, side, archive.modelPath);
    }
  } finally {
    request.predictions?.close();
  }
  const first = [...request.sides.values()][0];
  const report = buildDriftReport({
    tables,
    predictions,
    thresholds: {
      drift_threshold: request.driftThreshold,
      p_value_max: request.config.p_value_max,
      drifted_share_max: request.config.drifted_share_max,
    },
    executionDate: request.executionDate,
    referenceDescription: first?.referenceName ?? null,
    currentDescription: first?.currentName ?? null,
  });
  await writeReport(report, request.out);
  if (request.sides.size === 0) request.log.info({}, 'no baseline: drift skipped');
  return report;
}

function compareSides(request: DriftRequest, side: DriftSide): Promise<DriftTable> {
  const { config } = request;
  return compareDatasets({
    referencePaths: side.reference.endsWith('.json') ? { profile: side.reference } : [side.reference],
    currentPaths: [side.current],
    ...(request.columns ? { columns: request.columns } : {}),
    exclude: [...request.exclude],
    bins: config.bins,
    maxCategories: config.max_categories,
    zeroRule: config.zero_rule,
    driftThreshold: request.driftThreshold,
    pValueMax: config.p_value_max,
    signal: request.signal,
    onProgress: (done, total, column) => request.progress.update(done, total, column),
  });
}

/** Drift of the model's output: its predictions on both sides, compared as one column. */
async function comparePredictions(
  request: DriftRequest,
  type: string,
  side: DriftSide,
  modelPath: string,
): Promise<DriftTable> {
  const score = async (data: string, name: string) => {
    const outPath = path.join(request.work, `${type}-${name}.parquet`);
    await predict({ modelPath, dataPaths: [data], outPath, keepColumns: [], signal: request.signal });
    return outPath;
  };
  const reference = await score(side.reference, 'reference');
  const current = await score(side.current, 'current');
  return compareSides({ ...request, columns: ['probability'], exclude: [] }, { ...side, reference, current });
}

async function writeReport(report: DriftReport, out: string): Promise<void> {
  for (const [type, text] of Object.entries(renderDriftText(report))) {
    await writeFile(path.join(out, `drift_${type}.txt`), text);
  }
  await writeFile(path.join(out, 'drift_report.html'), await renderDriftHtml(report));
  await writeJson(path.join(out, 'drift_report.json'), report);
  await writeJson(path.join(out, 'drift_summary.json'), summarizeDrift(report));
}
