import { checkProducedBatch } from '../log/check-produced-batch.ts';
import type { Broker } from '../broker.ts';
import { eachInSteps } from '../turns.ts';
import { ZSTD } from '../wire/decompress.ts';
import { ErrorCode, KafkaError, RecordsRefusedError } from '../wire/error-code.ts';
import { Produce } from '../wire/generated/produce.ts';
import type { PartitionProduceData, PartitionProduceResponse, ProduceResponse } from '../wire/generated/produce.ts';
import { readBatchHeader } from '../wire/record-batch.ts';
import { defineRequest } from './define-request.ts';

// Versions 3 to 11: from 3 on records are batches of format 2; zstd is known from 7 on; 12 would add partitions to
// transactions implicitly, 13 names topics by id. Version 0 is advertised too: without it older librdkafka sends
// uncompressed records (KAFKA-18659).
//
// The answer is sent when the records are written, with `flush: always` when they are on the disk. With acks=0 there is no
// answer, and an error closes the connection, the only way to report it.

const FIRST_VERSION_WITH_ZSTD = 7;

export const produce = defineRequest(
  Produce,
  [3, 11],
  function* (request, { broker, version }) {
    const { acks } = request;
    const syncs: Promise<unknown>[] = [];
    const responses: ProduceResponse['responses'] = [];
    for (const { name, partitionData } of request.topicData) {
      const append = (data: PartitionProduceData) => {
        if (acks !== 0 && acks !== 1 && acks !== -1) return failed(data.index, ErrorCode.INVALID_REQUIRED_ACKS);
        const answer = appendTo(broker, name, data, request.transactionalId, version);
        if (answer.errorCode === ErrorCode.NONE) {
          const sync = waitForDisk(broker, name, answer);
          if (sync) syncs.push(sync);
        }
        return answer;
      };
      responses.push({ name, partitionResponses: yield* eachInSteps(partitionData, append) });
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
  topic: string,
  { index, records }: PartitionProduceData,
  transactionalId: string | null,
  version: number,
): PartitionProduceResponse {
  try {
    const known = broker.topics.get(topic);
    const log = known?.partitions[index];
    if (!known || !log) return failed(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    if (known.isInternal) return failed(index, ErrorCode.INVALID_TOPIC_EXCEPTION);
    const to = { name: log.name, config: log.config, now: broker.clock.now() };
    const batch = checkProducedBatch(records, to, transactionalId !== null);
    const { producerId, producerEpoch, isTransactional, compression } = readBatchHeader(batch);
    if (compression === ZSTD && version < FIRST_VERSION_WITH_ZSTD) {
      return failed(index, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    }
    if (transactionalId !== null && isTransactional) {
      broker.transactions.checkWrite(transactionalId, { producerId, producerEpoch }, topic, index);
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
function waitForDisk(broker: Broker, topic: string, answer: PartitionProduceResponse): Promise<void> | undefined {
  const log = broker.topics.partition(topic, answer.index);
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
