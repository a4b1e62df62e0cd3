import { openMlflow, searchModelVersions } from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { python, skip } from '../python.ts';
import { type Killed, killAtEach, SCENARIOS } from './killed.ts';
import { mlflowPlace } from './places.ts';

const place = mlflowPlace();
let killed: Killed;
let close = async () => {};

if (python() === null) {
  skip(
    'processes that are killed while they change an MLflow registry',
    'no Python with tests/python/requirements.txt',
  );
} else {
  test.before(async () => {
    await place.start();
    const opened = await place.open(() => new Date(0));
    close = opened.close;
    const { registry, uri, at } = opened;
    const numbers = async (group: string) => {
      const versions = searchModelVersions(openMlflow(place.url), { filter: `name='${group}'` });
      return (await Array.fromAsync(versions)).map(({ version }) => version);
    };
    killed = { uri, registry, at, numbers };
  });
  test.after(async () => {
    await close();
    await place.stop();
  });
  // The first registration and an approval are the same calls with fewer versions.
  for (const scenario of SCENARIOS.filter(({ method, before }) => method !== 'approve' && before.length > 0)) {
    test(`killed before any of its changes, ${scenario.method} leaves all or nothing`, async () => {
      const kills = await killAtEach(killed, scenario);
      assert.ok(kills > 3, `${kills} kills`);
    });
  }
}

test.run();
