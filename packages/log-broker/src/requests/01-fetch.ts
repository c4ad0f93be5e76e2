import { FETCH_RESPONSE_BYTES_MAX, FETCH_WAIT_MAX_MS, PARKED_PARTITION_BYTES, SLAB_BYTES } from '../limits.ts';
import type { Broker } from '../broker.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { Topic } from '../topics/topic-registry.ts';
import type { AnswerSlabs } from '../slab-pool.ts';
import { eachInSteps, inTurns } from '../turns.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { Fetch } from '../wire/generated/fetch.ts';
import type {
  FetchPartition,
  FetchRequest,
  FetchResponse as WholeResponse,
  PartitionData as WholePartitionData,
} from '../wire/generated/fetch.ts';
import type { Api } from '../wire/message-schema.ts';
import { defineRequest } from './define-request.ts';
import type { RequestContext } from './define-request.ts';
import { topicNaming } from './topic-naming.ts';
import type { TopicNaming } from './topic-naming.ts';

// Versions 4 to 18: from 13 on topics are named by id; what later ones add is for replicas and tiered storage. Fetch sessions (7 on) are never granted: session id 0 in the
// answer means that the client lists its partitions each time, which every client can do.
//
// A fetch that finds less than `minBytes` waits until records arrive or `maxWaitMs` has passed. Limits are Kafka's (KIP-74):
// at least one whole batch is returned however small the limit, so that a reader always makes progress.

const READ_COMMITTED = 1;
/** The records of a partition for whose next batch the answer has no room. */
const NO_ROOM: readonly Buffer[] = [];
const FIRST_VERSION_WITH_TOPIC_IDS = 13;

/** As the protocol has it, with the records in the buffers into which they were read: they are written one after the other. */
type PartitionData = Omit<WholePartitionData, 'records'> & { readonly records: readonly Buffer[] };
type FetchResponse = Omit<WholeResponse, 'responses'> & {
  responses: Array<Omit<WholeResponse['responses'][number], 'partitions'> & { partitions: PartitionData[] }>;
};
const FetchInParts = Fetch as unknown as Api<FetchRequest, FetchResponse>;

export const fetch = defineRequest(FetchInParts, [4, 18], function* (request, { broker, version, hold, slabs }) {
  const memory = { hold, slabs };
  if (request.sessionId !== 0) {
    return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] };
  }
  const naming = topicNaming(broker.topics, version >= FIRST_VERSION_WITH_TOPIC_IDS);
  const { response, ...now } = yield* readAll(broker, request, naming, memory);
  const waitMs = Math.min(request.maxWaitMs, FETCH_WAIT_MAX_MS);
  if (now.isEnough || waitMs <= 0) return response;
  const parkedBytes = PARKED_PARTITION_BYTES * request.topics.reduce((sum, each) => sum + each.partitions.length, 0);
  if (!broker.parkedBytes.tryTake(parkedBytes)) return response;
  hold(-now.bytes);
  return waitForMore(broker, request, naming, now, waitMs, memory).finally(() =>
    broker.parkedBytes.release(parkedBytes),
  );
});

type AnswerMemory = Pick<RequestContext, 'hold' | 'slabs'>;

interface ReadResult {
  readonly response: FetchResponse;
  readonly bytes: number;
  /** Sum of its partitions' `readableBytes` when they were read, which may have been in several turns. */
  readonly readableBytes: number;
  /** As much as the client wants or may have, or an error that must be reported. */
  readonly isEnough: boolean;
}

function* readAll(
  broker: Broker,
  request: FetchRequest,
  naming: TopicNaming,
  { hold, slabs }: AnswerMemory,
): Steps<ReadResult> {
  const { answerBytes } = broker;
  const maxBytes = Math.min(request.maxBytes, FETCH_RESPONSE_BYTES_MAX);
  let bytes = 0;
  let readableBytes = 0;
  let hasError = false;
  /** No other partition is read then: reading each of them to find that it does not fit would take long. */
  let isFull = false;
  const responses: FetchResponse['responses'] = [];
  for (const { topic, topicId, partitions } of request.topics) {
    const known = naming.find(topic, topicId);
    const read = (wanted: FetchPartition) => {
      // When clients are slow to read their answers, all get less at a time, and nothing when the budget is used up. Bytes are
      // taken from the budget when they are read: others may read before the answer is sent, in a later turn.
      const left = isFull ? 0 : Math.min(maxBytes - bytes, answerBytes.leftBytes);
      const isFirst = answerBytes.hasRoom && bytes === 0;
      const data = known
        ? readOne(known, wanted, request.isolationLevel, { bytesLeft: left, isFirst, slabs })
        : failed(wanted.partition, naming.unknown);
      const found = bytesOf(data.records);
      bytes += found;
      if (found > 0) hold(found);
      isFull ||= data.records === NO_ROOM;
      readableBytes += known?.partitions[wanted.partition]?.readableBytes ?? 0;
      hasError ||= data.errorCode !== ErrorCode.NONE;
      return data;
    };
    responses.push({ topic, topicId, partitions: yield* eachInSteps(partitions, read) });
  }
  isFull ||= bytes > 0 && (bytes >= maxBytes || !answerBytes.hasRoom);
  const isEnough = isFull || bytes >= request.minBytes || hasError;
  return { response: { sessionId: 0, responses }, bytes, readableBytes, isEnough };
}

function readOne(
  topic: Topic,
  wanted: FetchPartition,
  isolationLevel: number,
  { bytesLeft, isFirst, slabs }: { bytesLeft: number; isFirst: boolean; slabs: AnswerSlabs | undefined },
): PartitionData {
  const log = topic.partitions[wanted.partition];
  if (!log) return failed(wanted.partition, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const epochError = checkLeaderEpoch(log, wanted.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return failed(wanted.partition, epochError);
  const isCommitted = isolationLevel === READ_COMMITTED;
  const { highWatermark, lastStableOffset } = log;
  const limit = isCommitted ? lastStableOffset : highWatermark;
  try {
    const maxBytes = Math.max(0, Math.min(wanted.partitionMaxBytes, bytesLeft));
    const mayRead = maxBytes > 0 || isFirst;
    // A zero-length read still checks the offset.
    const readable = mayRead ? limit : wanted.fetchOffset;
    const records = log.readInParts(wanted.fetchOffset, maxBytes, readable, SLAB_BYTES, slabs);
    return {
      partitionIndex: wanted.partition,
      errorCode: ErrorCode.NONE,
      highWatermark,
      lastStableOffset,
      logStartOffset: log.startOffset,
      abortedTransactions: isCommitted ? abortedIn(log, wanted.fetchOffset, limit, records) : null,
      // Unless it is the first partition with data, the limit holds also for its first batch.
      records: !isFirst && bytesOf(records) > bytesLeft ? NO_ROOM : records,
    };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    const failure = failed(wanted.partition, error.code);
    return { ...failure, highWatermark, lastStableOffset, logStartOffset: log.startOffset };
  }
}

/** There are no elections: a later epoch is another broker's, an older one is outdated. */
export function checkLeaderEpoch(log: PartitionLog, epoch: number): number {
  if (epoch > log.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
  return epoch >= 0 && epoch < log.leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.NONE;
}

function abortedIn(log: PartitionLog, from: number, limit: number, records: readonly Buffer[]) {
  if (records.length === 0) return [];
  return log.abortedTransactions(from, limit).map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
}

function failed(partitionIndex: number, errorCode: number): PartitionData {
  const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: [] };
  return { partitionIndex, errorCode, abortedTransactions: null, ...nothing };
}

function bytesOf(records: readonly Buffer[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}

/** Resolves when there is as much as the client wants, or `waitMs` has passed. `found`: what the first read found. */
function waitForMore(
  broker: Broker,
  request: FetchRequest,
  naming: TopicNaming,
  found: Pick<ReadResult, 'bytes' | 'readableBytes'>,
  waitMs: number,
  memory: AnswerMemory,
): Promise<FetchResponse> {
  const logs = request.topics.flatMap(({ topic, topicId, partitions }) => {
    const known = naming.find(topic, topicId);
    return known ? partitions.flatMap(({ partition }) => known.partitions[partition] ?? []) : [];
  });
  // A read that finds too little costs as much as one that does not, so bytes are counted first. Not for committed readers:
  // the end of a transaction makes more readable than it adds.
  let missing = request.isolationLevel === READ_COMMITTED ? 0 : request.minBytes - found.bytes;
  return new Promise((resolve, reject) => {
    let stopWaitingForRoom = (): void => undefined;
    let turn: NodeJS.Immediate | undefined;
    let isReading = false;
    let mustReadAgain = false;
    let hasTimedOut = false;
    const cancels = logs.map((log) => {
      let seen = log.readableBytes;
      return log.onAdvanced(() => {
        missing -= log.readableBytes - seen;
        seen = log.readableBytes;
        if (missing <= 0 || log.failure) scheduleRead();
      });
    });
    const settle = (settled: () => void) => {
      clearTimeout(timer);
      clearImmediate(turn);
      stopWaitingForRoom();
      for (const cancel of cancels) cancel();
      settled();
    };
    const waitForRoom = () => {
      stopWaitingForRoom();
      if (!broker.answerBytes.hasRoom) stopWaitingForRoom = broker.answerBytes.onceRoom(scheduleRead);
    };
    // In a turn of its own, so that what one reader takes from the budget is counted before the next one reads.
    const scheduleRead = () => {
      if (isReading) mustReadAgain = true;
      if (isReading) return;
      isReading = true;
      mustReadAgain = false;
      turn = setImmediate(() => void readAgain());
    };
    const readAgain = async () => {
      try {
        const { response, bytes, isEnough } = await inTurns(readAll(broker, request, naming, memory));
        if (hasTimedOut || isEnough) return settle(() => resolve(response));
        memory.hold(-bytes);
        isReading = false;
        if (mustReadAgain) scheduleRead();
        else waitForRoom();
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const timer = setTimeout(() => {
      hasTimedOut = true;
      scheduleRead();
    }, waitMs);
    waitForRoom();
    const arrived = logs.reduce((sum, log) => sum + log.readableBytes, -found.readableBytes);
    missing -= arrived;
    if (arrived > 0 && missing <= 0) scheduleRead();
  });
}
