import { createHash } from 'node:crypto';
import type * as pulumi from '@pulumi/pulumi';
import { SOURCE_PREFIX } from '../iam/sagemaker.ts';
import type { Settings } from '../settings.ts';

type Studio = NonNullable<Settings['studio']>;
type Resources = {
  roleArn: pulumi.Input<string>;
  securityGroupId: pulumi.Input<string>;
  lifecycleConfigArn: pulumi.Input<string>;
};

/** What a user of Studio gets: the domain's default and each profile's own, so that an adopted domain behaves as one of ours. */
export function userSettings(studio: Studio, { roleArn, securityGroupId, lifecycleConfigArn }: Resources) {
  const appLifecycleManagement = { idleSettings: idleStop(studio) };
  return {
    executionRole: roleArn,
    securityGroups: [securityGroupId],
    // A space has a volume of its own; without the shared home folder no NFS has to pass the security group.
    autoMountHomeEfs: 'Disabled',
    studioWebPortal: 'ENABLED',
    defaultLandingUri: 'studio::',
    sharingSettings: { notebookOutputOption: 'Disabled' },
    codeEditorAppSettings: { appLifecycleManagement, lifecycleConfigArns: [lifecycleConfigArn] },
    jupyterLabAppSettings: { appLifecycleManagement },
    spaceStorageSettings: {
      defaultEbsStorageSettings: {
        defaultEbsVolumeSizeInGb: studio.volumeGb,
        maximumEbsVolumeSizeInGb: Math.max(studio.volumeGb, VOLUME_GB_MAX),
      },
    },
  };
}

/** What nobody uses is stopped, and no user may put that off. */
function idleStop({ idleStopMinutes }: Studio) {
  return {
    lifecycleManagement: 'ENABLED',
    idleTimeoutInMinutes: idleStopMinutes,
    minIdleTimeoutInMinutes: IDLE_STOP_MINUTES_MIN,
    maxIdleTimeoutInMinutes: idleStopMinutes,
  };
}

/** The one Code Editor Space: instance, volume, idle stop, the code at start. */
export function spaceSettings(studio: Studio, lifecycleConfigArn: pulumi.Input<string>) {
  return {
    appType: 'CodeEditor',
    codeEditorAppSettings: {
      appLifecycleManagement: { idleSettings: { idleTimeoutInMinutes: studio.idleStopMinutes } },
      defaultResourceSpec: { instanceType: studio.instanceType, lifecycleConfigArn },
    },
    spaceStorageSettings: { ebsStorageSettings: { ebsVolumeSizeInGb: studio.volumeGb } },
  };
}

/** Where a deployment leaves the code that it made the stack from. */
export const sourceUri = (dataBucket: string) => `s3://${dataBucket}/${SOURCE_PREFIX}/pilotlight.tar.gz`;

/**
 * Runs whenever Code Editor starts: brings the code of the last deployment, in a folder named by its commit, and leaves what is there
 * already alone. It never fails: a start hook that does keeps the app from starting.
 */
export function fetchSourceScript(dataBucket: string): string {
  return `#!/bin/bash
set -u
folder="$HOME/source"
archive=$(mktemp)
mkdir -p "$folder"
if aws s3 cp --only-show-errors ${sourceUri(dataBucket)} "$archive"; then
  tar --extract --gzip --skip-old-files --directory "$folder" --file "$archive" || echo 'the archive of the code cannot be read'
else
  echo 'no deployment has left its code yet'
fi
rm -f "$archive"
exit 0
`;
}

/** A start hook cannot be changed nor removed while a profile names it: another text is another hook. */
export function lifecycleConfigName(prefix: string, script: string): string {
  return `${prefix}-fetch-source-${createHash('sha256').update(script).digest('hex').slice(0, 8)}`;
}

/** Users may ask for more room than they start with, up to this. */
const VOLUME_GB_MAX = 100;
/** The least that SageMaker takes. */
const IDLE_STOP_MINUTES_MIN = 60;
