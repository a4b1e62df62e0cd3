/** The cache of scored texts in S3: what runs at the same time write is all kept. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '@pilotlight/artifacts';
import type { StepContext } from '@pilotlight/pipeline';
import { scoreTexts } from '@pilotlight/text';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTextCache } from '../../pipelines/churn/textCache.ts';
import { DENIED, startFaultProxy } from '../faultProxy.ts';
import { remove, temporary } from '../folders.ts';
import { python, testWithPython } from '../python.ts';
import { type Server, startMoto } from '../servers.ts';

let moto: Server | undefined;
let dir = '';
test.before(async () => {
  if (!python()) return;
  moto = await startMoto();
  Object.assign(process.env, moto.env);
  const body =
    '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
  await fetch(`${moto.url}/data`, { method: 'PUT', body });
});
test.after(() => moto?.stop());
test.before.each(() => {
  dir = temporary();
});
test.after.each(() => remove(dir));

function newContext() {
  const warnings: string[] = [];
  const warn = (_fields: object, msg: string) => void warnings.push(msg);
  const log = { debug: () => {}, info: () => {}, warn, error: warn, child: () => log };
  const context = { log, signal: new AbortController().signal } as unknown as StepContext;
  return { context, warnings };
}

const work = (name: string) => {
  const folder = path.join(dir, name);
  mkdirSync(folder, { recursive: true });
  return folder;
};

/** A scorer that counts what it is asked for: the length of a text is its score. */
function scoreInto(file: string | null, texts: string[], { context }: ReturnType<typeof newContext>) {
  const asked: string[] = [];
  const score = async (some: readonly string[]) => {
    asked.push(...some);
    const positive = (text: string) => text.length / 100;
    return some.map((text) => ({
      label: 'negative' as const,
      negative: 1 - positive(text),
      neutral: 0,
      positive: positive(text),
    }));
  };
  const scorer = { name: 'lengths', kind: 'lexicon' as const, score, close: async () => {} };
  return scoreTexts({ texts, scorer, cacheFile: file, log: context.log }).then(() => asked);
}

testWithPython('one run scores, the next one finds it', async () => {
  const uri = 's3://data/tmp/one.jsonl';
  const first = newContext();
  const cache = await openTextCache(uri, work('a'), first.context);
  assert.equal(await scoreInto(cache.file, ['x', 'yy'], first), ['x', 'yy']);
  await cache.save();
  const second = newContext();
  const again = await openTextCache(uri, work('b'), second.context);
  assert.equal(await scoreInto(again.file, ['x', 'yy', 'zzz'], second), ['zzz']);
  await again.save();
  const third = await openTextCache(uri, work('c'), second.context);
  assert.equal(await scoreInto(third.file, ['x', 'yy', 'zzz'], second), []);
  assert.equal([...first.warnings, ...second.warnings], []);
});

testWithPython('runs at the same time lose nothing of one another', async () => {
  const uri = 's3://data/tmp/many.jsonl';
  const texts = ['a', 'bb', 'ccc', 'dddd'];
  const runs = await Promise.all(
    texts.map(async (text, i) => {
      const run = newContext();
      const cache = await openTextCache(uri, work(`run-${i}`), run.context);
      await scoreInto(cache.file, [text], run);
      return { run, cache };
    }),
  );
  await Promise.all(runs.map(({ cache }) => cache.save()));
  assert.equal(
    runs.flatMap(({ run }) => run.warnings),
    [],
  );
  const after = newContext();
  const cache = await openTextCache(uri, work('after'), after.context);
  assert.equal(await scoreInto(cache.file, texts, after), []);
});

testWithPython('a cache that is complete is not written again', async () => {
  const uri = 's3://data/tmp/quiet.jsonl';
  const run = newContext();
  const cache = await openTextCache(uri, work('a'), run.context);
  await scoreInto(cache.file, ['x'], run);
  await cache.save();
  const proxy = await startFaultProxy(moto?.url ?? '', (line) => (line.startsWith('PUT') ? DENIED : null));
  try {
    process.env.AWS_ENDPOINT_URL = proxy.url;
    const again = await openTextCache(uri, work('b'), run.context);
    assert.equal(await scoreInto(again.file, ['x'], run), []);
    await again.save();
    assert.equal(
      proxy.requests.filter((line) => line.startsWith('PUT')),
      [],
    );
    await scoreInto(again.file, ['yy'], run);
    await again.save();
    assert.is(run.warnings.length, 1, 'what may not be written is a warning, and the scores are used');
    assert.match(run.warnings[0] ?? '', /the texts' scores were not saved for later runs \(.*s3:\/\/data/);
  } finally {
    process.env.AWS_ENDPOINT_URL = moto?.url;
    await proxy.stop();
  }
});

testWithPython('a damaged object is replaced', async () => {
  await openStore('s3://data').write('tmp/damaged.jsonl', 'no cache');
  const run = newContext();
  const cache = await openTextCache('s3://data/tmp/damaged.jsonl', work('a'), run.context);
  assert.equal(await scoreInto(cache.file, ['x'], run), ['x']);
  await cache.save();
  assert.match((await openStore('s3://data').readText('tmp/damaged.jsonl'))?.text ?? '', /^\{"format":"pilotlight/);
});

testWithPython('an address that is wrong is refused before any work', async () => {
  const { context } = newContext();
  for (const [uri, says] of [
    ['s3://data', /the cache of texts is one object: s3:\/\/data/],
    ['s3://data/tmp/', /the cache of texts is one object/],
    ['s3://Bad_Bucket/x', /Bad_Bucket/],
    ['s3://no-such-bucket/x', /s3:\/\/no-such-bucket/],
  ] as const) {
    const refused = await openTextCache(uri, work('a'), context).then(
      () => null,
      (error: Error) => error,
    );
    assert.is(refused?.name, 'InputError', uri);
    assert.match(refused?.message ?? '', says);
  }
});

test('a file of this machine is used as it is, and none is none', async () => {
  const { context } = newContext();
  const file = path.join(dir, 'texts.jsonl');
  writeFileSync(file, 'as it is');
  const cache = await openTextCache(file, dir, context);
  assert.is(cache.file, file);
  await cache.save();
  assert.is(readFileSync(file, 'utf8'), 'as it is');
  assert.is((await openTextCache('none', dir, context)).file, null);
  assert.not(existsSync(path.join(dir, 'text-cache.jsonl')));
});

test.run();
