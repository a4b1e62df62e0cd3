import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Models } from '../../infra/components/models.ts';
import { captureComponent, contextOf, of, STACKS } from './mocks.ts';

for (const stack of STACKS) {
  test(`${stack}: a group a model, named as the pipelines register`, async () => {
    const context = contextOf(stack);
    const resources = await captureComponent(() => new Models('models', { context }), stack);
    const groups = of(resources, 'aws:sagemaker/modelPackageGroup:ModelPackageGroup');
    const expected = ['churn', 'segmentation-domestic', 'segmentation-industrial'].map(
      (group) => `pilotlight-${stack}-${group}`,
    );
    assert.equal(groups.map(({ inputs }) => inputs.modelPackageGroupName).sort(), expected);
    assert.equal(groups.map(({ name }) => name).sort(), [
      'churn-models',
      'segmentation-domestic-models',
      'segmentation-industrial-models',
    ]);
    for (const { inputs, protect } of groups) {
      assert.match(inputs.modelPackageGroupName, /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
      assert.ok(inputs.modelPackageGroupDescription.length <= 1024);
      assert.is(protect, stack !== 'dev');
    }
    assert.equal(
      groups.map(({ inputs }) => inputs.modelPackageGroupName).sort(),
      Object.values(context.names.modelGroups)
        .map(({ name }) => name)
        .sort(),
    );
  });
}

test.run();
