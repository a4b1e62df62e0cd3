import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_CONFIG, loadAppConfig } from '../../pipelines/segmentation/config.ts';
import { pilotlight } from '../pilotlight.ts';
import { ROOT } from '../python.ts';

const CONFIGS = path.join(ROOT, 'pipelines/segmentation/config');
const refusal = (...sets: string[]): string => {
  try {
    loadAppConfig({ sets });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};

test('every data set that is shipped has a configuration that loads', () => {
  const files = readdirSync(CONFIGS).filter((name) => name !== 'base.yaml');
  assert.ok(files.length >= 3);
  for (const file of files) assert.ok(loadAppConfig({ file: path.join(CONFIGS, file) }).value.dataset);
});

test('the whole is frozen', () => {
  const { value } = loadAppConfig({});
  assert.ok(Object.isFrozen(value.modeling.invoices.windows));
});

test('an unknown key is refused with its path', () => {
  assert.match(refusal('modeling.sede=1'), /modeling\.sede is no known key \(--set\)/);
  assert.match(refusal('clustering.incorrientes.window=1'), /clustering\.incorrientes\.window is no known key/);
});

test('wrong types and impossible values are refused with their path', () => {
  const cases: [string, RegExp][] = [
    ['modeling.seed=-1', /modeling\.seed: /],
    ['modeling.seed=x', /modeling\.seed: /],
    [
      'modeling.split={train: 0.9, test: 0.3}',
      /modeling\.split: train and test must be above 0 and together at most 1/,
    ],
    ['modeling.invoices.windows=[3, 24]', /modeling\.invoices\.windows: no window may be longer than `last`/],
    ['modeling.invoices.statistics=[median]', /modeling\.invoices\.statistics\.0: /],
    ['modeling.model_types=null', /modeling\.model_types: /],
    ['modeling.model_types.Rural={tarifas: [R]}', /modeling\.model_types/],
    ['modeling.cross_validation_folds=1', /one fold is none/],
    ['modeling.threshold={strategy: best}', /modeling\.threshold/],
    ['modeling.boosting.rounds=0', /modeling\.boosting\.rounds: /],
    ['clustering.tenure_bands=[{name: A, months_max: 10}, {name: B}]', /months_max must rise above 12/],
    ['clustering.tenure_bands=[{name: A, months_max: 20}]', /the last band has none/],
    ['drift.bins=1', /drift\.bins: /],
    ['columns.breach_share_max=2', /columns\.breach_share_max: /],
  ];
  for (const [set, expected] of cases) assert.match(refusal(set), expected, set);
});

test('a model type is left out by null', () => {
  const { value } = loadAppConfig({ sets: ['modeling.model_types.Industrial=null'] });
  assert.equal(Object.keys(value.modeling.model_types), ['Domestic']);
});

test('`from` and `sql` do not go together', () => {
  const sets = ['columns.sources.pola.columns.tarifa.from=a', 'columns.sources.pola.columns.tarifa.sql=b'];
  assert.match(refusal(...sets), /columns\.sources\.pola\.columns\.tarifa: give `from` or `sql`, not both/);
});

test('a column that the pipeline cannot do without must be declared', () => {
  assert.match(
    refusal('columns.sources.hfac.key=[policy_id, day]'),
    /columns\.sources\.hfac\.columns\.day: this column must be declared/,
  );
});

test('an environment overlay in a folder goes over the base', () => {
  const { value } = loadAppConfig({ file: CONFIGS, environment: 'billing' });
  assert.is(value.dataset, 'billing');
});

test('config show prints every value with its origin', () => {
  const { code, stdout } = pilotlight(
    'config',
    'show',
    '--config',
    path.join(CONFIGS, 'powerco.yaml'),
    '--set',
    'modeling.seed=7',
  );
  assert.is(code, 0);
  assert.match(stdout, /^modeling\.seed: 7 +# --set$/m);
  assert.match(stdout, /^dataset: powerco +# .*powerco\.yaml$/m);
  assert.match(stdout, /^modeling\.split\.train: 0\.7 +# .*base\.yaml$/m);
});

test('config show --json is one JSON object', () => {
  const { code, stdout } = pilotlight('config', 'show', '--json');
  assert.is(code, 0);
  assert.is(JSON.parse(stdout).origins.dataset, DEFAULT_CONFIG);
});

test('a refused configuration is one line and exit 2', () => {
  const { code, stdout, stderr } = pilotlight('config', 'show', '--set', 'modeling.sede=1');
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.is(stderr.trimEnd().split('\n').length, 1);
  assert.match(stderr, /modeling\.sede/);
});

test.run();
