import type { MlflowAppStatus, TrackingServerStatus } from '@aws-sdk/client-sagemaker';

/** What to do next: nothing more, ask again, start it, or give up. */
export type TrackingStatus = 'ready' | 'starting' | 'stopped' | 'failed';

/** An app has no server that could sleep: it is there, or about to be. One whose update failed goes on as it was. */
const APP: Record<MlflowAppStatus, TrackingStatus> = {
  Creating: 'starting',
  Created: 'ready',
  CreateFailed: 'failed',
  Updating: 'starting',
  Updated: 'ready',
  UpdateFailed: 'ready',
  Deleting: 'failed',
  Deleted: 'failed',
  DeleteFailed: 'failed',
};

/** One that is being stopped can be started when it has stopped; one that did not start may the next time. */
const SERVER: Record<TrackingServerStatus, TrackingStatus> = {
  Creating: 'starting',
  Created: 'ready',
  CreateFailed: 'failed',
  Updating: 'starting',
  Updated: 'ready',
  UpdateFailed: 'ready',
  Deleting: 'failed',
  DeleteFailed: 'failed',
  Stopping: 'starting',
  Stopped: 'stopped',
  StopFailed: 'ready',
  Starting: 'starting',
  Started: 'ready',
  StartFailed: 'failed',
  MaintenanceInProgress: 'starting',
  MaintenanceComplete: 'ready',
  MaintenanceFailed: 'ready',
};

/** Statuses that a newer AWS may have are not known to be good. */
export const appStatus = (status: string | undefined): TrackingStatus => APP[status as MlflowAppStatus] ?? 'failed';

/**
 * @param active of a server: what is done with it last may have ended while it was stopped (a stopped server that was updated is
 *   `Updated`, and inactive)
 */
export function serverStatus(status: string | undefined, active: string | undefined): TrackingStatus {
  const known = SERVER[status as TrackingServerStatus] ?? 'failed';
  return known === 'ready' && active === 'Inactive' ? 'stopped' : known;
}
