import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (bare === 'localhost') return true;
  const family = isIP(bare);
  return family !== 0 && loopback.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Whether a request's `Host` is a name of this machine itself. Without sign-in, a page elsewhere that points its own name at
 * 127.0.0.1 could read the answers.
 */
export function isLocalName(header: string | undefined): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:]+)(:\d+)?$/i.exec(header ?? '');
  return match?.[1] !== undefined && isLoopback(match[1].toLowerCase());
}
