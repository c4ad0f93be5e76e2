import { ByteReader } from '../wire/byte-reader.ts';
import { BATCH_HEADER_BYTES, encodeBatch, readBatchHeader, readRecords } from '../wire/record-batch.ts';

// The end of a transaction in a partition is a control batch of one record: key = version and type (0 abort, 1 commit),
// value = version and coordinator epoch (ControlRecordTypeSchema.json, EndTxnMarker.json).

const ABORT = 0;
const COMMIT = 1;

export interface TransactionMarker {
  readonly committed: boolean;
  readonly coordinatorEpoch: number;
}

export function readMarker(batch: Buffer): TransactionMarker {
  const header = readBatchHeader(batch);
  const [record] = readRecords(header, batch.subarray(BATCH_HEADER_BYTES, header.sizeBytes));
  const key = record?.key ?? Buffer.alloc(4);
  const value = record?.value ?? Buffer.alloc(6);
  const reader = new ByteReader(value);
  reader.int16();
  return { committed: key.readInt16BE(2) === COMMIT, coordinatorEpoch: reader.int32() };
}

export function encodeMarker(
  producerId: number,
  producerEpoch: number,
  marker: TransactionMarker,
  timestamp: number,
): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(marker.committed ? COMMIT : ABORT, 2);
  const value = Buffer.alloc(6);
  value.writeInt32BE(marker.coordinatorEpoch, 2);
  const records = [{ key, value }];
  return encodeBatch({ records, timestamp, producerId, producerEpoch, isTransactional: true, isControl: true });
}
