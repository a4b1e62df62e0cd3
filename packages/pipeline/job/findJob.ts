import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file tree of a SageMaker job: its settings, inputs, outputs and last words. */
export type JobPlace = { kind: 'processing' | 'training'; root: string };

/** Where SageMaker mounts the tree; `PILOTLIGHT_ML_ROOT` moves all of it. */
export const ML_ROOT = '/opt/ml';

/** Any one is enough to tell the kind. */
export const JOB_FILES = {
  processing: ['config/processingjobconfig.json', 'config/resourceconfig.json'],
  training: [
    'input/config/hyperparameters.json',
    'input/config/resourceconfig.json',
    'input/config/inputdataconfig.json',
  ],
} as const;

/** The job that this process is, told by the files that the service puts there; null on any other machine. */
export function findJob(env: NodeJS.ProcessEnv): JobPlace | null {
  const root = env.PILOTLIGHT_ML_ROOT || ML_ROOT;
  const kinds = ['processing', 'training'] as const;
  const kind = kinds.find((one) => JOB_FILES[one].some((file) => existsSync(join(root, file))));
  return kind === undefined ? null : { kind, root };
}
