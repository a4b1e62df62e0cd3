import { checkGraph } from './checkGraph.ts';
import type { Definition } from './definition.ts';
import { PipelineError } from './errors.ts';

/** Checks a pipeline and returns it as it is. A {@link PipelineError} lists every fault at once. */
export function definePipeline<const D extends Definition>(definition: D): D {
  const faults = checkGraph(definition);
  if (faults.length > 0) throw new PipelineError('bad_definition', `pipeline ${definition.name}`, faults);
  return definition;
}
