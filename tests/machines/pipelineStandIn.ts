import { type Any, type Front, ServiceError } from './front.ts';
import { inTurn } from './functions.ts';

export const PIPELINE = 'pilotlight-dev-segmentation';
const EXECUTION = `arn:aws:sagemaker:eu-west-1:111111111111:pipeline/${PIPELINE}/execution/`;

/** A step of the pipeline as ListPipelineExecutionSteps tells it. */
export type PipelineStep = { StepName: string; StepStatus: 'Succeeded' | 'Failed'; FailureReason?: string };

/**
 * SageMaker Pipelines as the weekly machine sees it: an execution a token, whose statuses are given; once it is told to stop, it stops.
 * moto knows pipelines, but its executions have no course.
 */
export function servePipeline(
  front: Front,
  { statuses, steps = [] }: { statuses: string[]; steps?: PipelineStep[] },
): void {
  const tokens: string[] = [];
  const next = inTurn(...statuses);
  let isStopped = false;
  const known = ({ PipelineExecutionArn }: Any) => {
    const token = tokens[Number(String(PipelineExecutionArn).slice(EXECUTION.length)) - 1];
    if (token === undefined) throw new ServiceError('ResourceNotFound', `no ${PipelineExecutionArn}`);
  };
  front.answer('SageMaker.StartPipelineExecution', ({ ClientRequestToken, PipelineName }) => {
    if (PipelineName !== PIPELINE) throw new ServiceError('ResourceNotFound', `no pipeline ${PipelineName}`);
    if (!tokens.includes(ClientRequestToken)) tokens.push(ClientRequestToken);
    return { PipelineExecutionArn: `${EXECUTION}${tokens.indexOf(ClientRequestToken) + 1}` };
  });
  front.answer('SageMaker.DescribePipelineExecution', (input) => {
    known(input);
    const status = isStopped ? 'Stopped' : next();
    const failed = status === 'Failed' ? { FailureReason: 'Step failure: One or multiple steps failed.' } : {};
    return { PipelineExecutionStatus: status, ...failed };
  });
  front.answer('SageMaker.ListPipelineExecutionSteps', (input) => {
    known(input);
    return { PipelineExecutionSteps: steps };
  });
  front.answer('SageMaker.StopPipelineExecution', (input) => {
    known(input);
    isStopped = true;
    return input;
  });
}
