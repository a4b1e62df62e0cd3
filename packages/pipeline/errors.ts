/**
 * A fault of a pipeline's own code or definition, not of what the user gave. `bad_definition` lists every fault of the
 * definition; `unknown_name` is a step that asks its context for what its definition does not have.
 */
export class PipelineError extends Error {
  override readonly name = 'PipelineError';
  readonly code: 'bad_definition' | 'unknown_name';
  readonly faults: readonly string[];

  constructor(code: PipelineError['code'], what: string, faults: readonly string[]) {
    super(`${what}: ${faults.join('; ')}`);
    this.code = code;
    this.faults = faults;
  }
}
