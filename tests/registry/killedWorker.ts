/**
 * Registers and approves a model in one call, and kills itself at its n-th operation on the disk: before it, or in the
 * middle of it when it writes. Ends with 0 when there are fewer operations.
 *
 * Arguments: the registry, n, the request as JSON.
 */
import * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [folder = '', at = '', request = '{}'] = process.argv.slice(2);
let operations = 0;

const isDue = () => {
  operations += 1;
  return operations === Number(at);
};
const die = () => process.kill(process.pid, 'SIGKILL');

// biome-ignore lint/suspicious/noExplicitAny: functions of any shape are wrapped
type Any = any;

const disk = fs.promises as Any;
for (const name of ['mkdir', 'rename', 'rm', 'copyFile', 'truncate']) {
  const original = disk[name];
  disk[name] = (...given: unknown[]) => {
    if (isDue()) die();
    return original(...given);
  };
}
const open = disk.open;
disk.open = async (path: string, flags: string) => {
  if (isDue()) die();
  const handle = await open(path, flags);
  const whole = handle.writeFile.bind(handle);
  handle.writeFile = async (content: string) => {
    if (isDue()) {
      await whole(content.slice(0, content.length / 2));
      die();
    }
    return whole(content);
  };
  return handle;
};
syncBuiltinESMExports();

const { openLocalRegistry } = await import('@pilotlight/registry');
await openLocalRegistry(folder, { clock: () => new Date(0) }).register(JSON.parse(request));
