import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { python, skip } from '../python.ts';
import { type Killed, killAtEach, SCENARIOS } from './killed.ts';
import { sageMakerPlace } from './places.ts';

const place = sageMakerPlace();
let killed: Killed;
let close = async () => {};

if (python() === null) {
  skip(
    'processes that are killed while they change a SageMaker registry',
    'no Python with tests/python/requirements.txt',
  );
} else {
  test.before(async () => {
    await place.start();
    const opened = await place.open(() => new Date(0));
    close = opened.close;
    const { registry, uri, at } = opened;
    const numbers = async (group: string) => {
      const { ModelPackageSummaryList } = await place.api.call('ListModelPackages', { ModelPackageGroupName: group });
      return (ModelPackageSummaryList as { ModelPackageVersion: number }[]).map((one) => one.ModelPackageVersion);
    };
    killed = { uri, registry, at, numbers };
  });
  test.after(async () => {
    await close();
    await place.stop();
  });
  for (const scenario of SCENARIOS) {
    test(`killed before any of its changes, ${scenario.method} after ${scenario.before.length} versions leaves all or nothing`, async () => {
      const kills = await killAtEach(killed, scenario);

      assert.ok(kills >= 3, `${kills} kills`);
    });
  }
}

test.run();
