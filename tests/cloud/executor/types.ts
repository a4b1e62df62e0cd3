/** Shapes of the stand-in for SageMaker Pipelines. JSON of the service is read as it comes. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A step of the pipeline's JSON and what decides over it. */
export type Node = {
  name: string;
  type: 'Processing' | 'Training' | 'Condition' | 'Fail';
  /** Of a condition without the steps in its branches. */
  arguments: JsonObject;
  retryPolicies: readonly RetryPolicy[];
  propertyFiles: readonly PropertyFile[];
  /** Steps that must have succeeded before. */
  needs: ReadonlySet<string>;
  /** The branches that it stands inside of, outermost first. */
  branches: readonly Branch[];
};

export type Branch = { condition: string; outcome: boolean };
export type PropertyFile = { name: string; output: string; path: string };
export type RetryPolicy = { exceptions: string[]; interval_s: number; backoffRate: number; attemptsMax: number };

export type Parameters = ReadonlyMap<string, string | number | boolean>;

/** A pipeline that CreatePipeline would have taken. */
export type Pipeline = { parameters: readonly JsonObject[]; nodes: ReadonlyMap<string, Node> };

/** What the service does before anything runs: a ValidationException. */
export class Refused extends Error {
  override readonly name = 'ValidationException';
}

/** What jobs run in. */
export type Cloud = {
  /** The account's side of jobs: where AWS is, and with what credentials. */
  env: Readonly<Record<string, string>>;
  /** What is another in jobs. */
  jobEnv?: Readonly<Record<string, string>>;
  /** By image URI, what its commands are on this machine. Another image is one that is not there. */
  images: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** A folder for the machines of the jobs, one a host; they stay, so that a test can look into them. */
  work: string;
  /** What goes wrong with a job; none: nothing. */
  faults?: (job: { step: string; attempt: number }) => Fault | undefined;
  /** From SIGTERM to SIGKILL when a job's time is up. */
  grace_s?: number;
};

export type Fault =
  /** The job is not made at all, for the reason of this exception (`SageMaker.CAPACITY_ERROR`, `Step.THROTTLING`, ...). */
  | { kind: 'refused'; exception: string }
  /** The machine goes, with everything on it: SageMaker.JOB_INTERNAL_ERROR. */
  | { kind: 'machine lost'; after_ms: number }
  /** The container's process is killed, as where its memory ends: the job fails. */
  | { kind: 'killed'; after_ms: number };

/** How a job ended, as Describe...Job would tell it. */
export type JobRecord = {
  name: string;
  operation: 'CreateProcessingJob' | 'CreateTrainingJob';
  request: JsonObject;
  status: 'Completed' | 'Failed' | 'Stopped';
  failureReason: string | null;
  /** Of a processing job: the start of `/opt/ml/output/message`. */
  exitMessage: string | null;
  exitCodes: (number | null)[];
  /** By host, what it wrote to stdout and stderr. */
  logs: string[];
};

export type StepRecord = {
  status: 'NotStarted' | 'Succeeded' | 'Failed';
  failureReason: string | null;
  /** Of a condition. */
  outcome: boolean | null;
  /** One an attempt; an attempt whose job was not made has none. */
  jobs: JobRecord[];
  /** Seconds between attempts. */
  waits_s: number[];
};

export type Execution = {
  id: string;
  status: 'Succeeded' | 'Failed';
  failureReason: string | null;
  steps: Record<string, StepRecord>;
  /** What a job did that it must not, though it went well here: changed its inputs, replaced a mount. */
  violations: string[];
};

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const asList = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
