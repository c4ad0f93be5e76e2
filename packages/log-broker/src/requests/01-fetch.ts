import { FETCH_RESPONSE_BYTES_MAX, FETCH_WAIT_MAX_MS, PARKED_PARTITION_BYTES } from '../limits.ts';
import type { Broker } from '../broker.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { Fetch } from '../wire/generated/fetch.ts';
import type { FetchPartition, FetchRequest, FetchResponse, PartitionData } from '../wire/generated/fetch.ts';
import { defineRequest } from './define-request.ts';

// Versions 4 to 12: from 13 on topics are named by id. Fetch sessions (7 on) are never granted: session id 0 in the
// answer tells the client to send its partitions each time, which every client does.
//
// A fetch that finds less than it wants is parked until records arrive or its time is up. Limits are Kafka's (KIP-74):
// at least one whole batch is returned however small the limit, so that a reader always gets on.

const READ_COMMITTED = 1;

export const fetch = defineRequest(Fetch, [4, 12], (request, { broker }) => {
  if (request.sessionId !== 0) {
    return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] };
  }
  const now = readAll(broker, request);
  const waitMs = Math.min(request.maxWaitMs, FETCH_WAIT_MAX_MS);
  if (now.isEnough || waitMs <= 0) return now.response;
  const parkedBytes = PARKED_PARTITION_BYTES * request.topics.reduce((sum, each) => sum + each.partitions.length, 0);
  if (!broker.parkedBytes.tryTake(parkedBytes)) return now.response;
  return waitForMore(broker, request, now.bytes, waitMs).finally(() => broker.parkedBytes.giveBack(parkedBytes));
});

interface ReadResult {
  readonly response: FetchResponse;
  readonly bytes: number;
  /** As much as the client wants or may have, or an error that it must hear of. */
  readonly isEnough: boolean;
}

function readAll(broker: Broker, request: FetchRequest): ReadResult {
  // When clients are slow to take what they were sent, everybody gets less at a time, and nothing without any room.
  const { hasRoom } = broker.answerBytes;
  const maxBytes = Math.min(request.maxBytes, FETCH_RESPONSE_BYTES_MAX, broker.answerBytes.leftBytes);
  let bytes = 0;
  let hasError = false;
  const responses = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((wanted) => {
      const left = maxBytes - bytes;
      const data = readOne(broker, topic, wanted, request.isolationLevel, left, hasRoom && bytes === 0);
      bytes += data.records?.length ?? 0;
      hasError ||= data.errorCode !== ErrorCode.NONE;
      return data;
    }),
  }));
  const isFull = bytes > 0 && bytes >= maxBytes;
  return { response: { sessionId: 0, responses }, bytes, isEnough: isFull || bytes >= request.minBytes || hasError };
}

function readOne(
  broker: Broker,
  topic: string,
  wanted: FetchPartition,
  isolationLevel: number,
  bytesLeft: number,
  isFirst: boolean,
): PartitionData {
  const log = broker.topics.partition(topic, wanted.partition);
  if (!log) return failed(wanted.partition, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const epochError = checkLeaderEpoch(log, wanted.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return failed(wanted.partition, epochError);
  const isCommitted = isolationLevel === READ_COMMITTED;
  const { highWatermark, lastStableOffset } = log;
  const limit = isCommitted ? lastStableOffset : highWatermark;
  try {
    const maxBytes = Math.min(wanted.partitionMaxBytes, bytesLeft);
    const mayRead = maxBytes > 0 || isFirst;
    // A zero-length read still checks the offset.
    const records = log.read(wanted.fetchOffset, Math.max(maxBytes, 0), mayRead ? limit : wanted.fetchOffset);
    return {
      partitionIndex: wanted.partition,
      errorCode: ErrorCode.NONE,
      highWatermark,
      lastStableOffset,
      logStartOffset: log.startOffset,
      abortedTransactions: isCommitted ? abortedIn(log, wanted.fetchOffset, limit, records) : null,
      // Not the first to bring data: then the limit counts, also for a first batch beyond it.
      records: !isFirst && records.length > bytesLeft ? Buffer.alloc(0) : records,
    };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    const failure = failed(wanted.partition, error.code);
    return { ...failure, highWatermark, lastStableOffset, logStartOffset: log.startOffset };
  }
}

/** There is never an election: clients that know a later epoch know another broker, those with an older one are late. */
export function checkLeaderEpoch(log: PartitionLog, epoch: number): number {
  if (epoch > log.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
  return epoch >= 0 && epoch < log.leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.NONE;
}

function abortedIn(log: PartitionLog, from: number, limit: number, records: Buffer) {
  if (records.length === 0) return [];
  return log.abortedTransactions(from, limit).map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
}

function failed(partitionIndex: number, errorCode: number): PartitionData {
  const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: Buffer.alloc(0) };
  return { partitionIndex, errorCode, abortedTransactions: null, ...nothing };
}

/** Resolves when there is as much as the client wants, or its time is up. `found` is what was there before. */
function waitForMore(broker: Broker, request: FetchRequest, found: number, waitMs: number): Promise<FetchResponse> {
  const logs = request.topics.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition }) => broker.topics.partition(topic, partition) ?? []),
  );
  // Looking for what is not enough costs as much as what is. A transaction that ends makes more readable than it adds.
  const readable = () => logs.reduce((sum, log) => sum + log.readableBytes, 0);
  const enough = request.isolationLevel === READ_COMMITTED ? 0 : readable() + request.minBytes - found;
  return new Promise((resolve, reject) => {
    let cancels: (() => void)[] = [];
    let turn: NodeJS.Immediate | undefined;
    const listen = () => {
      cancels = logs.map((log) => log.onceAdvanced(advanced));
      if (!broker.answerBytes.hasRoom) cancels.push(broker.answerBytes.onceRoom(lookNext));
    };
    const stopListening = () => {
      for (const cancel of cancels) cancel();
    };
    const advanced = () => {
      if (readable() >= enough || logs.some((log) => log.failure)) return lookNext();
      stopListening();
      listen();
    };
    // In a turn of its own: what one reader is sent has to count before the next one reads.
    const lookNext = () => {
      stopListening();
      turn = setImmediate(look, false);
    };
    const look = (isTimeUp: boolean) => {
      try {
        const { response, isEnough } = readAll(broker, request);
        if (!isTimeUp && !isEnough) return listen();
        clearTimeout(timer);
        resolve(response);
      } catch (error) {
        clearTimeout(timer);
        reject(error);
      }
    };
    const timer = setTimeout(() => {
      stopListening();
      clearImmediate(turn);
      look(true);
    }, waitMs);
    listen();
  });
}
