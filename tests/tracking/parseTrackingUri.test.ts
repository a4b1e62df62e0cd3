import { InputError } from '@pilotlight/errors';
import { openMlflow, parseTrackingUri } from '@pilotlight/tracking';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const arn = (kind: string, partition = 'aws') => `arn:${partition}:sagemaker:eu-west-1:123456789012:${kind}`;

test('an ARN gives the host, the header and the signing service of its kind', () => {
  const server = arn('mlflow-tracking-server/er-dev');
  assert.equal(parseTrackingUri(server, {}), {
    uri: server,
    url: 'https://eu-west-1.experiments.sagemaker.aws',
    headers: { 'x-mlflow-sm-tracking-server-arn': server },
    signing: { service: 'sagemaker-mlflow', region: 'eu-west-1' },
  });
  const app = arn('mlflow-app/app-0123456789AB');
  assert.equal(parseTrackingUri(app, { MLFLOW_TRACKING_TOKEN: 'is not for AWS' }), {
    uri: app,
    url: 'https://mlflow.sagemaker.eu-west-1.app.aws',
    headers: { 'x-sm-mlflow-app-arn': app },
    signing: { service: 'sagemaker', region: 'eu-west-1' },
  });
});

test('an endpoint of their own is for ARNs alone, and the rest of the target stays', () => {
  const env = { SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT: 'https://vpce-1.example.com/' };
  const target = parseTrackingUri(arn('mlflow-app/app-1'), env);
  assert.is(target.url, 'https://vpce-1.example.com');
  assert.equal(target.signing, { service: 'sagemaker', region: 'eu-west-1' });
  assert.is(parseTrackingUri('http://mlflow:5000', env).url, 'http://mlflow:5000');
});

test('a server of their own is let in by user and password or by a token, which are in no name of it', () => {
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  const env = { MLFLOW_TRACKING_USERNAME: 'ana', MLFLOW_TRACKING_PASSWORD: 'sécret' };
  assert.equal(parseTrackingUri('http://mlflow:5000/', env), {
    uri: 'http://mlflow:5000',
    url: 'http://mlflow:5000',
    headers: basic('ana:sécret'),
    signing: null,
  });
  const named = parseTrackingUri('https://eva:p%40ss@mlflow.example.com/team/?token=x#y', env);
  assert.equal(named.headers, basic('eva:p@ss'));
  assert.is(named.uri, 'https://mlflow.example.com/team');
  const token = parseTrackingUri('http://mlflow:5000', { MLFLOW_TRACKING_TOKEN: 't0k' });
  assert.equal(token.headers, { authorization: 'Bearer t0k' });
  assert.equal(parseTrackingUri('http://mlflow:5000', {}).headers, {});
});

test('what is no tracking URI is one line with what to do, and whatever may be a password is left out', () => {
  const bad = [
    '',
    'none',
    'mlflow:5000',
    'file:///srv/mlruns',
    'sqlite:///mlflow.db',
    's3://bucket/mlflow',
    'http://',
    'http://ana:s3cret/x@mlflow',
    'ana:s3cret@mlflow:5000',
    arn('mlflow-app/app-1', 'aws-cn'),
    arn('model-package/churn/1'),
    arn('mlflow-app/'),
    'arn:aws:s3:::bucket',
    `${arn('mlflow-app/app-1')}\nx`,
  ];
  for (const uri of bad) {
    try {
      openMlflow(uri);
      assert.unreachable(uri);
    } catch (error) {
      assert.instance(error, InputError, uri);
      assert.is((error as InputError).code, 'bad_uri', uri);
      assert.match((error as InputError).message, /: give http\(s\):\/\/HOST:PORT, or the ARN of/);
      assert.not.match((error as InputError).message, /s3cret|\n/);
    }
  }
});

test('a setting of MLflow that is no number is named', () => {
  process.env.MLFLOW_HTTP_REQUEST_TIMEOUT = 'soon';
  try {
    assert.throws(
      () => openMlflow('http://mlflow:5000'),
      (error: Error) => error instanceof InputError && error.message.includes('MLFLOW_HTTP_REQUEST_TIMEOUT'),
    );
  } finally {
    delete process.env.MLFLOW_HTTP_REQUEST_TIMEOUT;
  }
});

test.run();
