import { checkProducedBatch } from '../log/check-produced-batch.ts';
import type { Broker } from '../broker.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { Topic } from '../topics/topic-registry.ts';
import { eachInSteps } from '../turns.ts';
import { ZSTD } from '../wire/decompress.ts';
import { ErrorCode, KafkaError, RecordsRefusedError } from '../wire/error-code.ts';
import { Produce } from '../wire/generated/produce.ts';
import type { PartitionProduceData, PartitionProduceResponse, ProduceResponse } from '../wire/generated/produce.ts';
import { readBatchHeader } from '../wire/record-batch.ts';
import { defineRequest } from './define-request.ts';
import { topicNaming } from './topic-naming.ts';

// Versions 3 to 13: from 3 on records are batches of format 2; zstd is known from 7 on; from 12 on a partition that is
// written to becomes part of the producer's transaction; 13 names topics by id. Version 0 is advertised too: without it
// older librdkafka sends uncompressed records (KAFKA-18659).
//
// The answer is sent when the records are written, with `flush: always` when they are on the disk. With acks=0 there is no
// answer, and an error closes the connection, the only way to report it.

const FIRST_VERSION_WITH_ZSTD = 7;
const FIRST_VERSION_THAT_ADDS_PARTITIONS = 12;
const FIRST_VERSION_WITH_TOPIC_IDS = 13;

export const produce = defineRequest(
  Produce,
  [3, 13],
  function* (request, { broker, version }) {
    const { acks, transactionalId } = request;
    const syncs: Promise<unknown>[] = [];
    const responses: ProduceResponse['responses'] = [];
    const naming = topicNaming(broker.topics, version >= FIRST_VERSION_WITH_TOPIC_IDS);
    for (const { name, topicId, partitionData } of request.topicData) {
      const topic = naming.find(name, topicId);
      const append = (data: PartitionProduceData) => {
        if (acks !== 0 && acks !== 1 && acks !== -1) return failed(data.index, ErrorCode.INVALID_REQUIRED_ACKS);
        if (!topic) return failed(data.index, naming.unknown);
        const answer = appendTo(broker, topic, data, { transactionalId, version });
        if (answer.errorCode === ErrorCode.NONE) {
          const sync = waitForDisk(broker, topic.partitions[data.index], answer);
          if (sync) syncs.push(sync);
        }
        return answer;
      };
      responses.push({ name, topicId, partitionResponses: yield* eachInSteps(partitionData, append) });
    }

    const response: ProduceResponse = { responses };
    if (acks === 0) {
      const refused = responses.flatMap((topic) => topic.partitionResponses).find((each) => each.errorCode !== 0);
      if (refused) throw new Error(`produce with acks=0 failed: ${refused.errorMessage ?? refused.errorCode}`);
      return undefined;
    }
    return syncs.length > 0 ? Promise.all(syncs).then(() => response) : response;
  },
  0,
);

function appendTo(
  broker: Broker,
  topic: Topic,
  { index, records }: PartitionProduceData,
  { transactionalId, version }: { transactionalId: string | null; version: number },
): PartitionProduceResponse {
  try {
    const log = topic.partitions[index];
    if (!log) return failed(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    if (topic.isInternal) return failed(index, ErrorCode.INVALID_TOPIC_EXCEPTION);
    const to = { name: log.name, config: log.config, now: broker.clock.now() };
    const batch = checkProducedBatch(records, to, transactionalId !== null);
    const { producerId, producerEpoch, isTransactional, compression } = readBatchHeader(batch);
    if (compression === ZSTD && version < FIRST_VERSION_WITH_ZSTD) {
      return failed(index, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    }
    if (transactionalId !== null && isTransactional) {
      const producer = { producerId, producerEpoch };
      if (version >= FIRST_VERSION_THAT_ADDS_PARTITIONS) {
        broker.transactions.addWritten(transactionalId, producer, topic.name, index);
      } else {
        broker.transactions.checkWrite(transactionalId, producer, topic.name, index);
      }
    }
    const { baseOffset, logAppendTime } = log.append(batch);
    return {
      index,
      errorCode: ErrorCode.NONE,
      baseOffset,
      logAppendTimeMs: logAppendTime,
      logStartOffset: log.startOffset,
    };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    if (error.code === ErrorCode.KAFKA_STORAGE_ERROR) broker.logger('error', 'append failed', { error: error.message });
    const recordErrors = error instanceof RecordsRefusedError ? [...error.recordErrors] : [];
    return { ...failed(index, error.code), errorMessage: error.message, recordErrors };
  }
}

/** Turns the answer into an error if the sync fails after the write. */
function waitForDisk(
  broker: Broker,
  log: PartitionLog | undefined,
  answer: PartitionProduceResponse,
): Promise<void> | undefined {
  return (
    log &&
    broker.durable(log)?.catch((error: unknown) => {
      answer.errorCode = ErrorCode.KAFKA_STORAGE_ERROR;
      answer.errorMessage = String(error);
    })
  );
}

function failed(index: number, errorCode: number): PartitionProduceResponse {
  return { index, errorCode, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}
