import { addressText, withDefaults } from './config.ts';
import type { Address, BrokerSettings } from './config.ts';
import type { Broker } from './broker.ts';
import { startMaintenance } from './maintenance.ts';
import { listen } from './network/tcp-server.ts';
import { openBroker } from './open-broker.ts';
import type { Faults } from './faults.ts';
import type { HealthServer } from './observe/health-server.ts';
import { lockDataFolder } from './storage/data-lock.ts';

/** A broker that accepts connections, until `close()`. */
export interface RunningBroker {
  /** Of the first listener. */
  readonly host: string;
  readonly port: number;
  /** Of all of them. */
  readonly addresses: readonly Address[];
  /** Port of `/health` and `/metrics`, when they are served. */
  readonly healthPort: number | undefined;
  /** Fault injection, for tests. */
  readonly faults: Faults;
  /** Stops accepting requests, closes the logs and writes the marker of a clean shutdown. */
  close(): Promise<void>;
}

/**
 * Starts a broker in this process. Resolves when it accepts connections.
 *
 * @throws {DataInUseError} when another broker is running on the same data
 */
export async function startBroker(settings: BrokerSettings = {}): Promise<RunningBroker> {
  const options = withDefaults(settings);
  const { files, data, logger } = options;
  files.makeDirectory(data);
  const unlock = lockDataFolder(files, data);
  try {
    const broker = openBroker(options);
    for (const [name, password] of Object.entries(options.users)) await broker.logins.setPassword(name, password);
    const server = await listen(broker);
    broker.advertised = server.advertised;
    const [address] = server.addresses;
    logger('info', 'ready', {
      listeners: server.addresses.map(addressText),
      clean: broker.logs.wasClean,
      topics: broker.topics.all().length,
    });

    const health = options.health && (await serveHealthAt(broker, options.health));
    const stopMaintenance = startMaintenance(broker);
    const close = async () => {
      await health?.close();
      await server.close();
      await stopMaintenance();
      broker.groups.close();
      broker.transactions.close();
      // Work that clients have begun continues without them: it must not touch the folder after it is unlocked.
      await broker.acls.close();
      await broker.topics.close();
      await broker.logs.settle();
      broker.logs.close();
      unlock();
      logger('info', 'closed');
    };
    let closing: Promise<void> | undefined;
    return {
      ...address!,
      addresses: server.addresses,
      healthPort: health?.port,
      faults: broker.faults,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Loaded on demand: Node's HTTP server takes longer to load than the broker. */
async function serveHealthAt(broker: Broker, address: Address): Promise<HealthServer> {
  const { serveHealth } = await import('./observe/health-server.ts');
  return serveHealth(broker, address);
}
