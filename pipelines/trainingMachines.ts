import { lookup } from 'node:dns/promises';
import type { Machines } from '@pilotlight/modeling';
import type { Hosts } from '@pilotlight/pipeline';
import { inputError } from './stepInputs.ts';

/** Where the machines of a training listen to one another, unless a host says another port; the jobs' security group lets it pass. */
export const PORT = 12400;

/**
 * The machines of a job as training wants them: names become IPv4 addresses. Undefined where the machine is alone.
 *
 * @throws InputError `host_unknown`
 */
export async function trainingMachines(hosts: Hosts | undefined): Promise<Machines | undefined> {
  if (hosts === undefined || hosts.names.length < 2) return undefined;
  return { addresses: await Promise.all(hosts.names.map(addressOf)), place: hosts.place };
}

async function addressOf(host: string): Promise<string> {
  const [name = '', port = PORT] = host.split(':');
  try {
    const { address } = await lookup(name, { family: 4 });
    return `${address}:${port}`;
  } catch (cause) {
    throw inputError(
      'host_unknown',
      `no address of machine ${name}`,
      'resourceconfig.json',
      'start the job again',
      cause,
    );
  }
}
