import type { Broker } from './broker.ts';
import type { PartitionLog } from './log/partition-log.ts';
import { appendSeeds, createSeededTopics } from './seeded-topics.ts';

/** What `reset()` of a running broker does beside emptying it. */
export interface ResetOptions {
  /** Deletes the topics that `topics` of `startBroker` does not name, instead of emptying them. Their clients get UNKNOWN_TOPIC_OR_PARTITION. */
  readonly deleteTopics?: boolean;
}

/**
 * Leaves what connected clients rely on: topics with their ids and the offsets that come next, members of groups, ids and
 * sequences of producers. So they go on without a rebalance, and nothing that is sent after it is missed.
 */
export async function reset(broker: Broker, { deleteTopics = false }: ResetOptions = {}): Promise<void> {
  broker.faults.clear();
  broker.clock.reset();
  await broker.transactions.abortAll();
  broker.groups.forgetAll();
  const { seededTopics } = broker.options;
  const own = broker.topics.all().filter(({ isInternal }) => !isInternal);
  const gone = deleteTopics ? own.filter(({ name }) => !Object.hasOwn(seededTopics, name)) : [];
  if (gone.length > 0) {
    const failure = (await broker.topics.deleteAll(gone)).find((each) => each !== undefined);
    if (failure) throw failure;
  }
  const kept = own.filter((topic) => !gone.includes(topic));
  for (const topic of kept) {
    for (const log of topic.partitions) await empty(log);
    appendSeeds(broker, topic, seededTopics[topic.name]?.records ?? []);
  }
  await createSeededTopics(broker);
  await broker.logs.saveStartOffsets();
}

async function empty(log: PartitionLog): Promise<void> {
  if (log.startOffset === log.nextOffset) return;
  // With `flush: 'always'` only what is synced can be read, or deleted.
  if (log.highWatermark < log.nextOffset) await log.sync();
  log.roll();
  log.advanceStart(log.nextOffset);
}
