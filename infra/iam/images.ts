import { allow, type Statement } from './document.ts';
import { unscoped } from './unscoped.ts';

/** Pulls images of the repositories named. */
export function pullImages(repositories: { arn: string }[]): Statement[] {
  const actions = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];
  return [
    unscoped('RegistryToken', ['ecr:GetAuthorizationToken']),
    allow(
      'ImagesPull',
      actions,
      repositories.map(({ arn }) => arn),
    ),
  ];
}
