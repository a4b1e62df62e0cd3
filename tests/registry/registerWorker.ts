/**
 * Says `ready`, waits for the end of its input, then registers and approves models, one after the other, and prints their
 * versions. Arguments: the registry, then the requests as JSON.
 */
import { openLocalRegistry } from '@pilotlight/registry';

const [folder = '', ...requests] = process.argv.slice(2);
const registry = openLocalRegistry(folder, { lockWaitSeconds: 60 });
process.stdout.write('ready\n');
for await (const _ of process.stdin);
const versions: number[] = [];
for (const request of requests) versions.push((await registry.register(JSON.parse(request))).version);
process.stdout.write(JSON.stringify(versions));
