/** Pipelines as data, the runner that runs them on this machine, the compilers that write them for AWS. Knows no domain words. */

export { checkGraph } from './checkGraph.ts';
export { lintPipelineJson } from './compile/lintPipelineJson.ts';
export { lintStateMachine } from './compile/lintStateMachine.ts';
export type { MachineOptions, StateMachine } from './compile/machineTypes.ts';
export type { CompileOptions, OutputRoots, Value } from './compile/options.ts';
export { compileSageMaker, type SageMakerOptions, type SageMakerPipeline } from './compile/sagemaker.ts';
export { compileStateMachine } from './compile/stateMachine.ts';
export { definePipeline } from './definePipeline.ts';
export type { Condition, Definition, Fail, InputSource, Node, Operand, Parameter, Step, Test } from './definition.ts';
export { isStep } from './definition.ts';
export { describeGraph } from './describeGraph.ts';
export { PipelineError } from './errors.ts';
export { evaluateCondition, readPath } from './evaluateCondition.ts';
export { oneLine } from './explainFailure.ts';
export { runOrder } from './graph.ts';
export { leaveLastWordsOfProcess } from './job/lastWords.ts';
export { resolveParameters } from './parameters.ts';
export type { NodeReport, NodeStatus, RunReport } from './report.ts';
export { runPipeline } from './runPipeline.ts';
export type { RunOptions } from './runState.ts';
export { runStep, type StepEnding, type StepOptions } from './runStep.ts';
export { formatStepArguments, parseStepArguments, type StepArguments } from './stepArguments.ts';
export {
  type Hosts,
  requireInput,
  requireOutput,
  requireParameter,
  type StepContext,
  type StepFunction,
} from './stepContext.ts';
