import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Studio } from '../../infra/components/studio.ts';
import { fetchSourceScript, lifecycleConfigName } from '../../infra/components/studioSettings.ts';
import { partsOf, typesOf } from './componentParts.ts';
import { captureComponent, contextOf, type Inputs, nameOf, of, one, STACKS, type Stack } from './mocks.ts';

const DOMAIN = 'aws:sagemaker/domain:Domain';
const PROFILE = 'aws:sagemaker/userProfile:UserProfile';
const SPACE = 'aws:sagemaker/space:Space';

const studioWith = (stack: Stack, changes: Inputs): Inputs => ({
  studio: { ...contextOf(stack).settings.studio, ...changes },
});

function make(stack: Stack, overrides: Inputs = {}) {
  const context = contextOf(stack, overrides);
  const { keys, placement, roles } = partsOf(context);
  return captureComponent(
    () => new Studio('studio', { context, keys, placement, roleArn: roles.sagemaker.arn }),
    stack,
  );
}

for (const stack of STACKS) {
  test(`${stack}: one domain under the data key, one Code Editor Space, a profile a user, and no App`, async () => {
    const resources = await make(stack);
    const { settings, names } = contextOf(stack);
    const users = (settings.studio?.users ?? []).map((user) => `user-${user}`);
    assert.equal(typesOf(resources), {
      Domain: ['domain'],
      Space: ['code-editor'],
      StudioLifecycleConfig: ['fetch-source'],
      UserProfile: users,
    });
    const { inputs, protect } = one(resources, DOMAIN);
    assert.is(inputs.domainName, names.prefix);
    assert.is(inputs.kmsKeyId, partsOf(contextOf(stack)).keys.data);
    assert.is(inputs.tagPropagation, 'ENABLED');
    assert.is(inputs.appNetworkAccessType, settings.studio?.networkAccess);
    assert.is(protect, settings.protect);
    assert.is(inputs.defaultUserSettings.executionRole, names.roles.sagemaker.arn);
  });
}

test('the home file system is kept in prod, and goes with the domain elsewhere', async () => {
  const kept = async (stack: Stack) => one(await make(stack), DOMAIN).inputs.retentionPolicy.homeEfsFileSystem;
  assert.equal(await Promise.all(STACKS.map(kept)), ['Delete', 'Delete', 'Retain']);
});

test('outside of dev nothing of Studio touches the internet', async () => {
  const access = async (stack: Stack) => one(await make(stack), DOMAIN).inputs.appNetworkAccessType;
  assert.equal(await Promise.all(STACKS.map(access)), ['PublicInternetOnly', 'VpcOnly', 'VpcOnly']);
});

test('what is idle stops after the minutes of the configuration, and no user may put it off', async () => {
  const resources = await make('dev', studioWith('dev', { idleStopMinutes: 90 }));
  const stop = {
    lifecycleManagement: 'ENABLED',
    idleTimeoutInMinutes: 90,
    minIdleTimeoutInMinutes: 60,
    maxIdleTimeoutInMinutes: 90,
  };
  const { defaultUserSettings } = one(resources, DOMAIN).inputs;
  assert.equal(defaultUserSettings.codeEditorAppSettings.appLifecycleManagement.idleSettings, stop);
  assert.equal(defaultUserSettings.jupyterLabAppSettings.appLifecycleManagement.idleSettings, stop);
  const space = one(resources, SPACE).inputs.spaceSettings.codeEditorAppSettings;
  assert.equal(space.appLifecycleManagement.idleSettings, { idleTimeoutInMinutes: 90 });
});

test('the Space: Code Editor, private to the first user, instance and volume of the configuration', async () => {
  const resources = await make('dev', studioWith('dev', { users: ['ana', 'ben'], volumeGb: 40 }));
  const { inputs, protect } = one(resources, SPACE);
  assert.is(inputs.spaceName, 'pilotlight-dev-code-editor');
  assert.is(inputs.spaceSettings.appType, 'CodeEditor');
  assert.is(inputs.spaceSettings.codeEditorAppSettings.defaultResourceSpec.instanceType, 'ml.t3.medium');
  assert.equal(inputs.spaceSettings.spaceStorageSettings, { ebsStorageSettings: { ebsVolumeSizeInGb: 40 } });
  assert.equal(inputs.ownershipSettings, { ownerUserProfileName: 'ana' });
  assert.equal(inputs.spaceSharingSettings, { sharingType: 'Private' });
  assert.is(protect, false);
  const profiles = of(resources, PROFILE);
  assert.equal(profiles.map(({ name }) => name).sort(), ['user-ana', 'user-ben']);
  assert.ok(one(resources, SPACE).dependencies.map(nameOf).includes('user-ana'));
});

test('an adopted domain is not made, and its users get the same settings', async () => {
  const own = one(await make('prod'), PROFILE).inputs;
  const resources = await make('prod', studioWith('prod', { domain: { existing: { domainId: 'd-abc123' } } }));
  assert.is(of(resources, DOMAIN).length, 0);
  const profile = one(resources, PROFILE);
  assert.is(profile.inputs.domainId, 'd-abc123');
  assert.equal(profile.inputs.userSettings, own.userSettings);
  assert.is(one(resources, SPACE).inputs.domainId, 'd-abc123');
});

test('a start hook that changes is another hook: no name is used twice', () => {
  const script = fetchSourceScript('bucket-a');
  assert.is(lifecycleConfigName('pilotlight-dev', script), lifecycleConfigName('pilotlight-dev', script));
  assert.is.not(lifecycleConfigName('pilotlight-dev', script), lifecycleConfigName('pilotlight-dev', `${script}\n`));
  assert.match(lifecycleConfigName('pilotlight-staging', script), /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
});

test('the start hook: unpacks beside what is there, keeps changed files, and never fails', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'studio-'));
  try {
    const home = path.join(folder, 'home');
    const script = fetchSourceScript('the-bucket');
    const scratch = path.join(folder, 'scratch');
    mkdirSync(scratch);
    const run = (aws: string) => {
      writeFileSync(path.join(folder, 'aws'), `#!/bin/bash\n${aws}\n`);
      chmodSync(path.join(folder, 'aws'), 0o755);
      const env = { PATH: `${folder}:${process.env.PATH}`, HOME: home, TMPDIR: scratch };
      return spawnSync('bash', ['-c', script], { env, encoding: 'utf8' });
    };
    const missing = run('exit 1');
    assert.is(missing.status, 0, missing.stderr);
    assert.match(missing.stdout, /no deployment/);

    mkdirSync(path.join(folder, 'pilotlight-abc'));
    writeFileSync(path.join(folder, 'pilotlight-abc', 'README.md'), 'as deployed');
    spawnSync('tar', ['-czf', 'source.tar.gz', 'pilotlight-abc'], { cwd: folder });
    const copy = `echo "$@" > ${folder}/asked; cp ${folder}/source.tar.gz "\${@: -1}"`;
    assert.is(run(copy).status, 0);
    assert.match(readFileSync(path.join(folder, 'asked'), 'utf8'), /s3:\/\/the-bucket\/source\/pilotlight\.tar\.gz/);
    const readme = path.join(home, 'source', 'pilotlight-abc', 'README.md');
    assert.is(readFileSync(readme, 'utf8'), 'as deployed');
    writeFileSync(readme, 'changed by a person');
    assert.is(run(copy).status, 0);
    assert.is(readFileSync(readme, 'utf8'), 'changed by a person');
    assert.equal(readdirSync(scratch), []);

    writeFileSync(path.join(folder, 'source.tar.gz'), 'no archive');
    assert.is(run(copy).status, 0);
    assert.equal(readdirSync(path.join(home, 'source')), ['pilotlight-abc']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('without configuration there is nothing to make', async () => {
  const context = contextOf('dev', { studio: undefined });
  const { keys, placement, roles } = partsOf(context);
  const build = () => new Studio('studio', { context, keys, placement, roleArn: roles.sagemaker.arn });
  let said = '';
  await captureComponent(() => {
    try {
      build();
    } catch (error) {
      said = (error as Error).message;
    }
  });
  assert.match(said, /pilotlight:studio: not configured/);
});

test.run();
