import { crc32c } from '../wire/crc32c.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ProducerSnapshot } from '../wire/generated/producer-snapshot.ts';
import { sequenceAfter } from '../wire/record-batch.ts';
import type { ProducerEntry, ProducerState } from './producer-state.ts';

// `<offset>.snapshot`: the producers of a partition as they were at that offset, in Kafka's format (ProducerSnapshot.json
// behind a version, with a checksum of the entries), so that recovery need not read the log from its beginning.

const VERSION = 1;
/** The version (2 bytes) and the checksum (4 bytes) come before what the checksum covers. */
const CHECKSUMMED_FROM = 6;

export function encodeProducerSnapshot(producers: ProducerState): Buffer {
  const producerEntries = [...producers.all()].map((entry) => {
    const last = entry.batches.at(-1);
    return {
      producerId: entry.producerId,
      epoch: entry.epoch,
      lastSequence: last?.lastSequence ?? -1,
      lastOffset: last?.lastOffset ?? -1,
      offsetDelta: last ? sequenceDistance(last.baseSequence, last.lastSequence) : 0,
      timestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnFirstOffset: entry.openTransactionFrom ?? -1,
    };
  });
  const body = ProducerSnapshot.encode(VERSION, { crc: 0, producerEntries });
  const bytes = Buffer.concat([Buffer.from([0, VERSION]), body]);
  bytes.writeUInt32BE(crc32c(bytes, CHECKSUMMED_FROM), 2);
  return bytes;
}

function sequenceDistance(from: number, to: number): number {
  return to >= from ? to - from : to - from + 2 ** 31;
}

/** Loads a snapshot. False, and nothing loaded, when it is damaged. */
export function restoreProducerSnapshot(bytes: Buffer, into: ProducerState): boolean {
  if (bytes.length < CHECKSUMMED_FROM || bytes.readInt16BE(0) !== VERSION) return false;
  if (crc32c(bytes, CHECKSUMMED_FROM) !== bytes.readUInt32BE(2)) return false;
  const { producerEntries } = ProducerSnapshot.read(new ByteReader(bytes, 2), VERSION);
  for (const stored of producerEntries) {
    const entry: ProducerEntry = {
      producerId: stored.producerId,
      epoch: stored.epoch,
      batches: [],
      lastTimestamp: stored.timestamp,
      coordinatorEpoch: stored.coordinatorEpoch,
      openTransactionFrom: stored.currentTxnFirstOffset < 0 ? undefined : stored.currentTxnFirstOffset,
    };
    if (stored.lastSequence >= 0) {
      const baseSequence = sequenceAfter(stored.lastSequence, 2 ** 31 - stored.offsetDelta);
      const { lastSequence, lastOffset, timestamp } = stored;
      entry.batches.push({ baseSequence, lastSequence, lastOffset, timestamp });
    }
    into.restore(entry);
  }
  return true;
}
