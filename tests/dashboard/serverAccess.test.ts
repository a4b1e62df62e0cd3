/** Who may ask what: methods, headers, the load balancer's sign-in, masking, audit. */
import path from 'node:path';
import type { Auth } from '@pilotlight/dashboard';
import { exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remove, temporary } from '../folders.ts';
import { makeChurnRun } from './fixtures.ts';
import { type Served, serve } from './served.ts';

const work = temporary();
const out = path.join(work, 'churn');
const ARN = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/pages/50dc6c495c0c9188';
const KID = '12345678-1234-1234-1234-123456789012';
const OTHER_KID = '99999999-1234-1234-1234-123456789012';
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const stranger = await generateKeyPair('ES256');
const pem = await exportSPKI(publicKey);
const asked: string[] = [];
const auth: Auth = {
  ...{ mode: 'oidc', region: 'eu-west-1', balancerArn: ARN, issuer: 'https://login.example', clientId: 'client-1' },
  ...{ rolesClaim: 'groups', personalRoles: ['retention'] },
  fetchKey: async (url) => {
    asked.push(url);
    return url.endsWith(KID) ? new Response(pem) : new Response('no', { status: 404 });
  },
};
const now = Math.floor(Date.now() / 1000);
let open: Served;
let guarded: Served;

type Claims = { header?: object; claims?: object; key?: typeof privateKey };
function token({ header = {}, claims = {}, key = privateKey }: Claims = {}): Promise<string> {
  const facts = {
    alg: 'ES256',
    kid: KID,
    signer: ARN,
    client: 'client-1',
    iss: 'https://login.example',
    exp: now + 60,
  };
  return new SignJWT({ sub: 'u1', email: 'ana@example.com', iss: 'https://login.example', exp: now + 60, ...claims })
    .setProtectedHeader({ ...facts, ...header })
    .sign(key);
}
const ask = (identity: string, url = '/api/v1/session') => guarded.get(url, { 'x-amzn-oidc-data': identity });

test.before(async () => {
  makeChurnRun(out);
  open = await serve({ folders: [out] });
  guarded = await serve({ folders: [out] }, auth);
});
test.after(async () => {
  await open.close();
  await guarded.close();
  remove(work);
});

test('only questions are answered', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
    const answer = await open.app.inject({ method, url: '/api/v1/session', headers: { host: 'localhost' } });
    assert.is(answer.statusCode, 405, method);
    assert.is(answer.headers.allow, 'GET, HEAD');
  }
  assert.is((await open.app.inject({ method: 'HEAD', url: '/', headers: { host: 'localhost' } })).statusCode, 200);
});

test('every answer forbids what is not ours; HSTS only where there is TLS', async () => {
  for (const url of ['/', '/api/v1/session', '/nothing', '/assets/app-1234567890.js']) {
    const { headers } = await open.get(url);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/, url);
    assert.match(policy, /frame-ancestors 'none'/, url);
    assert.not.match(policy, /unsafe|https:|\*/, url);
    assert.is(headers['x-content-type-options'], 'nosniff', url);
    assert.is(headers['strict-transport-security'], undefined, url);
  }
  assert.ok((await guarded.get('/')).headers['strict-transport-security']);
});

test('pages: the hashed file is kept for ever, the page itself is not; nothing outside of them is served', async () => {
  assert.match(String((await open.get('/assets/app-1234567890.js')).headers['cache-control']), /immutable/);
  const page = await open.get('/churn/overview');
  assert.is(page.headers['cache-control'], 'no-cache');
  assert.is((await open.get('/churn/overview', { 'if-none-match': String(page.headers.etag) })).status, 304);
  for (const url of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/none', '/other/overview'])
    assert.is((await open.get(url)).status, 404, url);
  assert.match((await open.get('/none')).text, /<h1>404/);
});

test('without sign-in, a name that is not of this machine is refused', async () => {
  assert.is((await open.get('/api/v1/session', { host: 'evil.example' })).status, 403);
  for (const host of ['localhost:8787', '127.0.0.1:8787', '[::1]:8787'])
    assert.is((await open.get('/api/v1/session', { host })).status, 200, host);
});

test('a signed identity is let in, with its groups', async () => {
  const { status, body } = await ask(await token({ claims: { groups: ['retention', 'x'] } }));
  assert.is(status, 200);
  assert.equal(body, {
    ...{ user: 'ana@example.com', roles: ['retention', 'x'], sees_personal_data: true },
    ...{ sign_in: 'oidc', stack: 'test' },
  });
  assert.equal(asked, [`https://public-keys.auth.elb.eu-west-1.amazonaws.com/${KID}`]);
});

test("the balancer's own form, with padded base64, is let in", async () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
  const facts = {
    alg: 'ES256',
    kid: KID,
    signer: ARN,
    client: 'client-1',
    iss: 'https://login.example',
    exp: now + 60,
  };
  const claims = { sub: 'u', iss: 'https://login.example', exp: now + 60 };
  const [head, body] = [encode(facts), encode(claims)].map((part) => part.replaceAll('+', '-').replaceAll('/', '_'));
  const data = new TextEncoder().encode(`${head}.${body}`);
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data);
  const padded = `${head}.${body}.${Buffer.from(signature).toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`;
  assert.match(padded, /=/);
  assert.is((await ask(padded)).status, 200);
});

test('any other identity is refused, without saying more than that', async () => {
  const none = new UnsecuredJWT({ sub: 'u1', exp: now + 60 }).encode();
  const good = await token();
  const refused: Record<string, string> = {
    nothing: '',
    'no token': 'abc',
    'alg none': none,
    'expired header': await token({ header: { exp: now - 60 } }),
    'expired claims': await token({ claims: { exp: now - 60 } }),
    'another balancer': await token({ header: { signer: `${ARN}9` } }),
    'another client': await token({ header: { client: 'client-2' } }),
    'another issuer': await token({ header: { iss: 'https://evil.example' } }),
    'another issuer in the claims': await token({ claims: { iss: 'https://evil.example' } }),
    'a key of nobody': await token({ header: { kid: OTHER_KID } }),
    'a path for a key': await token({ header: { kid: '../../evil' } }),
    'a stranger’s signature': await token({ key: stranger.privateKey }),
    'changed claims': good.replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"root"}').toString('base64url')}.`),
  };
  for (const [name, identity] of Object.entries(refused)) {
    const { status, body } = await ask(identity, '/api/v1/churn/overview');
    assert.is(status, 401, name);
    assert.equal(body.error.code, 'not_signed_in', name);
  }
  assert.ok(
    asked.every((url) => /\/[0-9-]{36}$/.test(url)),
    asked.join('\n'),
  );
  assert.is((await guarded.get('/')).status, 401);
  assert.is((await guarded.get('/healthz')).status, 200);
  assert.is((await guarded.get('/readyz')).status, 200);
});

test('what is personal is masked but for the role that sees it, and each look is in the audit log', async () => {
  const [plain, seeing] = [await token(), await token({ claims: { groups: 'retention' } })];
  const url = '/api/v1/churn/customers/C00007';
  const field = async (identity: string, name: string) => {
    const { body } = await ask(identity, url);
    return body.profile.find(({ key }: { key: string }) => key === name);
  };
  guarded.lines.length = 0;
  assert.equal(await field(plain, 'email'), { key: 'email', value: '***', masked: true });
  assert.equal(await field(seeing, 'email'), { key: 'email', value: '7@example.com', masked: false });
  assert.is((await field(plain, 'interaction_summary')).masked, true);
  assert.is((await field(plain, 'region')).value, 'Madrid');
  await ask(plain, '/api/v1/churn/customers/C99999');
  await ask(plain, '/api/v1/churn/customers.csv?tier=High');
  const audit = guarded.lines.filter(({ fields }) => fields.audit === true).map(({ fields }) => fields);
  assert.equal(
    audit.map(({ event, customer_id, user, personal_data, result }) => [
      event,
      customer_id,
      user,
      personal_data,
      result,
    ]),
    [
      ['customer_lookup', 'C00007', 'ana@example.com', false, 'shown'],
      ['customer_lookup', 'C00007', 'ana@example.com', true, 'shown'],
      ['customer_lookup', 'C00007', 'ana@example.com', false, 'shown'],
      ['customer_lookup', 'C00007', 'ana@example.com', false, 'shown'],
      ['customer_lookup', 'C99999', 'ana@example.com', false, 'not_found'],
      ['customer_export', undefined, 'ana@example.com', false, 'shown'],
    ],
  );
  const others = guarded.lines.filter(({ fields }) => fields.audit !== true);
  assert.not.match(JSON.stringify(others), /C00007|C99999/);
});

test.run();
