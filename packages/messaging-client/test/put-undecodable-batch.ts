import { randomBytes, randomUUID } from 'node:crypto';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Kafka, logLevel } from 'kafkajs';
import { attributesOf, batchAround, BATCH_HEADER_BYTES, CODEC, sealBatch, TRANSACTIONAL } from './make-batch.ts';

const MIB = 1024 * 1024;

interface Damage {
  /** Of the batch, header included, unless it is the default. */
  readonly bytes?: number;
  /** Overwrites what is behind the header of a batch whose checksum holds, and gives it another where it should hold again. */
  damage(batch: Buffer): void;
}

/** Fills the payload and marks it as compressed by this codec. */
function filled(codec: number, payloadOf: (bytes: number) => Buffer): Damage {
  return {
    damage: (batch) => {
      payloadOf(batch.length - BATCH_HEADER_BYTES).copy(batch, BATCH_HEADER_BYTES);
      sealBatch(batch, (attributesOf(batch) & TRANSACTIONAL) | codec);
    },
  };
}

/** What no client can decode. Of all but one the checksum is right. */
export const DAMAGES = {
  'random bytes marked as gzip': filled(CODEC.gzip, randomBytes),
  'random bytes marked as snappy': filled(CODEC.snappy, randomBytes),
  'random bytes marked as lz4': filled(CODEC.lz4, randomBytes),
  'random bytes marked as zstd': filled(CODEC.zstd, randomBytes),
  'a codec that is not known': filled(5, randomBytes),
  'records that are no records': filled(CODEC.none, (bytes) => Buffer.alloc(bytes, 0xff)),
  'gzip that is cut off': filled(CODEC.gzip, (bytes) => gzipSync(randomBytes(2 * bytes)).subarray(0, bytes)),
  'a wrong checksum': { damage: (batch) => batch.writeUInt8(batch.readUInt8(batch.length - 1) ^ 1, batch.length - 1) },
  'a bomb of 400 MB in 400 KB': { ...filled(CODEC.gzip, bomb), bytes: 410_000 },
} satisfies Record<string, Damage>;

/** Gzip may be of several parts: each of these is 4 MiB of zeros in some 4 KB. */
function bomb(bytes: number): Buffer {
  const part = gzipSync(Buffer.alloc(4 * MIB));
  return Buffer.concat(
    Array.from({ length: Math.ceil(bytes / part.length) }, () => part),
    bytes,
  );
}

export interface UndecodableBatchToPut {
  /** host:port */
  readonly broker: string;
  /** The broker's data folder: its segments are written in place, as a failing disk would. */
  readonly dataFolder: string;
  readonly topic: string;
  readonly partition: number;
  readonly damage: keyof typeof DAMAGES;
  readonly records?: number;
}

export interface PutBatch {
  readonly firstOffset: string;
  readonly lastOffset: string;
  /** As it lies in the log now. */
  readonly bytes: Buffer;
}

const BATCH_BYTES = 4_000;

/**
 * Puts a batch that cannot be decoded before consumers, also those that are running, past whatever the broker checks when it
 * is written: good records are written in a transaction, which consumers do not see yet; their batch is overwritten in the
 * broker's file; then the transaction is committed.
 */
export async function putUndecodableBatch(put: UndecodableBatchToPut): Promise<PutBatch> {
  const { damage, bytes = BATCH_BYTES } = DAMAGES[put.damage] as Damage;
  const { topic, partition, records = 3 } = put;
  const marker = `to be damaged: ${randomUUID()}`;
  const kafka = new Kafka({ brokers: [put.broker], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    const value = Buffer.alloc(Math.ceil(bytes / records), marker);
    const [place] = await transaction.send({
      topic,
      messages: Array.from({ length: records }, () => ({ partition, key: 'damaged', value })),
    });
    const damaged = await overwrite(join(put.dataFolder, `${topic}-${partition}`), marker, damage);
    await transaction.commit();
    const firstOffset = BigInt(place!.baseOffset!);
    return { firstOffset: String(firstOffset), lastOffset: String(firstOffset + BigInt(records - 1)), bytes: damaged };
  } finally {
    await producer.disconnect();
  }
}

async function overwrite(folder: string, marker: string, damage: Damage['damage']): Promise<Buffer> {
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  for (const segment of segments.toSorted().toReversed()) {
    const log = await readFile(join(folder, segment));
    const position = log.indexOf(marker);
    if (position < 0) continue;
    const { start, bytes } = batchAround(log, position);
    const batch = log.subarray(start, start + bytes);
    damage(batch);
    const file = await open(join(folder, segment), 'r+');
    await file.write(batch, 0, bytes, start);
    await file.close();
    return batch;
  }
  throw new Error(`no batch with the marker in ${folder}`);
}
