import type { Model } from '../../api.ts';

/** Where an object of the bucket belongs: a run, and its name in a local run folder. */
export type CloudKey = { model: Model; run_id: string; name: string };

/** Where layers are, as the pipelines' roots and the compilers put them: `<root>/<layer>/<run id>/...`. */
export const PREFIXES = ['gold', 'silver', 'models', 'scored', 'monitoring'] as const;
/** What steps took, for a week. */
export const FACTS_PREFIX = 'tmp/runs';

const CHURN_UNDER_SCORED = new Set(['evaluation', 'registration', 'recommendations']);
const CHURN_LAYERS = new Set(['gold', 'silver', 'monitoring']);
/** A training job puts what it made under a folder of its own name. */
const JOB = /^[^/]+\/output\/model\//;

/** Undefined: none of a run's, such as the registry. */
export function readKey(key: string): CloudKey | undefined {
  const parts = key.split('/');
  const [first = '', second = '', third = ''] = parts;
  if (CHURN_LAYERS.has(first)) return churn(second, first, parts.slice(2));
  if (first === 'scored' && second === 'segmentation') return contracts(parts);
  if (first === 'scored' && CHURN_UNDER_SCORED.has(second)) return churn(third, second, parts.slice(3));
  if (first === 'scored') return churn(second, 'scored', parts.slice(2));
  if (first === 'models' && second === 'segmentation') return contracts(parts);
  if (first === 'models' && second !== 'registry') {
    return churn(second, 'models', parts.slice(2).join('/').replace(JOB, '').split('/'));
  }
  return undefined;
}

function churn(run: string, layer: string, rest: readonly string[]): CloudKey | undefined {
  const name = rest.join('/');
  return run === '' || name === '' ? undefined : { model: 'churn', run_id: run, name: `${layer}/${name}` };
}

function contracts([, , layer = '', run = '', ...rest]: readonly string[]): CloudKey | undefined {
  const [part = '', ...inside] = rest;
  const name = layer === 'models' ? `${part}/${inside.join('/').replace(JOB, '')}` : rest.join('/');
  return run === '' || rest.length === 0 ? undefined : { model: 'segmentation', run_id: run, name: `${layer}/${name}` };
}
