import { functionError } from '../errors.ts';

/** What `MLFLOW_TRACKING_URI` may be. */
export type TrackingTarget =
  | { kind: 'none' }
  | { kind: 'http'; url: string }
  | { kind: 'app'; arn: string; region: string }
  | { kind: 'server'; arn: string; region: string; name: string };

const ARN = /^arn:[\w-]+:sagemaker:([a-z0-9-]+):\d{12}:(mlflow-app|mlflow-tracking-server)\/(.+)$/;

/**
 * Reads `none`, `http(s)://...`, or the ARN of a SageMaker MLflow app or tracking server.
 *
 * @throws InputError `environment`
 */
export function trackingTargetOf(uri: string): TrackingTarget {
  if (uri === 'none') return { kind: 'none' };
  if (/^https?:\/\//.test(uri) && URL.canParse(uri)) return { kind: 'http', url: uri };
  const [, region = '', kind, name = ''] = ARN.exec(uri) ?? [];
  if (kind === 'mlflow-app') return { kind: 'app', arn: uri, region };
  if (kind === 'mlflow-tracking-server') return { kind: 'server', arn: uri, region, name };
  const todo = 'give none, http(s)://... or the ARN of an MLflow app or tracking server';
  throw functionError('environment', 'no tracking URI', `MLFLOW_TRACKING_URI ${JSON.stringify(uri)}`, todo);
}
