import { getText, openS3 } from './bucket.ts';
import { type Job, propertyOf } from './describeJob.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { readPipeline } from './readPipeline.ts';
import { resolveParameters } from './resolveParameters.ts';
import { runStep } from './runStep.ts';
import { testConditions } from './testConditions.ts';
import type { Cloud, Execution, Node, Pipeline, StepRecord } from './types.ts';

export type Start = {
  /** The pipeline's JSON. */
  pipeline: string;
  parameters: Readonly<Record<string, string>>;
  /** Twelve characters, as SageMaker gives them. */
  id: string;
  cloud: Cloud;
};

type Run = {
  pipeline: Pipeline;
  scope: Scope;
  jobs: Map<string, Job>;
  execution: Execution;
  cloud: Cloud;
};

/**
 * Makes and starts a pipeline and follows it to its end. Steps run as soon as what they need has ended well; after the first failure those
 * that run are waited for and no other is started.
 *
 * @throws Refused where the service would have taken the pipeline, or its parameters, in the first place
 */
export async function startExecution({ pipeline: text, parameters, id, cloud }: Start): Promise<Execution> {
  const pipeline = readPipeline(text);
  const values = resolveParameters(pipeline.parameters, parameters);
  const jobs = new Map<string, Job>();
  const arn = 'arn:aws:sagemaker:eu-west-1:123456789012:pipeline/stand-in';
  const now = new Date().toISOString();
  const s3 = openS3(cloud.env);
  const scope: Scope = {
    parameters: values,
    execution: {
      PipelineExecutionId: id,
      PipelineExecutionArn: `${arn}/execution/${id}`,
      PipelineArn: arn,
      PipelineName: 'stand-in',
      StartDateTime: now,
      CurrentDateTime: now,
    },
    property: (step, property) => propertyOf(endedWell(jobs, step), property),
    async propertyFile(step, name) {
      const file = pipeline.nodes.get(step)?.propertyFiles.find((one) => one.name === name);
      const output = endedWell(jobs, step).outputs.find(({ key }) => key === file?.output);
      if (!file || !output) throw new Error(`no property file ${step}.${name}`);
      return JSON.parse(await getText(s3, `${output.uri}/${file.path}`));
    },
  };
  const steps = [...pipeline.nodes.keys()].map((name) => [name, notStarted()] as const);
  const execution: Execution = {
    ...{ id, status: 'Succeeded', failureReason: null },
    ...{ steps: Object.fromEntries(steps), violations: [] },
  };
  try {
    await follow({ pipeline, scope, jobs, execution, cloud }, (node, run) => runNode(node, run, s3));
  } finally {
    s3.destroy();
  }
  return execution;
}

const notStarted = (): StepRecord => ({
  status: 'NotStarted',
  failureReason: null,
  outcome: null,
  jobs: [],
  waits_s: [],
});

function endedWell(jobs: ReadonlyMap<string, Job>, step: string): Job {
  const job = jobs.get(step);
  if (!job) throw new Error(`${step} has not ended well`);
  return job;
}

async function follow(run: Run, runOne: (node: Node, run: Run) => Promise<void>): Promise<void> {
  const { pipeline, execution } = run;
  const waiting = new Set(pipeline.nodes.values());
  const running = new Map<string, Promise<void>>();
  for (;;) {
    const ready = execution.status === 'Succeeded' ? [...waiting].filter((node) => isReady(node, execution)) : [];
    for (const node of ready) {
      waiting.delete(node);
      running.set(
        node.name,
        runOne(node, run).finally(() => running.delete(node.name)),
      );
    }
    if (running.size === 0) return;
    await Promise.race(running.values());
  }
}

function isReady({ needs, branches }: Node, { steps }: Execution): boolean {
  const isChosen = branches.every(({ condition, outcome }) => steps[condition]?.outcome === outcome);
  return isChosen && [...needs].every((name) => steps[name]?.status === 'Succeeded');
}

async function runNode(node: Node, run: Run, s3: ReturnType<typeof openS3>): Promise<void> {
  const { scope, cloud, execution } = run;
  const record = execution.steps[node.name] ?? notStarted();
  try {
    if (node.type === 'Fail') {
      record.status = 'Failed';
      record.failureReason = String(await evaluate(node.arguments.ErrorMessage ?? null, scope));
    } else if (node.type === 'Condition') {
      record.outcome = await testConditions(node.arguments.Conditions, scope);
      record.status = 'Succeeded';
    } else {
      const step = { ...node, type: node.type };
      const { job, violations, ...ended } = await runStep(step, { scope, cloud, s3, executionId: execution.id });
      Object.assign(record, ended);
      execution.violations.push(...violations);
      if (job) run.jobs.set(node.name, job);
    }
  } catch (error) {
    record.status = 'Failed';
    record.failureReason = `ClientError: ${(error as Error).message}`;
  }
  if (record.status !== 'Failed') return;
  execution.status = 'Failed';
  execution.failureReason = 'Step failure: One or multiple steps failed.';
}
