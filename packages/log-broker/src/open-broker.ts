import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Broker } from './broker.ts';
import { Clock } from './clock.ts';
import { LogCleaner } from './compaction/log-cleaner.ts';
import type { BrokerOptions } from './config.ts';
import { GroupCoordinator } from './groups/group-coordinator.ts';
import { GroupCommit } from './log/flush-policy.ts';
import { LogDirectory } from './log/log-directory.ts';
import { AclStore } from './security/acl-store.ts';
import { Authorizer } from './security/authorizer.ts';
import { Logins } from './security/logins.ts';
import { UserStore } from './security/user-store.ts';
import { InternalTopic } from './topics/internal-topic.ts';
import { OFFSETS_TOPIC, TRANSACTIONS_TOPIC, TopicRegistry } from './topics/topic-registry.ts';
import type { PartitionLog } from './log/partition-log.ts';
import { atOnce } from './turns.ts';
import type { Steps } from './turns.ts';
import { TransactionCoordinator } from './transactions/transaction-coordinator.ts';
import { ProducerIds } from './transactions/producer-ids.ts';

/**
 * Everything but the sockets. The data on the disk has been loaded, and recovered if necessary, when this returns. What was
 * recovered has to be synced before it is served.
 */
export function openBroker(options: BrokerOptions, groupCommit?: GroupCommit): Broker {
  return atOnce(openInSteps(options, groupCommit));
}

/** As `openBroker`, a partition in each step. */
export function* openInSteps(options: BrokerOptions, groupCommit = new GroupCommit()): Steps<Broker> {
  const { files, data, logger } = options;
  const highWatermarkIs = options.flush === 'always' ? 'synced' : 'written';
  const clock = new Clock();
  const logs = new LogDirectory({ files, folder: data, highWatermarkIs, now: clock.now, logger });
  const topics = new TopicRegistry(files, data, logs, options.topicDefaults);
  yield* topics.load();
  const rules = { initialRebalanceDelayMs: options.groupInitialRebalanceDelayMs };
  const offsetsTopic = new InternalTopic(topics, OFFSETS_TOPIC, options.offsetsSegmentBytes);
  const transactionsTopic = new InternalTopic(topics, TRANSACTIONS_TOPIC, options.offsetsSegmentBytes);
  const groups = new GroupCoordinator({ log: offsetsTopic, topics, rules, logger });
  groups.load();
  const producerIds = new ProducerIds(files, data, () => firstUnusedProducerId(logs));
  const durable = (log: PartitionLog) => (options.flush === 'always' ? groupCommit.commit(log) : undefined);
  const parts = { topic: transactionsTopic, topics, groups, producerIds, logger, durable, now: clock.now };
  const transactions = new TransactionCoordinator(parts);
  transactions.load();
  const authorizer = new Authorizer(options.superUsers);
  const acls = new AclStore(files, data, (all) => authorizer.replace(all));
  return new Broker({
    nodeId: options.nodeId,
    clusterId: clusterIdOf(options),
    options,
    clock,
    topics,
    logs,
    cleaner: new LogCleaner({ files, logger, logs }),
    groups,
    offsetsTopic,
    transactionsTopic,
    transactions,
    producerIds,
    authorizer,
    acls,
    logins: new Logins(new UserStore(files, data), options.saslMechanisms),
    logger,
    durable,
  });
}

/** Ids that an Apache Kafka has given out are found by the records written with them. */
function firstUnusedProducerId({ logs }: LogDirectory): number {
  let next = 0;
  for (const { producers } of logs.values()) {
    for (const { producerId } of producers.all()) next = Math.max(next, producerId + 1);
  }
  return next;
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
