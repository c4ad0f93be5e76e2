import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Broker } from './broker.ts';
import { withDefaults } from './config.ts';
import type { BrokerOptions, BrokerSettings } from './config.ts';
import { GroupCoordinator } from './groups/group-coordinator.ts';
import { OffsetsTopic } from './groups/offsets-topic.ts';
import { GroupCommit } from './log/flush-policy.ts';
import { LogDirectory } from './log/log-directory.ts';
import { listen } from './network/tcp-server.ts';
import { lockDataFolder } from './storage/data-lock.ts';
import { TopicRegistry } from './topics/topic-registry.ts';
import { ProducerIds } from './transactions/producer-ids.ts';

export interface RunningBroker {
  readonly host: string;
  readonly port: number;
  /** Stops taking requests, closes the logs and leaves the mark of a clean shutdown. */
  close(): Promise<void>;
}

/**
 * Starts a broker in this process. Resolves when it serves.
 *
 * @throws {DataInUseError} when another broker is alive on the same data
 */
export async function startBroker(settings: BrokerSettings): Promise<RunningBroker> {
  const options = withDefaults(settings);
  const { files, data, logger } = options;
  files.makeDirectory(data);
  const unlock = lockDataFolder(files, data);
  try {
    const broker = openBroker(options);
    const server = await listen(broker);
    broker.address = options.advertise ?? server.address;
    logger('info', 'ready', { ...server.address, clean: broker.logs.wasClean, topics: broker.topics.all().length });

    const flush = everyInterval(options, broker);
    const close = async () => {
      clearInterval(flush);
      await server.close();
      broker.groups.close();
      broker.logs.close();
      unlock();
      logger('info', 'closed');
    };
    let closing: Promise<void> | undefined;
    return { ...server.address, close: () => (closing ??= close()) };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Everything but the socket. Whatever is on disk has been read, and recovered if need be, when this returns. */
function openBroker(options: BrokerOptions): Broker {
  const { files, data, logger } = options;
  const highWatermarkIs = options.flush === 'always' ? 'synced' : 'written';
  const logs = new LogDirectory({ files, folder: data, highWatermarkIs, now: Date.now, logger });
  const topics = new TopicRegistry(files, data, logs, options.topicDefaults);
  topics.load();
  const rules = { initialRebalanceDelayMs: options.groupInitialRebalanceDelayMs };
  const groups = new GroupCoordinator(new OffsetsTopic(topics), rules, logger);
  groups.load();
  return new Broker({
    nodeId: options.nodeId,
    clusterId: clusterIdOf(options),
    options,
    topics,
    logs,
    groups,
    producerIds: new ProducerIds(files, data),
    logger,
    groupCommit: new GroupCommit(),
  });
}

/** `meta.properties`, as Kafka writes it: the cluster's id is made once and stays with the data. */
function clusterIdOf({ files, data, nodeId }: BrokerOptions): string {
  const path = join(data, 'meta.properties');
  const known = /^cluster\.id=(.+)$/m.exec(files.readFile(path)?.toString('utf8') ?? '')?.[1];
  if (known) return known;
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  files.replaceFile(path, `cluster.id=${clusterId}\nnode.id=${nodeId}\nversion=1\n`, true);
  return clusterId;
}

function everyInterval({ flush, flushIntervalMs }: BrokerOptions, broker: Broker): NodeJS.Timeout | undefined {
  if (flush !== 'interval') return undefined;
  let isRunning = false;
  return setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    void broker.logs.sync().finally(() => (isRunning = false));
  }, flushIntervalMs);
}
