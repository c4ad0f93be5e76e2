import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaRecord, UndecodableBatch } from '../kafka/driver.ts';
import { fetchedIn } from '../kafka/kafkajs/fetch-record-sets.ts';
import { decodeRecordSet } from '../kafka/record-set/decode-record-set.ts';
import type { FetchedPartition } from '../kafka/record-set/decode-record-set.ts';
import type { Cluster } from './cluster.ts';

/** Records of one partition: from, and before. Without an end, new records are followed. */
export interface Span {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint | undefined;
}

/** A record with its place. */
export interface BusRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly time: Date;
  readonly message: KafkaRecord;
}

/** Called for a batch that cannot be decoded; reading goes on behind it. */
export type OnUndecodable = (place: Pick<Span, 'topic' | 'partition'>, batch: UndecodableBatch) => void;

const FETCH_WAIT_MS = 500;
const FETCH_BYTES_PER_PARTITION_MAX = 1024 * 1024;
const FETCH_BYTES_MAX = 8 * 1024 * 1024;
/** The first batch of an answer comes whole, however large it is; those of other partitions come when it is their turn. */
const FIRST_RECORD_BYTES_PER_PARTITION = 16 * 1024;
/** Records of unfinished transactions are not shown. */
const READ_COMMITTED = 1;
/** The end of a span may lie behind an unfinished transaction; after so many empty answers the reading ends. */
const EMPTY_ANSWERS_MAX = 6;
/** A partition's leader may be moving. */
const RETRIES_MAX = 4;
const RETRY_DELAY_MS = 250;

/** Reads without a group: nothing is joined, nothing is committed. `firstOnly`: of each span one record, with little more read. */
export async function* readRecords(
  cluster: Cluster,
  spans: readonly Span[],
  signal: AbortSignal,
  onUndecodable: OnUndecodable,
  { firstOnly = false }: { readonly firstOnly?: boolean } = {},
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
      answers = await fetchFromLeaders(cluster, open, firstOnly);
      failures = 0;
    } catch (error) {
      failures += 1;
      if ((error as { retriable?: boolean }).retriable === false || failures > RETRIES_MAX) throw error;
      // A new leader is elected meanwhile.
      await sleep(RETRY_DELAY_MS);
      await cluster.refreshMetadata();
      continue;
    }
    let moved = false;
    for (const { position, fetched } of answers) {
      const before = position.next;
      for (const record of recordsOf(position, fetched, onUndecodable)) {
        yield record;
        if (!firstOnly) continue;
        position.to = position.next = record.offset + 1n;
        break;
      }
      moved ||= position.next > before;
    }
    emptyAnswers = moved ? 0 : emptyAnswers + 1;
    if (emptyAnswers >= EMPTY_ANSWERS_MAX && open.every(({ to }) => to !== undefined)) return;
  }
}

/** Moves the position behind what was read: an answer without bytes leaves it, as there may have been no room. */
function* recordsOf(position: Position, fetched: FetchedPartition, onUndecodable: OnUndecodable): Generator<BusRecord> {
  const { topic, partition, to } = position;
  const isBefore = (offset: string): boolean => to === undefined || BigInt(offset) < to;
  for (const { records, undecodable, lastOffset } of decodeRecordSet(fetched, position.next)) {
    for (const message of records) {
      if (!isBefore(message.offset)) break;
      const { offset, timestamp } = message;
      yield { topic, partition, offset: BigInt(offset), time: new Date(Number(timestamp)), message };
    }
    if (undecodable !== undefined && isBefore(undecodable.firstOffset))
      onUndecodable({ topic, partition }, undecodable);
    position.next = lastOffset + 1n;
  }
}

interface Position extends Pick<Span, 'topic' | 'partition'> {
  next: bigint;
  to: bigint | undefined;
}

interface Answer {
  readonly position: Position;
  readonly fetched: FetchedPartition;
}

async function fetchFromLeaders(cluster: Cluster, positions: Position[], firstOnly: boolean): Promise<Answer[]> {
  const bytesPerPartition = firstOnly ? FIRST_RECORD_BYTES_PER_PARTITION : FETCH_BYTES_PER_PARTITION_MAX;
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
          partitions: [{ partition, fetchOffset: String(next), maxBytes: bytesPerPartition }],
        })),
      });
      return responses.flatMap(({ topicName, partitions }) =>
        partitions.flatMap((data): Answer[] => {
          const position = ofLeader.find((one) => one.topic === topicName && one.partition === data.partition);
          const fetched = fetchedIn(data.messages);
          return position === undefined || fetched === undefined ? [] : [{ position, fetched }];
        }),
      );
    }),
  );
  return answers.flat();
}
