import { isS3Uri, parseS3Uri } from '@pilotlight/artifacts';
import { deferRegistry } from './deferRegistry.ts';
import { fault } from './errors.ts';
import { type LocalRegistryOptions, openLocalRegistry } from './openLocalRegistry.ts';
import type { Registry } from './registry.ts';

export type RegistryOptions = LocalRegistryOptions;

const MLFLOW = 'mlflow:';

/**
 * The registry that a URI names: a folder, `s3://BUCKET/PREFIX` (SageMaker's model packages), or `mlflow:` and the address of a
 * tracking server (MLflow's registered models). Nothing is asked of the place itself before the first call.
 *
 * @throws InputError `bad_uri` for an S3 URI that is none, `bad_registry` for any other form. A tracking URI that is none is refused
 * by the first call.
 */
export function openRegistry(uri: string, options: RegistryOptions = {}): Registry {
  if (isS3Uri(uri)) {
    parseS3Uri(uri);
    return deferRegistry(async () =>
      (await import('./sagemaker/openSageMakerRegistry.ts')).openSageMakerRegistry(uri, options),
    );
  }
  if (uri.startsWith(MLFLOW)) {
    const tracking = uri.slice(MLFLOW.length);
    return deferRegistry(async () =>
      (await import('./mlflow/openMlflowRegistry.ts')).openMlflowRegistry(tracking, options),
    );
  }
  if (uri.trim() === '' || /^[a-z][a-z0-9+.-]*:/i.test(uri)) {
    const todo = 'give a folder, s3://BUCKET/PREFIX, or mlflow: and the address of a tracking server';
    throw fault('bad_registry', 'this names no registry', JSON.stringify(uri), todo);
  }
  return openLocalRegistry(uri, options);
}
