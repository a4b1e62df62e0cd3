import { InputError } from '@pilotlight/errors';

/** Where requests go and how they are let in. */
export type Target = {
  /** For messages: without credentials. */
  uri: string;
  /** Without a slash at the end. */
  url: string;
  /** Sent with every request to it. */
  headers: Record<string, string>;
  /** Null: requests are not signed. */
  signing: { service: string; region: string } | null;
};

/** The region, the kind and the name or id. GovCloud has the same hosts; other partitions have no MLflow. */
const ARN = /^arn:aws(?:-us-gov)?:sagemaker:([a-z0-9-]+):\d{12}:(mlflow-tracking-server|mlflow-app)\/[A-Za-z0-9-]+$/;

/**
 * A tracking URI as in `MLFLOW_TRACKING_URI`: `http(s)://HOST[:PORT][/PREFIX]`, where user and password may stand in it or in
 * `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or a token in `MLFLOW_TRACKING_TOKEN`; or the ARN of a SageMaker
 * tracking server or MLflow app. Both have their own host, header and signing service; `SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT` names
 * another host for an ARN, as it does for AWS's own plugin. Anything else is an InputError (`bad_uri`).
 */
export function parseTrackingUri(uri: string, env: NodeJS.ProcessEnv = process.env): Target {
  if (uri.startsWith('arn:')) return parseArn(uri, env);
  const url = parseUrl(uri);
  const headers = authorization(url, env);
  const plain = `${url.origin}${url.pathname}`.replace(/\/+$/, '');
  return { uri: plain, url: plain, headers, signing: null };
}

function parseArn(uri: string, env: NodeJS.ProcessEnv): Target {
  const [, region, kind] = ARN.exec(uri) ?? [];
  if (region === undefined) throw refusal(uri, 'not the ARN of an MLflow tracking server or app');
  const isApp = kind === 'mlflow-app';
  const host = isApp ? `mlflow.sagemaker.${region}.app.aws` : `${region}.experiments.sagemaker.aws`;
  const custom = env.SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT;
  const url = custom ? parseUrl(custom) : new URL(`https://${host}`);
  return {
    uri,
    url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    headers: { [isApp ? 'x-sm-mlflow-app-arn' : 'x-mlflow-sm-tracking-server-arn']: uri },
    signing: { service: isApp ? 'sagemaker' : 'sagemaker-mlflow', region },
  };
}

function parseUrl(uri: string): URL {
  const url = URL.parse(uri);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') throw refusal(uri, 'not a tracking URI');
  return url;
}

function refusal(uri: string, what: string): InputError {
  // Whatever stands before an @ may be a password.
  const where = JSON.stringify(uri.replace(/^.*@/s, ''));
  const todo = 'give http(s)://HOST:PORT, or the ARN of an mlflow-tracking-server or an mlflow-app';
  return new InputError({ code: 'bad_uri', what, where, todo });
}

function authorization(url: URL, env: NodeJS.ProcessEnv): Record<string, string> {
  const user = decoded(url.username) || env.MLFLOW_TRACKING_USERNAME;
  const password = decoded(url.password) || env.MLFLOW_TRACKING_PASSWORD;
  if (user && password) {
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  }
  return env.MLFLOW_TRACKING_TOKEN ? { authorization: `Bearer ${env.MLFLOW_TRACKING_TOKEN}` } : {};
}

/** With its escapes undone, or as it stands where they are none. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
