import type { Page } from '../address.ts';
import type { PageBuilder } from '../view.ts';
import { customerLookup } from './customerLookup.ts';
import { customerRisk } from './customerRisk.ts';
import { dataExplorer } from './dataExplorer.ts';
import { driftMonitor } from './driftMonitor.ts';
import { modelPerformance } from './modelPerformance.ts';
import { overview } from './overview.ts';
import { pipelineStatus } from './pipelineStatus.ts';
import { recommendations } from './recommendations.ts';

export const BUILDERS: Record<Page, PageBuilder> = {
  overview,
  'data-explorer': dataExplorer,
  'model-performance': modelPerformance,
  'drift-monitor': driftMonitor,
  'customer-risk': customerRisk,
  'customer-lookup': customerLookup,
  recommendations,
  'pipeline-status': pipelineStatus,
};
