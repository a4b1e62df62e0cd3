/** Where in the bucket each step of a run leaves a file `<run id>/<step>.json`; the bucket's rules take it after a week. */
export const RUN_FACTS = 'tmp/runs';

/** What a step took. */
export type StepFacts = { step: string; duration_s: number; rss_bytes_max: number; ended_at: string };
