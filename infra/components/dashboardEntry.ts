import type * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../settings.ts';

type SignIn = NonNullable<Settings['dashboard']>['signIn'];
type Action = aws.types.input.lb.ListenerDefaultAction;

/** TLS 1.2 and 1.3, forward secrecy only. */
export const TLS_POLICY = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

const SESSION_SECONDS = 8 * 60 * 60;

/** Names end before the 32nd character; the port is in it because another port means another group beside the old one. */
export const balancerName = (prefix: string): string => `${prefix}-dashboard`;
export const targetGroupName = (prefix: string, port: number): string => `${prefix}-web-${port}`;

/** Who comes from private networks only comes by VPN or peering: the balancer then has no public address at all. */
export const isInternal = (allowedCidrs: readonly string[]): boolean => allowedCidrs.every(isPrivate);

function isPrivate(cidr: string): boolean {
  const [a = 0, b = 0] = cidr.split('.').map(Number);
  const length = Number(cidr.split('/')[1]);
  return (
    (a === 10 && length >= 8) ||
    (a === 172 && b >= 16 && b < 32 && length >= 12) ||
    (a === 192 && b === 168 && length >= 16)
  );
}

/** A rule's logical name: `https-192-0-2-0-24`. */
export const ruleName = (scheme: 'http' | 'https', cidr: string): string =>
  `${scheme}-${cidr.replaceAll(/[./]/g, '-')}`;

/** Nobody gets past the balancer without having signed in. */
export function signedIn(
  signIn: SignIn,
  clientSecret: pulumi.Input<string>,
  targetGroupArn: pulumi.Input<string>,
): Action[] {
  const { issuer, authorizationEndpoint, tokenEndpoint, userInfoEndpoint, clientId, scope } = signIn;
  return [
    {
      type: 'authenticate-oidc',
      order: 1,
      authenticateOidc: {
        issuer,
        authorizationEndpoint,
        tokenEndpoint,
        userInfoEndpoint,
        clientId,
        clientSecret,
        scope,
        sessionTimeout: SESSION_SECONDS,
        onUnauthenticatedRequest: 'authenticate',
      },
    },
    { type: 'forward', order: 2, targetGroupArn },
  ];
}

export const toHttps: Action[] = [
  { type: 'redirect', redirect: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' } },
];

/** What the balancer adds to every answer, and that it says nothing of itself. */
export const responseHeaders = {
  routingHttpResponseServerEnabled: false,
  routingHttpResponseStrictTransportSecurityHeaderValue: 'max-age=31536000; includeSubDomains',
  routingHttpResponseXContentTypeOptionsHeaderValue: 'nosniff',
  routingHttpResponseXFrameOptionsHeaderValue: 'DENY',
} as const;
