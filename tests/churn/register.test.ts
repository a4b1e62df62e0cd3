import { existsSync } from 'node:fs';
import path from 'node:path';
import { openLocalRegistry } from '@pilotlight/registry';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openModel } from '../../pipelines/churn/modelFolder.ts';
import { changeJson, copyOf, readJson, refuses, registerIn, remove, trainedRoot } from './scoringFixture.ts';

process.env.PILOTLIGHT_LOG_LEVEL = 'silent';

type Config = { modeling: { promotion: object } };
type Gate = { gate: { passed: boolean; reasons: string[] } };

const trained = await trainedRoot(600);

/** A copy of the trained root whose gate says what it is told. */
function rootWith(options: { passed?: boolean; reasons?: string[]; approval?: 'automatic' | 'manual' } = {}): string {
  const { passed = true, reasons = ['pr_auc 0.28 misses the minimum 0.7'], approval = 'automatic' } = options;
  const root = copyOf(trained);
  setGate(root, passed, reasons);
  changeJson(path.join(root, 'config.json'), ({ modeling }: Config) => {
    Object.assign(modeling.promotion, { approval });
  });
  return root;
}

function setGate(root: string, passed: boolean, reasons: string[]): void {
  changeJson(path.join(root, 'evaluation/evaluation.json'), (evaluation: Gate) => {
    evaluation.gate = { passed, reasons };
  });
}

const registryOf = (root: string) => openLocalRegistry(path.join(root, 'registry'));
const registrationOf = (root: string) => readJson(root, 'registration/registration.json');

test('a model that passes the gate becomes the champion, with its evaluation beside it', async () => {
  const root = rootWith();
  try {
    await registerIn(root);
    const registration = registrationOf(root);
    assert.equal(
      { ...registration, reasons: [] },
      { schema_version: 1, group: 'churn', version: 1, status: 'approved', champion_version: 1, reasons: [] },
    );
    const champion = await registryOf(root).champion('churn');
    assert.is(champion?.version, 1);
    const folder = champion?.folder as string;
    assert.is(openModel(folder).metadata.experiment, 'E5_full');
    for (const file of ['reference.parquet', 'split.parquet', 'evaluation/evaluation.json', 'evaluation/report.html']) {
      assert.ok(existsSync(path.join(folder, file)), file);
    }
    const facts = champion?.facts as { metrics: Record<string, number>; gate: { passed: boolean } };
    assert.is(facts.metrics.pr_auc, readJson(root, 'evaluation/evaluation.json').pr_auc);
    assert.ok(facts.gate.passed);
  } finally {
    remove(root);
  }
});

test('a model that fails is rejected with the reasons, and the champion stays', async () => {
  const root = rootWith();
  try {
    await registerIn(root);
    setGate(root, false, ['pr_auc 0.28 misses the minimum 0.7']);
    await registerIn(root);
    assert.equal(registrationOf(root), {
      schema_version: 1,
      group: 'churn',
      version: 2,
      status: 'rejected',
      champion_version: 1,
      reasons: ['pr_auc 0.28 misses the minimum 0.7'],
    });
    const history = await registryOf(root).history('churn');
    assert.is(history.at(-1)?.reason, 'pr_auc 0.28 misses the minimum 0.7');
    assert.is(history.at(-1)?.status, 'rejected');
  } finally {
    remove(root);
  }
});

test('a first model that fails leaves the group without a champion', async () => {
  const root = rootWith({ passed: false });
  try {
    await registerIn(root);
    const { status, champion_version } = registrationOf(root);
    assert.equal([status, champion_version], ['rejected', null]);
    assert.is(await registryOf(root).champion('churn'), null);
  } finally {
    remove(root);
  }
});

test('under manual approval a model that passes waits', async () => {
  const root = rootWith({ approval: 'manual' });
  try {
    await registerIn(root);
    const { status, champion_version } = registrationOf(root);
    assert.equal([status, champion_version], ['pending', null]);
  } finally {
    remove(root);
  }
});

test('done again, it registers nothing and decides nothing that a person has decided since', async () => {
  const root = rootWith({ approval: 'manual' });
  try {
    await registerIn(root);
    const first = registrationOf(root);
    await registerIn(root);
    assert.equal(registrationOf(root), first);
    const decision = { group: 'churn', version: 1, by: 'someone', reason: 'not yet' };
    await registryOf(root).reject(decision);
    await registerIn(root);
    assert.is(registrationOf(root).status, 'rejected');
    assert.is((await registryOf(root).list('churn')).length, 1);
  } finally {
    remove(root);
  }
});

test('done again after another model took its place, it does not bring the old one back', async () => {
  const root = rootWith();
  try {
    await registerIn(root);
    setGate(root, true, ['another evaluation']);
    await registerIn(root);
    setGate(root, true, ['pr_auc 0.28 misses the minimum 0.7']);
    await registerIn(root);
    const { version, status, champion_version } = registrationOf(root);
    assert.equal([version, status, champion_version], [1, 'superseded', 2]);
  } finally {
    remove(root);
  }
});

test('what waited under manual approval is approved when approval becomes automatic', async () => {
  const root = rootWith({ approval: 'manual' });
  try {
    await registerIn(root);
    changeJson(path.join(root, 'config.json'), ({ modeling }: Config) => {
      Object.assign(modeling.promotion, { approval: 'automatic' });
    });
    await registerIn(root);
    const { version, status } = registrationOf(root);
    assert.equal([version, status], [1, 'approved']);
  } finally {
    remove(root);
  }
});

test('refuses an evaluation of another model, of another date, and none', async () => {
  const root = rootWith();
  try {
    const file = path.join(root, 'evaluation/evaluation.json');
    changeJson(file, (one) => Object.assign(one, { experiment: 'E0_baseline' }));
    await refuses(() => registerIn(root), /the evaluation is of E0_baseline, 2024-12-31, the model of E5_full/);
    changeJson(file, (one) => Object.assign(one, { experiment: 'E5_full', gate: 'open' }));
    await refuses(() => registerIn(root), /not an evaluation of this version/);
    remove(file);
    await refuses(() => registerIn(root), /no such file.*evaluation\.json/);
    assert.not.ok(existsSync(path.join(root, 'registry')), 'nothing was registered');
  } finally {
    remove(root);
  }
});

test('refuses a registry whose state is damaged', async () => {
  const root = rootWith();
  try {
    await registerIn(root);
    changeJson(path.join(root, 'registry/churn/state.json'), (state) => Object.assign(state, { champion: 9 }));
    await refuses(() => registerIn(root, 'again'), /restore it from a copy/);
  } finally {
    remove(root);
  }
});

test.after(() => remove(trained));
test.run();
