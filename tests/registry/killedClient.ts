/**
 * Calls a method of a registry and kills itself right before its n-th request that changes something in a service: nothing differs
 * for others between two of those. Ends with 0 when there are fewer.
 *
 * Arguments: the registry, n, the method, its request as JSON.
 */
import * as http from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const [uri = '', at = '', method = '', request = '{}'] = process.argv.slice(2);
let changes = 0;

function count(): void {
  changes += 1;
  if (changes === Number(at)) process.kill(process.pid, 'SIGKILL');
}

const original = http.request;
createRequire(import.meta.url)('node:http').request = (options: http.RequestOptions, ...more: never[]) => {
  const { 'x-amz-target': action } = (options.headers ?? {}) as Record<string, string>;
  if (action === undefined ? options.method === 'PUT' : /\.(Create|Update)/.test(action)) count();
  return original(options, ...more);
};
syncBuiltinESMExports();
const originalFetch = globalThis.fetch;
globalThis.fetch = (url, options) => {
  if ((options?.method ?? 'GET') !== 'GET' && !/\/search\b/.test(String(url))) count();
  return originalFetch(url, options);
};

const { openRegistry } = await import('@pilotlight/registry');
const registry = openRegistry(uri, { clock: () => new Date(0) });
await (registry as unknown as Record<string, (request: unknown) => Promise<unknown>>)[method]?.(JSON.parse(request));
