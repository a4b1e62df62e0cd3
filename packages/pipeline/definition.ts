/** A value that the run is given by name, as text; `values`, when given, are the only ones allowed. */
export type Parameter = {
  type: 'String' | 'Integer' | 'Float' | 'Boolean';
  default?: string | number | boolean;
  description: string;
  values?: readonly string[];
};

/**
 * Where an input folder comes from: the value of a parameter (`none` = not handed, where optional), or a step's output (not handed,
 * where optional, when a condition left that step out; the reader runs all the same).
 */
export type InputSource = { parameter: string; optional?: true } | { step: string; output: string; optional?: true };

/** A job: input folders and parameters in, output folders out, nothing else. */
export type Step = {
  /** `[A-Za-z0-9_-]{1,64}`, unique in the pipeline. */
  name: string;
  kind: 'processing' | 'training';
  description: string;
  inputs: Readonly<Record<string, InputSource>>;
  /** Folders under the run's output folder, e.g. `models/Domestic`. */
  outputs: Readonly<Record<string, { path: string }>>;
  /** The pipeline parameters that are handed to the step. */
  parameters: readonly string[];
  /** Constants that are handed to the step beside them. */
  arguments?: Readonly<Record<string, string>>;
  /** JSON facts among the outputs that conditions read. */
  propertyFiles?: Readonly<Record<string, { output: string; path: string }>>;
  /** Nodes that must have ended well before, beside those whose outputs it reads. */
  after?: readonly string[];
  /** Several machines may do its work together, the first of them writing the outputs; else a job of several is refused. */
  sharesWork?: true;
  resources: {
    instanceTypeParameter: string;
    instanceCountParameter: string;
    volumeGb: number;
    timeLimitMinutes: number;
  };
};

/** A fork: when all tests hold, the nodes of `then` may run and those of `otherwise` do not, else the other way round. */
export type Condition = {
  name: string;
  kind: 'condition';
  all: readonly Test[];
  then: readonly string[];
  otherwise: readonly string[];
};

export type Test = {
  left: Operand;
  op: 'Equals' | 'GreaterThan' | 'GreaterThanOrEqualTo' | 'LessThan' | 'LessThanOrEqualTo';
  right: string | number | boolean;
};

/** A parameter, or a value inside a property file: `path` is `key.key[index]`. */
export type Operand = { parameter: string } | { step: string; propertyFile: string; path: string };

/** Ends the run with a message and an exit code. */
export type Fail = { name: string; kind: 'fail'; message: string; exitCode: number };

export type Node = Step | Condition | Fail;

export type Definition = {
  name: string;
  description: string;
  parameters: Readonly<Record<string, Parameter>>;
  steps: readonly Node[];
};

export function isStep(node: Node): node is Step {
  return node.kind === 'processing' || node.kind === 'training';
}
