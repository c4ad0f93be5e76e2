import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import { batchOf } from './cluster.ts';
import type { Cluster } from './cluster.ts';

/** Records of one partition: from, and before. Without an end it is followed. */
export interface Span {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint | undefined;
}

export interface BusRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly time: Date;
  readonly message: KafkaMessage;
}

const FETCH_WAIT_MS = 500;
const FETCH_BYTES_PER_PARTITION_MAX = 1024 * 1024;
const FETCH_BYTES_MAX = 8 * 1024 * 1024;
/** Others' unfinished transactions are not shown. */
const READ_COMMITTED = 1;
/** The end of a span may lie behind an unfinished transaction; after so many empty answers it is not waited for. */
const EMPTY_ANSWERS_MAX = 6;
/** A partition's leader may be moving. */
const RETRIES_MAX = 4;
const RETRY_DELAY_MS = 250;

/** Reads without a group: nothing is joined, nothing is committed. */
export async function* readRecords(
  cluster: Cluster,
  spans: readonly Span[],
  signal: AbortSignal,
): AsyncGenerator<BusRecord> {
  const positions = spans
    .filter(({ from, to }) => to === undefined || from < to)
    .map((span) => ({ ...span, next: span.from }));
  if (positions.length === 0) return;
  await cluster.addMultipleTargetTopics([...new Set(positions.map(({ topic }) => topic))]);

  let emptyAnswers = 0;
  let failures = 0;
  while (!signal.aborted) {
    const open = positions.filter(({ next, to }) => to === undefined || next < to);
    if (open.length === 0) return;
    let answers: Answer[];
    try {
      answers = await fetchFromLeaders(cluster, open);
      failures = 0;
    } catch (error) {
      failures += 1;
      if ((error as { retriable?: boolean }).retriable === false || failures > RETRIES_MAX) throw error;
      // A new leader is elected meanwhile.
      await sleep(RETRY_DELAY_MS);
      await cluster.refreshMetadata();
      continue;
    }
    emptyAnswers = answers.some(({ next, position }) => next > position.next) ? 0 : emptyAnswers + 1;
    if (emptyAnswers >= EMPTY_ANSWERS_MAX && open.every(({ to }) => to !== undefined)) return;
    for (const { position, messages, next } of answers) {
      for (const message of messages) {
        const offset = BigInt(message.offset);
        if (position.to !== undefined && offset >= position.to) break;
        const { topic, partition } = position;
        yield { topic, partition, offset, time: new Date(Number(message.timestamp)), message };
      }
      position.next = next;
    }
  }
}

interface Position extends Span {
  next: bigint;
}

interface Answer {
  readonly position: Position;
  readonly messages: readonly KafkaMessage[];
  readonly next: bigint;
}

async function fetchFromLeaders(cluster: Cluster, positions: Position[]): Promise<Answer[]> {
  const byLeader = new Map<string, Position[]>();
  for (const position of positions) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(position.topic, [position.partition]));
    if (leader === undefined) throw new Error(`${position.topic}/${position.partition} has no leader`);
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), position]);
  }
  const answers = await Promise.all(
    [...byLeader].map(async ([nodeId, ofLeader]) => {
      const node = await cluster.findBroker({ nodeId });
      const { responses } = await node.fetch({
        isolationLevel: READ_COMMITTED,
        maxWaitTime: FETCH_WAIT_MS,
        minBytes: 1,
        maxBytes: FETCH_BYTES_MAX,
        topics: ofLeader.map(({ topic, partition, next }) => ({
          topic,
          partitions: [{ partition, fetchOffset: String(next), maxBytes: FETCH_BYTES_PER_PARTITION_MAX }],
        })),
      });
      return responses.flatMap(({ topicName, partitions }) =>
        partitions.flatMap((data): Answer[] => {
          const position = ofLeader.find((one) => one.topic === topicName && one.partition === data.partition);
          if (position === undefined) return [];
          const batch = batchOf(topicName, position.next, data);
          // An answer without records says nothing of where the next one is: it may have had no room for this partition.
          const next = batch.rawMessages.length === 0 ? position.next : BigInt(batch.lastOffset()) + 1n;
          return [{ position, messages: batch.messages, next }];
        }),
      );
    }),
  );
  return answers.flat();
}
