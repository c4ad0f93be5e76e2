import { FETCH_RESPONSE_BYTES_MAX, FETCH_WAIT_MAX_MS } from '../limits.ts';
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
  if (now.bytes >= request.minBytes || now.hasError || waitMs <= 0) return now.response;
  return waitForMore(broker, request, waitMs);
});

interface ReadResult {
  readonly response: FetchResponse;
  readonly bytes: number;
  readonly hasError: boolean;
}

function readAll(broker: Broker, request: FetchRequest): ReadResult {
  // When clients are slow to take what they were sent, everybody gets less at a time.
  const maxBytes = Math.min(request.maxBytes, FETCH_RESPONSE_BYTES_MAX, broker.answerBytes.leftBytes);
  let bytes = 0;
  let hasError = false;
  const responses = request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map((wanted) => {
      const left = maxBytes - bytes;
      const data = readOne(broker, topic, wanted, request.isolationLevel, left, bytes === 0);
      bytes += data.records?.length ?? 0;
      hasError ||= data.errorCode !== ErrorCode.NONE;
      return data;
    }),
  }));
  return { response: { sessionId: 0, responses }, bytes, hasError };
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
  const epochError = checkLeaderEpoch(wanted.currentLeaderEpoch);
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

/** There was never an election: the epoch is 0, and clients that know a later one know another broker. */
export function checkLeaderEpoch(epoch: number): number {
  return epoch > 0 ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NONE;
}

function abortedIn(log: PartitionLog, from: number, limit: number, records: Buffer) {
  if (records.length === 0) return [];
  return log.abortedTransactions(from, limit).map(({ producerId, firstOffset }) => ({ producerId, firstOffset }));
}

function failed(partitionIndex: number, errorCode: number): PartitionData {
  const nothing = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1, records: Buffer.alloc(0) };
  return { partitionIndex, errorCode, abortedTransactions: null, ...nothing };
}

function waitForMore(broker: Broker, request: FetchRequest, waitMs: number): Promise<FetchResponse> {
  const logs = request.topics.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition }) => broker.topics.partition(topic, partition) ?? []),
  );
  return new Promise((resolve, reject) => {
    let cancels: (() => void)[] = [];
    const cancel = () => {
      for (const each of cancels) each();
    };
    const look = (isTimeUp: boolean) => {
      cancel();
      try {
        const { response, bytes, hasError } = readAll(broker, request);
        if (!isTimeUp && bytes < request.minBytes && !hasError) return listen();
        clearTimeout(timer);
        resolve(response);
      } catch (error) {
        clearTimeout(timer);
        reject(error);
      }
    };
    const listen = () => {
      cancels = logs.map((log) => log.onceAdvanced(() => look(false)));
    };
    const timer = setTimeout(() => look(true), waitMs);
    listen();
  });
}
