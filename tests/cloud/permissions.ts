import type { Grounds } from '../../infra/iam/document.ts';
import { sagemakerPolicies } from '../../infra/iam/sagemaker.ts';
import type { Passed } from '../faultProxy.ts';
import { decide, type Request } from '../infra/iamEvaluator.ts';

/** Of the requests that jobs made of S3, those that the policies of their role do not allow, each once. */
export function notAllowed(grounds: Grounds, passed: readonly Passed[]): string[] {
  const policies = Object.values(sagemakerPolicies(grounds));
  const refused = passed.map(asRequest).filter((request) => decide(policies, request) !== 'allowed');
  return [
    ...new Set(refused.map(({ action, resource, context }) => `${action} ${resource} ${JSON.stringify(context)}`)),
  ];
}

/** What an HTTP request needs the right to, as the service's list of actions has it. */
function asRequest({ method, path }: Passed): Request {
  const { pathname, searchParams } = new URL(path, 'http://s3');
  const [bucket = '', ...rest] = decodeURIComponent(pathname.slice(1)).split('/');
  const key = rest.join('/');
  const prefix = searchParams.get('prefix');
  if (key === '') {
    const context: Record<string, string> = prefix === null ? {} : { 's3:prefix': prefix };
    return {
      action: method === 'GET' || method === 'HEAD' ? 's3:ListBucket' : `s3:${method}`,
      resource: arn(bucket),
      context,
    };
  }
  const actions: Record<string, string> = {
    GET: 's3:GetObject',
    HEAD: 's3:GetObject',
    PUT: 's3:PutObject',
    POST: 's3:PutObject',
    DELETE: searchParams.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject',
  };
  return { action: actions[method] ?? method, resource: `${arn(bucket)}/${key}`, context: {} };
}

const arn = (bucket: string) => `arn:aws:s3:::${bucket}`;
