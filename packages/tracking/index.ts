/** What a run wants remembered: parameters, metrics, tags, artifacts. Written to a local folder; uploads replay it. */

export { openRunLog, type RunLog } from './openRunLog.ts';
