import { join } from 'node:path';
import { ArtifactError, downloadFolder, uploadFolder } from '@pilotlight/artifacts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Fault, type Rule, startFaultProxy } from '../faultProxy.ts';
import { python, skip, testWithPython } from '../python.ts';
import { BROKEN, contentOf, MIB, openIn, SLOW_DOWN, stageFaults } from './faults.ts';
import { failure, filesUnder, fillFolder, hashesUnder, noise, sha256 } from './stores.ts';

const scene = stageFaults(test);

testWithPython('a download that breaks goes on where it broke, of the same version', async () => {
  const content = noise(9 * MIB + 5);
  await openIn(scene).write('x', content);
  const cut = (nth: number, after_bytes: number): Rule => ({
    method: 'GET',
    path: /\/x/,
    nth: [nth],
    fault: { kind: 'cut_response', after_bytes },
  });
  scene.proxy.rules([cut(1, 3 * MIB), cut(2, 0), cut(3, 1), cut(4, 2 * MIB)]);
  assert.is(await contentOf(openIn(scene), 'x'), sha256(content));
  assert.is(scene.proxy.struck, 4);
  const gets = scene.proxy.passed.filter(({ method }) => method === 'GET');
  assert.equal(
    gets.map(({ status }) => status),
    [200, 206, 206, 206, 206],
  );
});

testWithPython(
  'a server that falls silent in the middle of a download is left, and the rest is asked for again',
  async () => {
    const content = noise(3 * MIB);
    await openIn(scene).write('x', content);
    scene.proxy.rules([
      { method: 'GET', nth: [1], fault: { kind: 'hang' } },
      { method: 'GET', nth: [2], fault: { kind: 'hang', after_bytes: MIB } },
    ]);
    assert.is(await contentOf(openIn(scene), 'x'), sha256(content));
    assert.is(scene.proxy.struck, 2);
  },
);

testWithPython('an object that is replaced while it is read is never mixed', async () => {
  const store = openIn(scene);
  await store.write('x', noise(4 * MIB, 1));
  scene.proxy.rules([{ method: 'GET', fault: { kind: 'cut_response', after_bytes: MIB } }]);
  const reading = (await store.read('x')).toArray();
  await store.write('x', noise(4 * MIB, 2));
  const error = await failure(reading);
  assert.instance(error, ArtifactError);
  assert.is(error.code, 'changed');
});

testWithPython('bytes that changed on their way are found, and no file is made of them', async () => {
  await openIn(scene).write('small', 'some text');
  await openIn(scene).write('large', noise(11 * MIB));
  scene.proxy.rules([{ method: 'GET', path: /\/(small|large)/, fault: { kind: 'garble' } }]);
  for (const key of ['small', 'large']) {
    const error = await failure(downloadFolder(`${scene.uri}/${key}`, join(scene.dir, 'out')));
    assert.instance(error, ArtifactError, error.message);
    assert.is(error.code, 'corrupt');
    assert.ok(error.message.includes(`${scene.uri}/${key}`), error.message);
  }
  assert.equal(filesUnder(scene.dir), []);
});

testWithPython('S3 that throttles to the last try gives one line, and no half file or object', async () => {
  fillFolder(join(scene.dir, 'in'), { a: 'a' });
  await uploadFolder(join(scene.dir, 'in'), scene.uri);
  scene.proxy.rules([{ method: 'GET', path: /\/a(\?|$)/, fault: SLOW_DOWN }]);
  const error = await failure(downloadFolder(scene.uri, join(scene.dir, 'out')));
  assert.instance(error, ArtifactError);
  assert.is(error.code, 'throttled');
  assert.match(error.message, /^S3 throttled s3:GetObject to the last try: s3:\/\/.*\/a: run it again/);
  assert.equal(filesUnder(join(scene.dir, 'out')), []);
  scene.proxy.rules([]);
  assert.equal(await downloadFolder(scene.uri, join(scene.dir, 'out')), { files: 1, bytes: 1 });
});

testWithPython('a server that is not there is named', async () => {
  const store = openIn(scene);
  await scene.proxy.stop();
  const error = await failure(store.readText('x'));
  assert.is(error.code, 'unavailable');
  assert.match(error.message, /ECONNREFUSED.*s3:\/\//);
  scene.proxy = await startFaultProxy(scene.place.moto.url);
});

testWithPython('a folder goes up and comes down whole through faults of every kind', async () => {
  const contents = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i % 3}/f${i}`, noise(20_000, i + 1)]));
  fillFolder(join(scene.dir, 'in'), { ...contents, large: noise(12 * MIB) });
  const faults: Fault[] = [BROKEN, { kind: 'cut_request', after_bytes: 9000 }, { kind: 'lose_response' }, BROKEN];
  scene.proxy.rules(faults.map((fault, i) => ({ method: 'PUT', nth: [i * 7 + 2, i * 7 + 5], fault })));
  await uploadFolder(join(scene.dir, 'in'), scene.uri);
  assert.ok(scene.proxy.struck >= 8);
  const back: Fault[] = [BROKEN, { kind: 'cut_response', after_bytes: 9000 }, { kind: 'lose_response' }];
  scene.proxy.rules(back.map((fault, i) => ({ method: 'GET', nth: [i * 7 + 2, i * 7 + 5], fault })));
  await downloadFolder(scene.uri, join(scene.dir, 'out'));
  assert.ok(scene.proxy.struck >= 6);
  assert.equal(hashesUnder(join(scene.dir, 'out')), hashesUnder(join(scene.dir, 'in')));
  scene.proxy.rules([]);
  await uploadFolder(join(scene.dir, 'in'), scene.uri);
  await downloadFolder(scene.uri, join(scene.dir, 'out'));
  const moved = scene.proxy.passed.filter(
    ({ method, path }) => method === 'PUT' || (method === 'GET' && !/list-type/.test(path)),
  );
  // The one GET is the question what the URI itself names.
  assert.ok(
    moved.every(({ status }) => status === 404),
    JSON.stringify(moved),
  );
});

if (!python()) skip('reads from S3 through faults', 'no Python with tests/python/requirements.txt');

test.run();
