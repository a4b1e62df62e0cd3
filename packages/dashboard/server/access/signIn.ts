import { decodeProtectedHeader, importSPKI, type JWTPayload, jwtVerify } from 'jose';

/** Who asks. `user`: null where nobody signs in. */
export type Viewer = { user: string | null; roles: readonly string[]; seesPersonalData: boolean };

/**
 * `off`: for a server that only this machine can reach. `oidc`: every request carries what the load balancer says of the visitor,
 * signed by it.
 */
export type Auth =
  | { mode: 'off' }
  | {
      mode: 'oidc';
      region: string;
      /** ARN of the one load balancer that may vouch for visitors. */
      balancerArn: string;
      /** What the sign-in must be; undefined: not looked at. */
      issuer?: string | undefined;
      clientId?: string | undefined;
      /** The claim with the visitor's groups: a text, or a list of texts. */
      rolesClaim: string;
      /** Groups that see personal data; none: nobody does. */
      personalRoles: readonly string[];
      fetchKey?: (url: string) => Promise<Response>;
    };

/** The header that the load balancer puts on each request. */
export const IDENTITY_HEADER = 'x-amzn-oidc-data';

export class NotSignedIn extends Error {
  override readonly name = 'NotSignedIn';
}

const KEYS_MAX = 16;
const KEY_LIMIT_MS = 5000;
/** Clocks differ. */
const TOLERANCE_S = 5;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A check of requests, which keeps the keys that it fetched. It throws {@link NotSignedIn} saying why, without the token. */
export function openSignIn(auth: Auth): (token: string | undefined) => Promise<Viewer> {
  if (auth.mode === 'off') return async () => ({ user: null, roles: [], seesPersonalData: true });
  const keys = new Map<string, Promise<CryptoKey>>();
  const keyOf = (kid: string) => {
    const known = keys.get(kid);
    if (known) return known;
    if (keys.size >= KEYS_MAX) keys.delete(keys.keys().next().value as string);
    const key = fetchKey(kid, auth);
    keys.set(kid, key);
    // One that failed must not stay.
    key.catch(() => keys.delete(kid));
    return key;
  };
  return async (token) => {
    if (!token) throw new NotSignedIn('the request carries no identity');
    const kid = checkHeader(token, auth);
    const key = await keyOf(kid);
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['ES256'],
        clockTolerance: TOLERANCE_S,
        ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
      });
      return viewerOf(payload, auth);
    } catch (error) {
      throw new NotSignedIn(`the identity is refused: ${(error as { code?: string }).code ?? 'unreadable'}`);
    }
  };
}

type Oidc = Extract<Auth, { mode: 'oidc' }>;

/** What the balancer says of itself stands in the header, which the signature covers. */
function checkHeader(token: string, { balancerArn, clientId, issuer }: Oidc): string {
  let header: Record<string, unknown>;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw new NotSignedIn('the identity is no token');
  }
  const { alg, kid, signer, client, iss, exp } = header;
  if (alg !== 'ES256') throw new NotSignedIn('the identity is not signed by ES256');
  if (typeof kid !== 'string' || !UUID.test(kid)) throw new NotSignedIn('the identity names no key');
  if (signer !== balancerArn) throw new NotSignedIn('the identity is signed by another load balancer');
  if (clientId !== undefined && client !== clientId) throw new NotSignedIn('the identity is for another client');
  if (issuer !== undefined && iss !== undefined && iss !== issuer)
    throw new NotSignedIn('the identity is of another issuer');
  if (typeof exp !== 'number' || exp + TOLERANCE_S < Date.now() / 1000)
    throw new NotSignedIn('the identity has expired');
  return kid;
}

async function fetchKey(kid: string, { region, fetchKey: get = fetchInTime }: Oidc): Promise<CryptoKey> {
  const url = `https://public-keys.auth.elb.${region}.amazonaws.com/${kid}`;
  try {
    const answer = await get(url);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await importSPKI(await answer.text(), 'ES256');
  } catch (error) {
    throw new NotSignedIn(`the key of the identity cannot be had: ${(error as Error).message}`);
  }
}

const fetchInTime = (url: string) => fetch(url, { signal: AbortSignal.timeout(KEY_LIMIT_MS), redirect: 'error' });

function viewerOf(payload: JWTPayload, { rolesClaim, personalRoles }: Oidc): Viewer {
  const claim = payload[rolesClaim];
  const roles = (Array.isArray(claim) ? claim : [claim]).filter((role) => typeof role === 'string');
  const user = [payload.email, payload.preferred_username, payload.sub].find((name) => typeof name === 'string');
  return {
    user: (user as string | undefined) ?? null,
    roles,
    seesPersonalData: roles.some((role) => personalRoles.includes(role)),
  };
}
