import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { BATCH_HEADER_BYTES, NO_PRODUCER_ID, batchDefect, batchSizeAt, readBatchHeader } from '../wire/record-batch.ts';
import type { LogConfig } from './log-config.ts';

/** Zstandard is the last of Kafka's codecs. */
const COMPRESSION_MAX = 4;

/**
 * Judges what a producer sent for one partition, as Kafka's LogValidator does short of opening compressed batches.
 *
 * @returns the one batch it holds
 * @throws {KafkaError} CORRUPT_MESSAGE for a wrong checksum, MESSAGE_TOO_LARGE, INVALID_RECORD or
 *   UNSUPPORTED_FOR_MESSAGE_FORMAT
 */
export function checkProducedBatch(records: Buffer | null, config: LogConfig, isTransactional: boolean): Buffer {
  if (!records || records.length === 0) throw new KafkaError(ErrorCode.INVALID_RECORD, 'no record batch');
  const defect = batchDefect(records, 0, records.length);
  if (defect === 'wrong magic') {
    throw new KafkaError(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'only record batches of format 2 are taken');
  }
  if (defect) throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, `record batch: ${defect}`);
  if (batchSizeAt(records, 0) !== records.length) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, 'a partition takes exactly one record batch per request');
  }
  if (records.length > config.maxMessageBytes) {
    const detail = `batch of ${records.length} bytes, max.message.bytes is ${config.maxMessageBytes}`;
    throw new KafkaError(ErrorCode.MESSAGE_TOO_LARGE, detail);
  }
  const header = readBatchHeader(records);
  if (header.isControl)
    throw new KafkaError(ErrorCode.INVALID_RECORD, 'control batches are written by the broker only');
  if (header.recordCount < 1 || header.recordCount !== header.lastOffset - header.baseOffset + 1) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, `${header.recordCount} records do not match the last offset delta`);
  }
  if (header.recordCount > records.length - BATCH_HEADER_BYTES && header.compression === 0) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, `${header.recordCount} records do not fit into the batch`);
  }
  if (header.compression > COMPRESSION_MAX) throw new KafkaError(ErrorCode.INVALID_RECORD, 'unknown compression');
  if (header.producerId !== NO_PRODUCER_ID && (header.producerEpoch < 0 || header.baseSequence < 0)) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, 'a producer id needs an epoch and a sequence');
  }
  if (header.isTransactional && (!isTransactional || header.producerId === NO_PRODUCER_ID)) {
    throw new KafkaError(ErrorCode.INVALID_RECORD, 'transactional records outside of a transactional request');
  }
  return records;
}
