import { test } from 'uvu';
import { python, skip } from '../python.ts';
import { registerStoreCases } from './storeCases.ts';
import { localPlace, type Place, s3Place } from './stores.ts';

const places: Partial<Record<Place['name'], Place>> = {};
const placeOf = (name: Place['name']) => () => {
  const place = places[name];
  if (!place) throw new Error(`${name} was not started`);
  return place;
};

test.before(async () => {
  places['a local folder'] = await localPlace();
  if (python()) places.S3 = await s3Place();
});
test.after(async () => {
  for (const place of Object.values(places)) await place.stop();
});

registerStoreCases((name, run) => test(`a local folder: ${name}`, run), placeOf('a local folder'));
if (python()) registerStoreCases((name, run) => test(`S3: ${name}`, run), placeOf('S3'));
else skip('S3: the same tests', 'no Python with tests/python/requirements.txt');

test.run();
