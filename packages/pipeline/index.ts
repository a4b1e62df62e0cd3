/** Pipelines as data, and the runner that runs them on this machine. Knows no domain words and no cloud. */

export { checkGraph } from './checkGraph.ts';
export { definePipeline } from './definePipeline.ts';
export type { Condition, Definition, Fail, InputSource, Node, Operand, Parameter, Step, Test } from './definition.ts';
export { isStep } from './definition.ts';
export { describeGraph } from './describeGraph.ts';
export { PipelineError } from './errors.ts';
export { evaluateCondition, readPath } from './evaluateCondition.ts';
export { runOrder } from './graph.ts';
export { resolveParameters } from './parameters.ts';
export type { NodeReport, NodeStatus, RunReport } from './report.ts';
export { runPipeline } from './runPipeline.ts';
export type { RunOptions } from './runState.ts';
export { runStep, type StepOptions } from './runStep.ts';
export { formatStepArguments, parseStepArguments, type StepArguments } from './stepArguments.ts';
export { requireInput, requireOutput, requireParameter, type StepContext, type StepFunction } from './stepContext.ts';
