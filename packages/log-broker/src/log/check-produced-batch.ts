import { BATCH_DECOMPRESSED_BYTES_MAX } from '../limits.ts';
import { checkRecords } from '../wire/check-records.ts';
import type { CheckedRecords } from '../wire/check-records.ts';
import { decompress } from '../wire/decompress.ts';
import { ErrorCode, KafkaError, RecordsRefusedError } from '../wire/error-code.ts';
import { DecompressedTooLargeError } from '../wire/growing-buffer.ts';
import {
  BATCH_HEADER_BYTES,
  NO_PRODUCER_ID,
  batchDefect,
  batchSizeAt,
  readBatchHeader,
  stampCreateTime,
} from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';
import type { LogConfig } from './log-config.ts';

/** Timestamps are 64-bit integers; this is the largest that a JavaScript number holds exactly. */
const TIMESTAMP_MAX = 2 ** 63 - 1024;

/** Where a batch goes, and when. */
export interface ProducedTo {
  /** Topic and partition. */
  readonly name: string;
  readonly config: LogConfig;
  readonly now: number;
}

/**
 * Validates what a producer sent for one partition, as Kafka's LogValidator does: every reader can decode what passes.
 * Compressed batches are decompressed to check them, and stored as they came. A wrong newest timestamp in the header is
 * corrected in place.
 *
 * @returns the one batch it holds
 * @throws {KafkaError} CORRUPT_MESSAGE for a wrong checksum, UNKNOWN_SERVER_ERROR for records that cannot be decompressed,
 *   MESSAGE_TOO_LARGE also when too large after decompression, INVALID_RECORD, INVALID_TIMESTAMP,
 *   TRANSACTIONAL_ID_AUTHORIZATION_FAILED or UNSUPPORTED_FOR_MESSAGE_FORMAT
 */
export function checkProducedBatch(records: Buffer | null, to: ProducedTo, isTransactional: boolean): Buffer {
  const batch = checkFrame(records, to.config);
  const header = readBatchHeader(batch);
  checkHeader(header, isTransactional);
  const { maxTimestamp } = checkContent(batch, header, to);
  const keepsOwnTimes = to.config.timestampType === 'CreateTime';
  if (keepsOwnTimes && (header.usesLogAppendTime || header.maxTimestamp !== maxTimestamp)) {
    stampCreateTime(batch, maxTimestamp);
  }
  return batch;
}

function checkFrame(records: Buffer | null, { maxMessageBytes }: LogConfig): Buffer {
  if (!records || records.length === 0) throw invalid('no record batch');
  const defect = batchDefect(records, 0, records.length);
  if (defect === 'wrong magic') {
    throw new KafkaError(ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'only record batches of format 2 are taken');
  }
  if (defect === 'wrong record count') throw invalid('the last offset delta is negative');
  if (defect) throw new KafkaError(ErrorCode.CORRUPT_MESSAGE, `record batch: ${defect}`);
  if (batchSizeAt(records, 0) !== records.length) {
    throw invalid('a partition takes exactly one record batch per request');
  }
  if (records.length > maxMessageBytes) {
    const detail = `batch of ${records.length} bytes, max.message.bytes is ${maxMessageBytes}`;
    throw new KafkaError(ErrorCode.MESSAGE_TOO_LARGE, detail);
  }
  return records;
}

function checkHeader(header: BatchHeader, isTransactional: boolean): void {
  if (header.isControl) throw invalid('control batches are written by the broker only');
  if (header.recordCount < 1 || header.recordCount !== header.lastOffset - header.baseOffset + 1) {
    throw invalid(`${header.recordCount} records do not match the last offset delta`);
  }
  if (header.producerId !== NO_PRODUCER_ID && (header.producerEpoch < 0 || header.baseSequence < 0)) {
    throw invalid('a producer id needs an epoch and a sequence');
  }
  if (header.isTransactional && !isTransactional) {
    const detail = 'transactional records in a request without a transactional id';
    throw new KafkaError(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, detail);
  }
  if (header.isTransactional && header.producerId === NO_PRODUCER_ID) {
    throw invalid('transactional records without a producer id');
  }
}

function checkContent(batch: Buffer, header: BatchHeader, { name, config, now }: ProducedTo): CheckedRecords {
  const bytesMax = Math.max(BATCH_DECOMPRESSED_BYTES_MAX, config.maxMessageBytes);
  const payload = open(batch.subarray(BATCH_HEADER_BYTES), header, bytesMax);
  const checksTimes = config.timestampType === 'CreateTime';
  const earliest = checksTimes ? now - config.timestampBeforeMaxMs : Number.NEGATIVE_INFINITY;
  const latest = checksTimes ? Math.min(now + config.timestampAfterMaxMs, TIMESTAMP_MAX) : Number.POSITIVE_INFINITY;
  const needsKey = config.cleanupPolicy.includes('compact');
  let checked: CheckedRecords;
  try {
    checked = checkRecords(payload, header.recordCount, header.baseTimestamp, { needsKey, earliest, latest });
  } catch (error) {
    throw invalid((error as Error).message);
  }
  if (checked.refusedCount > 0) throw refusal(checked, name, earliest, latest);
  return checked;
}

function open(payload: Buffer, { compression }: BatchHeader, bytesMax: number): Buffer {
  try {
    return decompress(payload, compression, bytesMax);
  } catch (error) {
    const detail = (error as Error).message;
    if (error instanceof DecompressedTooLargeError) throw new KafkaError(ErrorCode.MESSAGE_TOO_LARGE, detail);
    // Kafka uses this code too, and producers do not retry it.
    throw new KafkaError(
      ErrorCode.UNKNOWN_SERVER_ERROR,
      `batch with codec ${compression} cannot be decompressed: ${detail}`,
    );
  }
}

function refusal({ refused, refusedCount }: CheckedRecords, name: string, earliest: number, latest: number) {
  const recordErrors = refused.map(({ index, timestamp }) => ({
    batchIndex: index,
    batchIndexErrorMessage:
      timestamp === undefined
        ? `Compacted topic cannot accept message without key in topic partition ${name}`
        : `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should be within [${earliest}, ${latest}]`,
  }));
  const isAboutTime = refused.some(({ timestamp }) => timestamp !== undefined);
  const code = isAboutTime ? ErrorCode.INVALID_TIMESTAMP : ErrorCode.INVALID_RECORD;
  const reason = isAboutTime ? 'invalid timestamp' : `${refusedCount} record errors in total`;
  return new RecordsRefusedError(code, `one or more records have been rejected due to ${reason}`, recordErrors);
}

function invalid(detail: string): KafkaError {
  return new KafkaError(ErrorCode.INVALID_RECORD, detail);
}
