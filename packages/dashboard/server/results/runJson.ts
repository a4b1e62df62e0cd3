import { z } from 'zod';

const text = z.string().nullish();
const number = z.number().nullish();

const StepJson = z.looseObject({
  name: z.string(),
  kind: z.string().default('processing'),
  status: z.string(),
  started: text,
  ended: text,
  duration_s: number,
  rss_bytes_max: number,
  exit_code: z.number().int().nullish(),
  message: text,
});

/** `run.json`, as far as the pages need it. */
export const RunJson = z.looseObject({
  run_id: z.string().min(1),
  pipeline: z.string(),
  execution_date: text,
  status: z.string(),
  exit_code: z.number().int().nullish(),
  message: text,
  parameters: z.record(z.string(), z.string()).default({}),
  steps: z.array(StepJson).default([]),
  started: text,
  ended: text,
});
export type RunJson = z.infer<typeof RunJson>;
