import { allow, documentOf, type Grounds, type PolicyDocument } from './document.ts';
import { onlyFrom } from './lambda.ts';

/** What the tracking client calls, one permission a call; deleting is for people, but for an alias, which changes nothing else. */
const CLIENT_CALLS = [
  'CreateExperiment',
  'GetExperimentByName',
  'CreateRun',
  'GetRun',
  'SearchRuns',
  'UpdateRun',
  'SetTag',
  'LogBatch',
  'GetMetricHistory',
  'CreateRegisteredModel',
  'GetRegisteredModel',
  'SearchRegisteredModels',
  'SetRegisteredModelTag',
  'SetRegisteredModelAlias',
  'DeleteRegisteredModelAlias',
  'CreateModelVersion',
  'GetModelVersion',
  'GetModelVersionByAlias',
  'SearchModelVersions',
  'UpdateModelVersion',
  'SetModelVersionTag',
];

/**
 * Calling MLflow, and finding out whether it can be called. The ARN of an app ends in an id that AWS gives, so these are written
 * when it exists.
 *
 * @param trackingArn of an app (one permission for all of its API) or of a tracking server (one a call, and it can be stopped)
 */
export function trackingPolicies(
  grounds: Grounds,
  trackingArn: string,
): Record<'sagemaker' | 'lambda', PolicyDocument> {
  const arns = [trackingArn];
  if (grounds.settings.tracking.kind === 'app') {
    const describe = allow('TrackingDescribe', ['sagemaker:DescribeMlflowApp'], arns);
    return {
      sagemaker: documentOf([allow('TrackingCall', ['sagemaker:CallMlflowAppApi'], arns)]),
      lambda: documentOf(onlyFrom(grounds, 'wakeTracking', [describe])),
    };
  }
  const wake = ['sagemaker:DescribeMlflowTrackingServer', 'sagemaker:StartMlflowTrackingServer'];
  const calls = CLIENT_CALLS.map((call) => `sagemaker-mlflow:${call}`);
  return {
    sagemaker: documentOf([allow('TrackingCall', calls, arns)]),
    lambda: documentOf(onlyFrom(grounds, 'wakeTracking', [allow('TrackingWake', wake, arns)])),
  };
}
