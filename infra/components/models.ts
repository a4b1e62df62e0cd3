import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Context } from '../context.ts';
import type { Names } from '../names.ts';

export type ModelsArgs = { context: Context };

type Group = keyof Names['modelGroups'];

const GROUPS: Record<Group, { child: string; description: string }> = {
  segmentationDomestic: { child: 'segmentation-domestic', description: 'Risk of domestic contracts, trained weekly' },
  segmentationIndustrial: {
    child: 'segmentation-industrial',
    description: 'Risk of industrial contracts, trained weekly',
  },
  churn: { child: 'churn', description: 'Customers about to leave, trained weekly and scored daily' },
};

/** Where the pipelines register model versions, and where people approve them. */
export class Models extends pulumi.ComponentResource {
  readonly groups: Record<Group, aws.sagemaker.ModelPackageGroup>;

  constructor(name: string, { context }: ModelsArgs, options?: pulumi.ComponentResourceOptions) {
    super('energy:learning:Models', name, {}, options);
    this.groups = {
      segmentationDomestic: this.makeGroup(context, 'segmentationDomestic'),
      segmentationIndustrial: this.makeGroup(context, 'segmentationIndustrial'),
      churn: this.makeGroup(context, 'churn'),
    };
    this.registerOutputs({ groupNames: Object.values(this.groups).map((group) => group.modelPackageGroupName) });
  }

  private makeGroup({ settings, names }: Context, group: Group): aws.sagemaker.ModelPackageGroup {
    const { child, description } = GROUPS[group];
    return new aws.sagemaker.ModelPackageGroup(
      `${child}-models`,
      { modelPackageGroupName: names.modelGroups[group].name, modelPackageGroupDescription: description },
      { parent: this, protect: settings.protect },
    );
  }
}
