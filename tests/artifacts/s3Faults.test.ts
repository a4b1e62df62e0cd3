import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Fault, Rule } from '../faultProxy.ts';
import { python, skip, testWithPython } from '../python.ts';
import { BROKEN, contentOf, MIB, openIn, SLOW_DOWN, stageFaults, versionsIn } from './faults.ts';
import { failure, noise, sha256 } from './stores.ts';

const scene = stageFaults(test);

const UPLOAD_FAULTS: [string, Rule[]][] = [
  ['S3 throttles parts', [{ method: 'PUT', path: /partNumber/, nth: [1, 3], fault: SLOW_DOWN }]],
  ['the connection is cut in the middle of a part', [cutPart([2, 5])]],
  ['the answer to a part is lost', [{ method: 'PUT', path: /partNumber/, nth: [2], fault: { kind: 'lose_response' } }]],
  ['S3 has an inner error where the upload begins', [{ method: 'POST', path: /uploads/, nth: [1], fault: BROKEN }]],
  ['S3 throttles the end', [{ method: 'POST', path: /uploadId/, nth: [1], fault: SLOW_DOWN }]],
  ['the answer to the end is lost', [{ method: 'POST', path: /uploadId/, nth: [1], fault: { kind: 'lose_response' } }]],
  ['the server is silent at a part', [{ method: 'PUT', path: /partNumber/, nth: [2], fault: { kind: 'hang' } }]],
];

function cutPart(nth: number[]): Rule {
  return { method: 'PUT', path: /partNumber/, nth, fault: { kind: 'cut_request', after_bytes: 2 * MIB } };
}

for (const [name, rules] of UPLOAD_FAULTS) {
  testWithPython(`a large upload arrives once and whole although ${name}`, async () => {
    const content = noise(17 * MIB + 11);
    writeFileSync(join(scene.dir, 'file'), content);
    scene.proxy.rules(rules);
    await openIn(scene).write('file', { path: join(scene.dir, 'file') }, { ifAbsent: true });
    assert.ok(scene.proxy.struck >= 1, 'the fault struck');
    scene.proxy.rules(rules);
    await openIn(scene).write('stream', Readable.from([content.subarray(0, 9), content.subarray(9)]), {
      ifAbsent: true,
    });
    assert.ok(scene.proxy.struck >= 1, 'the fault struck');
    scene.proxy.rules([]);
    assert.is(await contentOf(openIn(scene), 'file'), sha256(content));
    assert.is(await contentOf(openIn(scene), 'stream'), sha256(content));
    assert.is((await versionsIn(scene)).length, 2);
    assert.equal(await scene.place.leftovers(scene.uri), []);
  });
}

const SMALL_FAULTS: [string, Fault][] = [
  ['S3 throttles', SLOW_DOWN],
  ['S3 has an inner error', BROKEN],
  ['the connection is cut in the middle', { kind: 'cut_request', after_bytes: 100_000 }],
  ['the answer is lost', { kind: 'lose_response' }],
  ['the server is silent', { kind: 'hang' }],
];
for (const [name, fault] of SMALL_FAULTS) {
  testWithPython(`a small conditional write is done once although ${name}`, async () => {
    scene.proxy.rules([{ method: 'PUT', nth: [1, 2], fault }]);
    const first = await openIn(scene).write('x', noise(300_000), { ifAbsent: true });
    assert.is(scene.proxy.struck >= 1, true);
    scene.proxy.rules([{ method: 'PUT', nth: [1], fault }]);
    const second = await openIn(scene).write('x', noise(300_000, 2), { ifVersion: first.version });
    scene.proxy.rules([]);
    assert.equal(await openIn(scene).head('x'), second);
    assert.is(await contentOf(openIn(scene), 'x'), sha256(noise(300_000, 2)));
    assert.is((await versionsIn(scene)).length, 2);
  });
}

testWithPython("another's object is not taken for one's own, even with the same content", async () => {
  await openIn(scene).write('x', 'same', { ifAbsent: true });
  scene.proxy.rules([{ method: 'PUT', nth: [1], fault: { kind: 'delay', delay_ms: 50 } }]);
  assert.is((await failure(openIn(scene).write('x', 'same', { ifAbsent: true }))).code, 'exists');
  assert.is((await versionsIn(scene)).length, 1);
});

testWithPython('S3 tells two writers that they met: the write is tried again', async () => {
  scene.proxy.rules([
    { method: 'PUT', nth: [1], fault: { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' } },
  ]);
  await openIn(scene).write('x', 'one', { ifAbsent: true });
  assert.is(scene.proxy.struck, 1);
  assert.is((await versionsIn(scene)).length, 1);
});

testWithPython('S3 that fails to the last try leaves no part of an upload', async () => {
  scene.proxy.rules([{ method: 'PUT', path: /partNumber=2/, fault: BROKEN }]);
  const error = await failure(openIn(scene).write('x', noise(17 * MIB)));
  assert.is(error.code, 'unavailable');
  scene.proxy.rules([]);
  assert.is(await openIn(scene).head('x'), null);
  assert.equal(await scene.place.leftovers(scene.uri), []);
});

if (!python()) skip('writes to S3 through faults', 'no Python with tests/python/requirements.txt');

test.run();
