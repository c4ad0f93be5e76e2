import { addressText, withDefaults } from './config.ts';
import type { Address, BrokerSettings } from './config.ts';
import type { Broker } from './broker.ts';
import { startMaintenance } from './maintenance.ts';
import { listen } from './network/tcp-server.ts';
import { openBroker } from './open-broker.ts';
import type { Faults } from './faults.ts';
import { reset } from './reset.ts';
import type { ResetOptions } from './reset.ts';
import { createSeededTopics } from './seeded-topics.ts';
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
  /**
   * Empties the broker between two tests, in a few milliseconds. Clients that stay connected go on without a rebalance:
   * topics keep their ids, partitions, settings and the offset that comes next, groups their members, producers their ids.
   *
   * - Records are deleted; those of `topics` are written again.
   * - Committed offsets are forgotten, and groups without members are deleted.
   * - Open transactions are aborted: sending in one, or committing it, is INVALID_TXN_STATE, and its producer can begin the next.
   * - Faults are removed, and the time is that of the machine again.
   *
   * Users and access control entries stay. Await what the test has sent before.
   *
   * @throws {KafkaError} KAFKA_STORAGE_ERROR when the disk refuses a write
   */
  reset(options?: ResetOptions): Promise<void>;
  /**
   * Moves the time of the broker forward, and does what is due then: `retention.ms` and compaction (with its lags and
   * `delete.retention.ms`), the expiry of committed offsets, producers and transactional ids, and time-outs of transactions.
   * It is also the time of LogAppendTime, and the one that `message.timestamp.after.max.ms` compares with.
   *
   * It does not move the time of clients: what they send afterwards has their timestamps, so it is as old as the time was moved.
   * Sessions of members and all waits of connections and requests are not moved: see `faults.expireSession`.
   *
   * @param milliseconds 0 or more
   * @throws {RangeError} otherwise
   */
  advanceTime(milliseconds: number): Promise<void>;
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
    // What is served must be durable, and a killed process may have left it in the page cache only.
    await broker.logs.syncChanged();
    for (const [name, password] of Object.entries(options.users)) await broker.logins.setPassword(name, password);
    await createSeededTopics(broker);
    const server = await listen(broker);
    broker.advertised = server.advertised;
    const [address] = server.addresses;
    logger('info', 'ready', {
      listeners: server.addresses.map(addressText),
      clean: broker.logs.wasClean,
      topics: broker.topics.all().length,
    });

    const health = options.health && (await serveHealthAt(broker, options.health));
    const maintenance = startMaintenance(broker);
    const close = async () => {
      await health?.close();
      await server.close();
      await maintenance.stop();
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
      reset: (given) => reset(broker, given),
      async advanceTime(milliseconds) {
        if (!(milliseconds >= 0)) throw new RangeError(`the time cannot be moved by ${milliseconds} ms`);
        broker.clock.advance(milliseconds);
        await broker.transactions.abortExpired();
        await maintenance.catchUp();
      },
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
