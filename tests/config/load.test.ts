import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatConfig, loadConfig } from '@pilotlight/config';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';

const Schema = z.strictObject({
  seed: z.int(),
  split: z.strictObject({ train: z.number().max(1), test: z.number().max(1) }),
  names: z.array(z.string()).default(['a']),
});

const test = suite<{ dir: string }>('loadConfig');
test.before.each((context) => {
  context.dir = mkdtempSync(path.join(tmpdir(), 'pilotlight-'));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

const write = (dir: string, name: string, text: string) => {
  writeFileSync(path.join(dir, name), text);
  return path.join(dir, name);
};
const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

test('an overlay wins key by key over the file that it extends', ({ dir }) => {
  write(dir, 'base.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2 }\n');
  const file = write(dir, 'mine.yaml', 'extends: base.yaml\nsplit: { train: 0.6 }\n');
  assert.equal(loadConfig(Schema, { file }).value, { seed: 1, split: { train: 0.6, test: 0.2 }, names: ['a'] });
});

test('each value names its origin', ({ dir }) => {
  const base = write(dir, 'base.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2 }\n');
  const file = write(dir, 'mine.yaml', 'extends: base.yaml\nsplit: { train: 0.6 }\n');
  const { origins } = loadConfig(Schema, { file, sets: ['seed=9'] });
  assert.is(origins.seed, '--set');
  assert.is(origins['split.train'], file);
  assert.is(path.resolve(origins['split.test'] as string), base);
  assert.is(origins.names, 'default');
});

test('the environment overlay comes after the file', ({ dir }) => {
  const file = write(dir, 'mine.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2 }\n');
  write(dir, 'mine.prod.yaml', 'seed: 5\n');
  assert.is(loadConfig(Schema, { file, environment: 'prod' }).value.seed, 5);
  assert.match(
    message(() => loadConfig(Schema, { file, environment: 'dev' })),
    /no overlay "dev"/,
  );
});

test('a folder is read base first', ({ dir }) => {
  write(dir, 'a.yaml', 'seed: 2\n');
  write(dir, 'base.json', '{"seed": 1, "split": {"train": 0.7, "test": 0.2}}');
  assert.is(loadConfig(Schema, { file: dir }).value.seed, 2);
});

test('JSON and YAML say the same', ({ dir }) => {
  const yaml = write(dir, 'a.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2 }\n');
  const json = write(dir, 'a.json', '{"seed":1,"split":{"train":0.7,"test":0.2}}');
  assert.equal(loadConfig(Schema, { file: yaml }).value, loadConfig(Schema, { file: json }).value);
});

test('the value is frozen all the way down', ({ dir }) => {
  const { value } = loadConfig(Schema, { file: write(dir, 'a.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2 }\n') });
  assert.throws(() => {
    (value.split as { train: number }).train = 0;
  }, TypeError);
});

test('an unknown key is refused with its path and file', ({ dir }) => {
  const file = write(dir, 'a.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2, tets: 0.1 }\n');
  assert.match(
    message(() => loadConfig(Schema, { file })),
    /split\.tets is no known key \(.*a\.yaml\)/,
  );
});

test('all faults stand on one line, each with its path', ({ dir }) => {
  const file = write(dir, 'a.yaml', 'seed: x\nsplit: { train: 7 }\n');
  const text = message(() => loadConfig(Schema, { file }));
  assert.not.match(text, /\n/);
  for (const key of ['seed:', 'split.train:', 'split.test:']) assert.ok(text.includes(key), key);
});

test('unreadable YAML names line and column', ({ dir }) => {
  const file = write(dir, 'a.yaml', 'seed: 1\nsplit: [1\n');
  assert.match(
    message(() => loadConfig(Schema, { file })),
    /a\.yaml:\d+:\d+: /,
  );
});

test('missing, empty, circular, and a folder without files', ({ dir }) => {
  assert.match(
    message(() => loadConfig(Schema, { file: path.join(dir, 'no.yaml') })),
    /no such configuration: .*no\.yaml/,
  );
  assert.match(
    message(() => loadConfig(Schema, { file: write(dir, 'e.yaml', '') })),
    /no configuration in this file/,
  );
  write(dir, 'x.yaml', 'extends: y.yaml\n');
  write(dir, 'y.yaml', 'extends: x.yaml\n');
  assert.match(
    message(() => loadConfig(Schema, { file: path.join(dir, 'x.yaml') })),
    /circle/,
  );
  mkdirSync(path.join(dir, 'none'));
  assert.match(
    message(() => loadConfig(Schema, { file: path.join(dir, 'none') })),
    /no configuration file/,
  );
});

test('--set takes YAML values and refuses what is not KEY=VALUE', ({ dir }) => {
  const file = write(dir, 'a.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2 }\n');
  assert.equal(loadConfig(Schema, { file, sets: ['names=[x, y]'] }).value.names, ['x', 'y']);
  assert.match(
    message(() => loadConfig(Schema, { file, sets: ['seed'] })),
    /not KEY=VALUE/,
  );
});

test('the printed form has every leaf with its origin', ({ dir }) => {
  const file = write(dir, 'a.yaml', 'seed: 1\nsplit: { train: 0.7, test: 0.2 }\n');
  const lines = formatConfig(loadConfig(Schema, { file })).split('\n');
  assert.is(lines.length, 4);
  assert.match(lines[0] as string, /^seed: 1 +# .*a\.yaml$/);
  assert.match(lines[3] as string, /names: \[ a \] +# default/);
});

test.run();
