import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openSentiment, type Sentiment, scoreTexts } from '@pilotlight/text';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ROOT, runPython, testWithPython } from '../python.ts';
import { createListener, inFolder, inputErrorOf } from './texts.ts';

type Model = { file: string; seed: number; outputs?: number; broken?: boolean };
type Request = { config?: Record<string, unknown>; models?: Model[] };

/** Short and long, of one byte and of several a letter, and one longer than the 32 tokens that the model takes. */
const TEXTS = [
  'Happy!',
  'Unhappy.',
  'No está contento, señora Muñoz',
  '🙂 x',
  'a',
  'The customer expressed satisfaction with the upcoming contract renewal in 45 days.',
  'Exactly thirty bytes of text .',
];

const FULL: Model = { file: 'onnx/model.onnx', seed: 11 };

const made = new Map<string, { folder: string; scores: number[][][] }>();
const templates = mkdtempSync(join(tmpdir(), 'pilotlight-text-'));
test.after(() => rmSync(templates, { recursive: true, force: true }));

/**
 * Puts a model into `folder` and returns, by its file, its probabilities of each text, in the order of its logits,
 * from numpy.
 */
function makeModel(folder: string, { config = {}, models = [FULL] }: Request = {}): Map<string, number[][]> {
  const key = JSON.stringify({ config, models });
  const template = made.get(key) ?? { folder: join(templates, String(made.size)), scores: [] };
  if (!made.has(key)) {
    const request = { folder: template.folder, config, models, texts: TEXTS };
    template.scores = runPython('make_tiny_model.py', [], request) as number[][][];
    made.set(key, template);
  }
  cpSync(template.folder, folder, { recursive: true });
  return new Map(models.map(({ file }, index) => [file, template.scores[index] ?? []]));
}

async function scoresOf(folder: string): Promise<{ name: string; scores: Sentiment[] }> {
  const scorer = await openSentiment({ weightsFolder: folder, log: createListener().log });
  try {
    return { name: scorer.name, scores: await scorer.score(TEXTS) };
  } finally {
    await scorer.close();
  }
}

function checkScores(scores: readonly Sentiment[], expected: readonly (readonly number[])[] | undefined): void {
  assert.is(scores.length, TEXTS.length);
  assert.is(expected?.length, TEXTS.length);
  for (const [index, { label, negative, neutral, positive }] of scores.entries()) {
    const found = { negative, neutral, positive };
    for (const [place, value] of Object.values(found).entries()) {
      const difference = Math.abs(value - (expected?.[index]?.[place] ?? Number.NaN));
      assert.ok(difference < 1e-5, `${TEXTS[index]}: ${JSON.stringify(found)} is not ${expected?.[index]}`);
    }
    assert.ok(Math.abs(negative + neutral + positive - 1) <= 1e-9);
    assert.is(found[label], Math.max(negative, neutral, positive));
  }
}

testWithPython('scores equal an independent computation in numpy, for texts of any length', () =>
  inFolder(async (folder) => {
    const expected = makeModel(join(folder, 'tiny')).get(FULL.file);
    const { log, said } = createListener();
    const scorer = await openSentiment({ weightsFolder: join(folder, 'tiny'), log });
    const seen: number[][] = [];
    const scores = await scorer.score(TEXTS, (...counts) => seen.push(counts));
    await scorer.close();
    checkScores(scores, expected);
    assert.is(new Set(scores.map(({ label }) => label)).size, 3, 'the texts tell the labels apart');
    assert.equal(seen.at(-1), [TEXTS.length, TEXTS.length]);
    assert.is(scorer.kind, 'model');
    assert.match(scorer.name, /^tiny-[0-9a-f]{12}$/);
    assert.equal(
      said.map(({ level }) => level),
      ['info'],
    );
  }),
);

testWithPython("a text's scores do not depend on its neighbours, so a cache changes nothing", () =>
  inFolder(async (folder) => {
    makeModel(join(folder, 'tiny'));
    const { log } = createListener();
    const scorer = await openSentiment({ weightsFolder: join(folder, 'tiny'), log });
    const together = await scorer.score(TEXTS);
    for (const [index, text] of TEXTS.entries()) assert.equal(await scorer.score([text]), [together[index]]);
    const cacheFile = join(folder, 'cache');
    await scoreTexts({ texts: TEXTS.slice(2, 4), scorer, cacheFile, log });
    assert.equal(await scoreTexts({ texts: TEXTS, scorer, cacheFile, log }), together);
    await scorer.close();
    const unused = { ...scorer, score: () => Promise.reject(new Error('asked again')) };
    assert.equal(await scoreTexts({ texts: TEXTS, scorer: unused, cacheFile, log }), together);
  }),
);

const LABELLINGS: [name: string, id2label: Record<string, string>, order: number[]][] = [
  ['other case and order', { 0: 'POSITIVE', 1: 'Negative', 2: 'neutral' }, [1, 2, 0]],
  ['LABEL_0 to LABEL_2', { 0: 'LABEL_0', 1: 'LABEL_1', 2: 'LABEL_2' }, [0, 1, 2]],
];

for (const [name, id2label, order] of LABELLINGS) {
  testWithPython(`labels come from the model's configuration: ${name}`, () =>
    inFolder(async (folder) => {
      const expected = makeModel(folder, { config: { id2label } }).get(FULL.file);
      const { scores } = await scoresOf(folder);
      checkScores(
        scores,
        expected?.map((row) => order.map((place) => row[place] ?? Number.NaN)),
      );
    }),
  );
}

const QUANTIZED: Model = { file: 'onnx/model_quantized.onnx', seed: 12 };
const LAYOUTS: [name: string, models: Model[], used: string][] = [
  ['full precision in onnx/', [FULL], FULL.file],
  ['quantized alone', [QUANTIZED], QUANTIZED.file],
  ['both: full precision', [QUANTIZED, FULL], FULL.file],
  ['beside the configuration', [{ file: 'model.onnx', seed: 13 }], 'model.onnx'],
  ['quantized beside the configuration', [{ file: 'model_quantized.onnx', seed: 14 }], 'model_quantized.onnx'],
];

for (const [name, models, used] of LAYOUTS) {
  testWithPython(`the model that the folder has is taken: ${name}`, () =>
    inFolder(async (folder) => {
      const expected = makeModel(folder, { models }).get(used);
      checkScores((await scoresOf(folder)).scores, expected);
    }),
  );
}

testWithPython('the name changes with the weights and the labels, not with the place', () =>
  inFolder(async (folder) => {
    const here = join(folder, 'tiny');
    makeModel(here);
    const { name } = await scoresOf(here);
    mkdirSync(join(folder, 'elsewhere'));
    cpSync(here, join(folder, 'elsewhere', 'tiny'), { recursive: true });
    assert.is((await scoresOf(join(folder, 'elsewhere', 'tiny'))).name, name);
    makeModel(here, { models: [{ ...FULL, seed: 99 }] });
    const other = (await scoresOf(here)).name;
    assert.is.not(other, name);
    makeModel(here, { config: { id2label: { 0: 'neutral', 1: 'negative', 2: 'positive' } } });
    assert.is.not((await scoresOf(here)).name, name);
    assert.ok([name, other].every((one) => one.startsWith(`${basename(here)}-`)));
  }),
);

type Damage = { name: string; code: string; says: RegExp; request?: Request; damage?(folder: string): void };

const tellLabels = (labels: string[]) => ({ config: { id2label: { ...labels } } });
const DAMAGES: Damage[] = [
  {
    name: 'no folder',
    code: 'weights_missing',
    says: /no folder/,
    damage: (folder) => rmSync(folder, { recursive: true }),
  },
  {
    name: 'a file for a folder',
    code: 'weights_missing',
    says: /no folder/,
    damage: (folder) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, 'x');
    },
  },
  ...['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'].map((file) => ({
    name: `no ${file}`,
    code: 'weights_incomplete',
    says: new RegExp(`lack ${file}`),
    damage: (folder: string) => rmSync(join(folder, file)),
  })),
  {
    name: 'a model of another precision alone',
    code: 'weights_incomplete',
    says: /lack onnx\/model\.onnx/,
    damage: (folder) => renameSync(join(folder, 'onnx/model.onnx'), join(folder, 'onnx/model_q4.onnx')),
  },
  ...['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'].flatMap((file) =>
    ['', '{"a":\n\n', '[]'].map((content) => ({
      name: `${file} is ${JSON.stringify(content)}`,
      code: 'weights_broken',
      says: /cannot be (read|used)/,
      damage: (folder: string) => writeFileSync(join(folder, file), content),
    })),
  ),
  {
    name: 'a model cut in half',
    code: 'weights_broken',
    says: /cannot be used/,
    damage: (folder) => {
      const path = join(folder, 'onnx/model.onnx');
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    },
  },
  {
    name: 'two labels',
    code: 'weights_labels',
    says: /does not choose/,
    request: tellLabels(['NEGATIVE', 'POSITIVE']),
  },
  {
    name: 'a label twice',
    code: 'weights_labels',
    says: /negative","neutral","neutral/,
    request: tellLabels(['negative', 'neutral', 'neutral']),
  },
  {
    name: 'five stars',
    code: 'weights_labels',
    says: /5 stars/,
    request: tellLabels(['1 star', '2 stars', '3 stars', '4 stars', '5 stars']),
  },
  { name: 'no labels', code: 'weights_labels', says: /none/, request: { config: { id2label: null } } },
  {
    name: 'labels that do not exclude one another',
    code: 'weights_labels',
    says: /does not choose/,
    request: { config: { problem_type: 'multi_label_classification' } },
  },
  {
    name: 'a model with two logits behind three labels',
    code: 'weights_broken',
    says: /three numbers were expected/,
    request: { models: [{ ...FULL, outputs: 2 }] },
  },
  {
    name: 'a model that answers NaN',
    code: 'weights_broken',
    says: /NaN/,
    request: { models: [{ ...FULL, broken: true }] },
  },
];

for (const { name, code, says, request, damage } of DAMAGES) {
  testWithPython(`weights that cannot be used are refused in one line, never replaced by the lexicon: ${name}`, () =>
    inFolder(async (folder) => {
      const weights = join(folder, 'tiny');
      makeModel(weights, request);
      damage?.(weights);
      const { log, said } = createListener();
      const error = await inputErrorOf(() => openSentiment({ weightsFolder: weights, log }));
      assert.is(error.code, code, error.message);
      assert.match(error.message, says);
      assert.ok(error.where.startsWith(weights), error.where);
      assert.equal(said, []);
    }),
  );
}

test('an empty name of a folder is no request for the lexicon', async () => {
  const error = await inputErrorOf(() => openSentiment({ weightsFolder: '', log: createListener().log }));
  assert.match(error.code, /^weights_/);
});

testWithPython(
  'a process that scored ends by itself, without a network, a written cache or a word on its outputs',
  () =>
    inFolder(async (folder) => {
      const weights = join(folder, 'tiny');
      makeModel(weights);
      const before = readdirSync(weights, { recursive: true }).sort();
      const source = `
      globalThis.fetch = () => { console.log('fetched'); return Promise.reject(new Error('no network')); };
      const { openSentiment, scoreTexts } = await import('@pilotlight/text');
      const say = () => {};
      const log = { debug: say, info: say, warn: say, error: say, child: () => log };
      const scorer = await openSentiment({ weightsFolder: process.argv[1], log });
      const scores = await scoreTexts({ texts: ['Happy!', null], scorer, log });
      await scorer.close();
      console.log(scores.length);`;
      const ended = spawnSync(process.execPath, ['--input-type=module', '-e', source, weights], {
        cwd: ROOT,
        encoding: 'utf8',
        timeout: 60_000,
      });
      assert.equal([ended.status, ended.signal, ended.stdout, ended.stderr], [0, null, '2\n', '']);
      assert.equal(readdirSync(weights, { recursive: true }).sort(), before);
      assert.not(existsSync(join(ROOT, 'node_modules/@huggingface/transformers/.cache')));
    }),
);

testWithPython('broken weights put nothing but the error into the outputs, and the process ends', () =>
  inFolder(async (folder) => {
    makeModel(folder);
    writeFileSync(join(folder, 'onnx/model.onnx'), 'no model');
    const source = `
      const { openSentiment } = await import('@pilotlight/text');
      await openSentiment({ weightsFolder: process.argv[1], log: {} }).catch((error) => console.log(error.code));`;
    const args = ['--input-type=module', '-e', source, folder];
    const ended = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
    assert.equal([ended.status, ended.stdout, ended.stderr], [0, 'weights_broken\n', '']);
  }),
);

test('the library is not loaded where the lexicon scores', () => {
  const source = `
    const { openSentiment } = await import('@pilotlight/text');
    const say = () => {};
    const scorer = await openSentiment({ log: { warn: say } });
    await scorer.score(['Happy']);
    console.log(process.report.getReport().sharedObjects.filter((file) => file.includes('onnxruntime')).length);`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', source], { cwd: ROOT, encoding: 'utf8' });
  assert.equal([ended.status, ended.stdout], [0, '0\n'], ended.stderr);
});

test.run();
