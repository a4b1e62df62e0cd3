import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSentiment, type SentimentScorer, scoreTexts } from '@pilotlight/text';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createListener, inFolder, inputErrorOf } from './texts.ts';

const TEXTS = ['Unhappy.', 'Info provided.', null, 'Happy!', 'Unhappy.', '  ', '', 'Contento con el precio'];
const LABELS = ['negative', 'neutral', null, 'positive', 'negative', null, null, 'positive'];

const lexicon = await openSentiment({ log: createListener().log });

/** The lexicon, with a list of what it was asked. */
function countingScorer(name = 'counting-1'): { scorer: SentimentScorer; asked: string[] } {
  const asked: string[] = [];
  const scorer: SentimentScorer = {
    ...lexicon,
    name,
    score: (texts, onProgress) => {
      asked.push(...texts);
      return lexicon.score(texts, onProgress);
    },
  };
  return { scorer, asked };
}

test('in order, equal texts once, null for no text', async () => {
  const { scorer, asked } = countingScorer();
  const scores = await scoreTexts({ texts: TEXTS, scorer, log: createListener().log });
  assert.equal(
    scores.map((score) => score?.label ?? null),
    LABELS,
  );
  assert.equal(asked, ['Unhappy.', 'Info provided.', 'Happy!', 'Contento con el precio']);
});

test('no texts at all', async () => {
  const { scorer, asked } = countingScorer();
  assert.equal(await scoreTexts({ texts: [], scorer, log: createListener().log }), []);
  assert.equal(await scoreTexts({ texts: [null], scorer, log: createListener().log }), [null]);
  assert.is(asked.length, 0);
});

test('the cache: a second run scores nothing, only new texts later, and all give what no cache gives', () =>
  inFolder(async (folder) => {
    const { log, said } = createListener();
    const cacheFile = join(folder, 'made', 'cache.jsonl');
    const plain = await scoreTexts({ texts: TEXTS, scorer: lexicon, log });
    const first = countingScorer();
    assert.equal(await scoreTexts({ texts: TEXTS, scorer: first.scorer, cacheFile, log }), plain);
    const bytes = readFileSync(cacheFile);
    const second = countingScorer();
    assert.equal(await scoreTexts({ texts: TEXTS, scorer: second.scorer, cacheFile, log }), plain);
    assert.equal(second.asked, []);
    assert.equal(readFileSync(cacheFile), bytes);
    const third = countingScorer();
    const more = await scoreTexts({ texts: ['Upset', ...TEXTS], scorer: third.scorer, cacheFile, log });
    assert.equal(third.asked, ['Upset']);
    assert.equal(more.slice(1), plain);
    assert.equal(
      said.filter(({ level }) => level !== 'info'),
      [],
    );
    assert.equal(readdirSync(join(folder, 'made')), ['cache.jsonl']);
  }));

test('the file: JSON lines by SHA-256 of the name and the text, without the text, the same bytes for any order of texts', () =>
  inFolder(async (folder) => {
    const files = ['a', 'b'].map((name) => join(folder, name));
    const { log } = createListener();
    for (const [index, cacheFile] of files.entries()) {
      const texts = index === 0 ? TEXTS : TEXTS.toReversed();
      await scoreTexts({ texts, scorer: countingScorer().scorer, cacheFile, log });
    }
    const [one, two] = files.map((file) => readFileSync(file, 'utf8'));
    assert.is(one, two);
    const lines = (one ?? '').trim().split('\n');
    const keys = lines.slice(1).map((line) => (JSON.parse(line) as { key: string }).key);
    const hash = (text: string) => createHash('sha256').update(`counting-1\n${text}`).digest('hex');
    assert.equal(keys, ['Unhappy.', 'Info provided.', 'Happy!', 'Contento con el precio'].map(hash).sort());
    assert.not.match(one ?? '', /nhappy|provided/);
  }));

test("another scorer's scores are neither used nor lost", () =>
  inFolder(async (folder) => {
    const cacheFile = join(folder, 'cache');
    const { log } = createListener();
    await scoreTexts({ texts: TEXTS, scorer: countingScorer('one').scorer, cacheFile, log });
    const other = countingScorer('two');
    await scoreTexts({ texts: TEXTS, scorer: other.scorer, cacheFile, log });
    assert.is(other.asked.length, 4);
    const again = countingScorer('one');
    await scoreTexts({ texts: TEXTS, scorer: again.scorer, cacheFile, log });
    assert.is(again.asked.length, 0);
  }));

const KEY = 'a'.repeat(64);
const HEADER = '{"format":"pilotlight sentiment cache","schema_version":1}\n';
const DAMAGED: Record<string, string> = {
  'an empty file': '',
  'no cache at all': 'hello\n',
  'another version': HEADER.replace('1}', '2}'),
  'a line that is no JSON': `${HEADER}{"key":\n`,
  'a line that is null': `${HEADER}null\n`,
  'a cut last line': `${HEADER}{"key":"${KEY}","negative":1,"neutral":0,"positive":0}`,
  'a bad key': `${HEADER}{"key":"x","negative":1,"neutral":0,"positive":0}\n`,
  'a missing score': `${HEADER}{"key":"${KEY}","negative":1,"neutral":0}\n`,
  'a score out of range': `${HEADER}{"key":"${KEY}","negative":2,"neutral":-1,"positive":0}\n`,
  'scores that do not sum to 1': `${HEADER}{"key":"${KEY}","negative":0.9,"neutral":0,"positive":0}\n`,
  'bytes that are no text': '\u0000\ufffd\u0001',
};

for (const [name, content] of Object.entries(DAMAGED)) {
  test(`a damaged cache is reported and made again: ${name}`, () =>
    inFolder(async (folder) => {
      const cacheFile = join(folder, 'cache');
      writeFileSync(cacheFile, content);
      const { log, said } = createListener();
      const { scorer, asked } = countingScorer();
      const scores = await scoreTexts({ texts: TEXTS, scorer, cacheFile, log });
      assert.equal(
        scores.map((score) => score?.label ?? null),
        LABELS,
      );
      const warnings = said.filter(({ level }) => level === 'warn');
      assert.is(warnings.length, 1);
      assert.ok(warnings[0]?.msg.includes(cacheFile));
      assert.is(asked.length, 4);
      const later = countingScorer();
      const { log: quiet, said: heard } = createListener();
      await scoreTexts({ texts: TEXTS, scorer: later.scorer, cacheFile, log: quiet });
      assert.is(later.asked.length, 0);
      assert.not(heard.some(({ level }) => level === 'warn'));
    }));
}

test('a cache that can be neither read nor made is the user’s to mend', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'file'), '');
    for (const cacheFile of [join(folder, 'folder'), join(folder, 'file', 'cache')]) {
      const error = await inputErrorOf(() =>
        scoreTexts({ texts: TEXTS, scorer: lexicon, cacheFile, log: createListener().log }),
      );
      assert.is(error.code, 'cache_unusable');
      assert.is(error.where, cacheFile);
    }
  }));

test('a run that is stopped keeps what it has scored, and stops', () =>
  inFolder(async (folder) => {
    const cacheFile = join(folder, 'cache');
    const { log } = createListener();
    const texts = Array.from({ length: 1300 }, (_, i) => `text ${i}`);
    const stop = new AbortController();
    const { scorer, asked } = countingScorer();
    const stopping: SentimentScorer = {
      ...scorer,
      score: (part, onProgress) => {
        if (asked.length > 0) stop.abort(new Error('stopped'));
        return scorer.score(part, onProgress);
      },
    };
    let reason = '';
    await scoreTexts({ texts, scorer: stopping, cacheFile, log, signal: stop.signal }).catch((error: Error) => {
      reason = error.message;
    });
    assert.is(reason, 'stopped');
    assert.ok(asked.length > 0 && asked.length < texts.length);
    const rest = countingScorer();
    await scoreTexts({ texts, scorer: rest.scorer, cacheFile, log });
    assert.is(rest.asked.length, texts.length - asked.length);
  }));

test('a scorer that fails leaves the old cache as it was', () =>
  inFolder(async (folder) => {
    const cacheFile = join(folder, 'cache');
    const { log } = createListener();
    const { scorer } = countingScorer();
    await scoreTexts({ texts: TEXTS, scorer, cacheFile, log });
    const bytes = readFileSync(cacheFile);
    const failing: SentimentScorer = { ...scorer, score: () => Promise.reject(new Error('model gone')) };
    let message = '';
    await scoreTexts({ texts: ['new'], scorer: failing, cacheFile, log }).catch((error: Error) => {
      message = error.message;
    });
    assert.is(message, 'model gone');
    assert.equal(readFileSync(cacheFile), bytes);
  }));

test('progress counts the texts left to score, up to all, and ends', async () => {
  const seen: [number, number][] = [];
  let ends = 0;
  const progress = {
    update: (done: number, total: number) => void seen.push([done, total]),
    end: () => {
      ends += 1;
    },
  };
  const texts = Array.from({ length: 600 }, (_, i) => `text ${i}`);
  await scoreTexts({ texts, scorer: lexicon, log: createListener().log, progress });
  assert.equal(seen.at(-1), [600, 600]);
  assert.ok(seen.length > 1 && seen.every(([done, total], i) => total === 600 && done > (seen[i - 1]?.[0] ?? 0)));
  assert.is(ends, 1);
});

test.run();
