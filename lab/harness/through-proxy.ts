import { CONNECT } from '../systems/connect.ts';
import type { Client } from '../systems/system.ts';
import { CountingProxy } from './counting-proxy.ts';
import type { Lab, Seen } from './experiment.ts';
import { everywhere } from './experiment.ts';

/** The same for all systems, each with a client behind a proxy that counts. */
export function everywhereThroughProxy(
  run: (client: Client, proxy: CountingProxy, lab: Lab) => Promise<Seen>,
): ReturnType<typeof everywhere> {
  return everywhere(async (_, lab) => {
    const proxy = new CountingProxy();
    lab.closeAtEnd(async () => proxy.close());
    const client: Client = await CONNECT[lab.system](lab.address, proxy.through);
    lab.closeAtEnd(async () => client.close());
    return run(client, proxy, lab);
  });
}
