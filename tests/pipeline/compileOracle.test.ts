import { compileSageMaker } from '@pilotlight/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { segmentation } from '../../pipelines/segmentation/definition.ts';
import { runPython, sagemakerPython, skip } from '../python.ts';
import { SEGMENTATION } from './compileCases.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const ORACLE = 'sagemaker_oracle.py';

/**
 * What the two may write differently and mean the same: the SDK leaves out `EnableNetworkIsolation` of a training job where it is
 * false, its default; it writes `ProfilerConfig` where the profiler is off, and an experiment configuration of null. The order of
 * tags is of no account, nor that of keys.
 */
function normalise(value: Json): Json {
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value !== 'object' || value === null) return value;
  const isTraining = 'AlgorithmSpecification' in value;
  const kept = Object.entries(value).filter(([key, inside]) => {
    if (key === 'PipelineExperimentConfig') return inside !== null;
    return !(isTraining && (key === 'ProfilerConfig' || (key === 'EnableNetworkIsolation' && inside === false)));
  });
  const sorted = kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inside]) => [key, normalise(inside)] as const);
  const fields: JsonObject = Object.fromEntries(sorted);
  if (Array.isArray(fields.Tags)) fields.Tags.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return fields;
}

const CASES = [
  ['the SageMaker Python SDK writes the same pipeline', undefined],
  ['the SageMaker Python SDK writes the same pipeline with a cache', 'P30D'],
] as const;
const interpreter = sagemakerPython();

for (const [name, cache] of CASES) {
  if (interpreter === null) {
    skip(name, 'no Python with tests/python/sagemaker-requirements.txt');
    continue;
  }
  test(name, () => {
    const theirs = runPython(ORACLE, [], { options: { ...SEGMENTATION, cache } }, interpreter) as Json;
    const ours = compileSageMaker(segmentation, {
      ...SEGMENTATION,
      cache: cache === undefined ? undefined : { expireAfter: cache },
    });
    assert.equal(normalise(JSON.parse(JSON.stringify(ours))), normalise(theirs));
  });
}

test.run();
