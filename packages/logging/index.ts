/** JSON logs with run context; progress, memory and durations of long work. */

export { formatMetrics, type Metrics, type MetricUnit } from './formatMetrics.ts';
export { createLogger, type LogContext, type Logger } from './logger.ts';
export { measure } from './measure.ts';
export { memory, sampleMemory } from './memory.ts';
export { createProgress, type Progress } from './progress.ts';
