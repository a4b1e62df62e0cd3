import { definePipeline } from '@pilotlight/pipeline';

const resources = {
  instanceTypeParameter: 'InstanceType',
  instanceCountParameter: 'InstanceCount',
  volumeGb: 1,
  timeLimitMinutes: 1,
} as const;

const middle = (name: 'Left' | 'Right') =>
  ({
    name,
    kind: 'training',
    description: `the ${name} of two that may run at the same time`,
    inputs: { rows: { step: 'First', output: 'rows' } },
    outputs: { model: { path: `models/${name}` } },
    parameters: [],
    arguments: { Side: name },
    after: ['Gate'],
    resources,
  }) as const;

/** First -> Check -> Gate -> (Stop | Left + Right) -> Last: the shape of a real pipeline, with nothing to compute. */
export const fake = definePipeline({
  name: 'fake',
  description: 'Steps that copy text',
  parameters: {
    DataUri: { type: 'String', description: 'a folder' },
    BaselineUri: { type: 'String', default: 'none', description: 'a folder, or none' },
    ExecutionDate: { type: 'String', default: '2026-01-31', description: 'a date' },
    Threshold: { type: 'Float', default: 0.25, description: 'a number' },
    StopOnDrift: { type: 'String', default: 'false', values: ['true', 'false'], description: 'a choice' },
    InstanceType: { type: 'String', default: 'any', description: 'unused here' },
    InstanceCount: { type: 'Integer', default: 1, description: 'unused here' },
  },
  steps: [
    {
      name: 'First',
      kind: 'processing',
      description: 'reads the data',
      inputs: { data: { parameter: 'DataUri' } },
      outputs: { rows: { path: 'rows' }, notes: { path: 'notes' } },
      parameters: ['ExecutionDate'],
      resources,
    },
    {
      name: 'Check',
      kind: 'processing',
      description: 'writes the facts that the gate reads',
      inputs: { rows: { step: 'First', output: 'rows' }, baseline: { parameter: 'BaselineUri', optional: true } },
      outputs: { report: { path: 'report' } },
      parameters: ['Threshold'],
      propertyFiles: { Facts: { output: 'report', path: 'facts.json' } },
      resources,
    },
    {
      name: 'Gate',
      kind: 'condition',
      all: [
        { left: { parameter: 'StopOnDrift' }, op: 'Equals', right: 'true' },
        { left: { step: 'Check', propertyFile: 'Facts', path: 'drift.overall' }, op: 'GreaterThan', right: 0.1 },
      ],
      then: ['Stop'],
      otherwise: ['Left', 'Right'],
    },
    { name: 'Stop', kind: 'fail', message: 'drift found', exitCode: 3 },
    middle('Left'),
    middle('Right'),
    {
      name: 'Last',
      kind: 'processing',
      description: 'reads both models',
      inputs: { left: { step: 'Left', output: 'model' }, right: { step: 'Right', output: 'model' } },
      outputs: { result: { path: 'result' } },
      parameters: [],
      resources,
    },
  ],
});

/** Source -> Choice -> (Learn -> Keep | nothing); Use reads Source, and Keep where the choice let it run. */
export const forked = definePipeline({
  name: 'forked',
  description: 'A branch that the last step can do without',
  parameters: {
    DataUri: { type: 'String', description: 'a folder' },
    Mode: { type: 'String', default: 'use', values: ['learn', 'use'], description: 'a choice' },
    InstanceType: { type: 'String', default: 'any', description: 'unused here' },
    InstanceCount: { type: 'Integer', default: 1, description: 'unused here' },
  },
  steps: [
    {
      name: 'Source',
      kind: 'processing',
      description: 'reads the data',
      inputs: { data: { parameter: 'DataUri' } },
      outputs: { rows: { path: 'rows' } },
      parameters: [],
      resources,
    },
    {
      name: 'Choice',
      kind: 'condition',
      all: [{ left: { parameter: 'Mode' }, op: 'Equals', right: 'learn' }],
      then: ['Learn'],
      otherwise: [],
    },
    {
      name: 'Learn',
      kind: 'training',
      description: 'runs when chosen',
      inputs: { rows: { step: 'Source', output: 'rows' } },
      outputs: { model: { path: 'model' } },
      parameters: [],
      resources,
    },
    {
      name: 'Keep',
      kind: 'processing',
      description: 'runs when Learn does',
      inputs: { model: { step: 'Learn', output: 'model' } },
      outputs: { kept: { path: 'kept' } },
      parameters: [],
      resources,
    },
    {
      name: 'Use',
      kind: 'processing',
      description: 'runs in any case, and is not handed the choice',
      inputs: { rows: { step: 'Source', output: 'rows' }, kept: { step: 'Keep', output: 'kept', optional: true } },
      outputs: { result: { path: 'result' } },
      parameters: [],
      resources,
    },
  ],
});
