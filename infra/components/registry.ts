import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context, KeyArns } from '../context.ts';
import type { Names } from '../names.ts';
import { imageLifecycle, repositoryPolicy } from './repositoryPolicy.ts';

export type RegistryArgs = { context: Context; keys: KeyArns };

type Image = keyof Names['repositories'];

/** Where images are: tags never move, every push is scanned, old images go. */
export class Registry extends pulumi.ComponentResource {
  readonly repositories: Record<Image, aws.ecr.Repository>;

  constructor(name: string, args: RegistryArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:images:Registry', name, {}, options);
    this.repositories = {
      pipeline: this.makeRepository(args, 'pipeline'),
      lambda: this.makeRepository(args, 'lambda'),
      dashboard: this.makeRepository(args, 'dashboard'),
    };
    const { pipeline, lambda, dashboard } = this.repositories;
    this.registerOutputs({ urls: [pipeline, lambda, dashboard].map((repository) => repository.repositoryUrl) });
  }

  private makeRepository({ context, keys }: RegistryArgs, image: Image): aws.ecr.Repository {
    const { settings, names } = context;
    const repository = new aws.ecr.Repository(
      `${image}-images`,
      {
        name: names.repositories[image].name,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: keys.data }],
        forceDelete: settings.storage.forceDestroy,
      },
      { parent: this, protect: settings.protect },
    );
    const of = { repository: repository.name };
    const policy = repositoryPolicy(context, { forFunctions: image === 'lambda' });
    new aws.ecr.LifecyclePolicy(`${image}-images-lifecycle`, { ...of, policy: imageLifecycle() }, { parent: this });
    new aws.ecr.RepositoryPolicy(`${image}-images-policy`, { ...of, policy }, { parent: this });
    return repository;
  }
}
