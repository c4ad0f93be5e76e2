import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Broker } from '../src/broker.ts';
import { BATCH_DECOMPRESSED_BYTES_MAX, REQUEST_BYTES_MAX } from '../src/limits.ts';
import { FrameReader } from '../src/network/frame-reader.ts';
import { answerRequest } from '../src/requests/answer-request.ts';
import { handlerOf } from '../src/requests/registry.ts';
import { WireFormatError } from '../src/wire/byte-reader.ts';
import type { PartitionLog } from '../src/log/partition-log.ts';
import { decompress } from '../src/wire/decompress.ts';
import { ErrorCode } from '../src/wire/error-code.ts';
import { Produce } from '../src/wire/generated/produce.ts';
import { BATCH_HEADER_BYTES, readBatchHeader, readRecords } from '../src/wire/record-batch.ts';
import { send, brokerInMemory, CLIENT } from './broker-in-memory.ts';
import { compress } from './compressed.ts';
import { batchAround, rawRecords } from './raw-batch.ts';
import { recordedFrames } from './recorded-frames.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 3_000);
/** Each passes compression, the broker and its log. */
const BATCH_RUNS = RUNS / 5;

const requests = recordedFrames().filter(({ direction, key, version, bytes }) => {
  const handler = handlerOf(key);
  return direction === 'request' && handler && version <= handler.versions[1] && bytes.length < 10_000;
});

const mutation = fc.record({
  frame: fc.nat(requests.length - 1),
  cutTo: fc.option(fc.nat(400), { freq: 3 }),
  changes: fc.array(fc.record({ at: fc.nat(600), to: fc.integer({ min: 0, max: 255 }) }), { maxLength: 4 }),
  int32: fc.option(fc.record({ at: fc.nat(200), to: fc.constantFrom(-1, 2 ** 31 - 1, -(2 ** 31), 65_536) }), {
    freq: 3,
  }),
});

function mutate({ frame, cutTo, changes, int32 }: typeof mutation extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const bytes = Buffer.from(requests[frame]?.bytes ?? Buffer.alloc(0));
  // Key and version stay, so that the request reaches its handler.
  for (const { at, to } of changes) if (bytes.length > 4) bytes[4 + (at % (bytes.length - 4))] = to;
  if (int32 && bytes.length > 8) bytes.writeInt32BE(int32.to, 4 + (int32.at % (bytes.length - 7)));
  return cutTo === null ? bytes : bytes.subarray(0, cutTo);
}

const length = fc.oneof(
  { weight: 50, arbitrary: fc.string({ maxLength: 20 }) },
  fc.constantFrom(null, -2, 1, 100, 2 ** 31 - 1),
);

/** No fault most of the time: a batch with one fault shows more than one with ten. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
const change = fc.record({ at: fc.nat(300), to: fc.integer({ min: 0, max: 255 }) });

const producedBatch = fc.record({
  codec: fc.nat(5),
  records: fc.array(
    fc.record(
      {
        key: length,
        value: length,
        timestampDelta: fc.integer({ min: -1_000, max: 1_000 }),
        headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), fc.option(fc.string({ maxLength: 5 }))), {
          maxLength: 3,
        }),
      },
      { requiredKeys: [] },
    ),
    { minLength: 1, maxLength: 5 },
  ),
  /** Before compression, and behind it. */
  insideChange: seldom(change),
  outsideChange: seldom(change),
  cut: seldom(fc.nat(20)),
  flags: seldom(fc.constantFrom(8, 16, 32, 64)),
  recordCount: seldom(fc.constantFrom(-1, 0, 1, 2, 2 ** 31 - 1)),
  timestamp: seldom(fc.constantFrom(-1, 0, 1_700_000_000_000_000, 2 ** 62)),
});

function makeBatch(wanted: typeof producedBatch extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const { codec, records, insideChange, outsideChange, cut, flags, timestamp, recordCount } = wanted;
  const changed = (bytes: Buffer, what: typeof insideChange) => {
    if (what && bytes.length > 0) bytes[what.at % bytes.length] = what.to;
    return bytes;
  };
  const inside = changed(rawRecords(records), insideChange);
  const payload = changed(Buffer.from(compress(inside, codec)), outsideChange);
  return batchAround(payload.subarray(0, Math.max(0, payload.length - (cut ?? 0))), {
    codec,
    flags: flags ?? 0,
    timestamp: timestamp ?? 1_700_000_000_000,
    recordCount: recordCount ?? records.length,
  });
}

const NOTHING = { offsets: [], newest: -1, newestByHeader: -1 };

/** As a reader does, by other code than that which validated it. */
function readBack(log: PartitionLog, offset: number) {
  const kept = log.read(offset, 1, log.nextOffset);
  const header = readBatchHeader(kept);
  const payload = decompress(kept.subarray(BATCH_HEADER_BYTES), header.compression, BATCH_DECOMPRESSED_BYTES_MAX);
  const records = [...readRecords(header, payload)];
  const newest = Math.max(-1, ...records.map(({ timestamp }) => timestamp));
  return { offsets: records.map((record) => record.offset), newest, newestByHeader: header.maxTimestamp };
}

describe('invalid requests', () => {
  let broker: Broker | undefined;
  afterEach(() => broker?.groups.close());

  it('are answered or refused, and never crash the broker or make it hold much memory', () => {
    broker = brokerInMemory();
    const target = broker;
    fc.assert(
      fc.property(mutation, (mutated) => {
        try {
          const answer = answerRequest(target, mutate(mutated), CLIENT);
          if (answer instanceof Promise) answer.catch(() => {});
        } catch (error) {
          // With acks=0 the only way to refuse is to close the connection.
          if (!(error instanceof WireFormatError) && !String(error).includes('acks=0')) throw error;
        }
      }),
      { numRuns: RUNS },
    );
    expect(target.topics.all().length).toBeLessThan(5_000);
  });

  it('with random batches are refused, or every reader can decode the batch', async () => {
    broker = brokerInMemory();
    const target = broker;
    const log = target.topics.createNow('fuzz', 1).partitions[0] as PartitionLog;
    let taken = 0;
    const property = fc.asyncProperty(producedBatch, async (batch) => {
      const before = log.nextOffset;
      const topicData = [{ name: 'fuzz', topicId: '', partitionData: [{ index: 0, records: makeBatch(batch) }] }];
      const wanted = { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData };
      const { responses } = await send(target, Produce, 11, wanted);
      const isTaken = responses[0]?.partitionResponses[0]?.errorCode === ErrorCode.NONE;
      if (isTaken) taken++;
      const { offsets, newest, newestByHeader } = isTaken ? readBack(log, before) : NOTHING;
      expect(offsets).toEqual(Array.from({ length: log.nextOffset - before }, (_, index) => before + index));
      expect(newest).toBe(newestByHeader);
    });
    await fc.assert(property, { numRuns: BATCH_RUNS });
    expect(taken).toBeGreaterThan(BATCH_RUNS / 20);
    expect(taken).toBeLessThan(BATCH_RUNS);
  }, 60_000);

  it('with a length beyond the limit are refused before anything is stored', () => {
    for (const length of [-1, REQUEST_BYTES_MAX + 1, 2 ** 31 - 1]) {
      const frames = new FrameReader();
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(length);
      frames.push(bytes);
      expect(() => frames.next()).toThrow(WireFormatError);
    }
  });

  it('that arrive in pieces of any size are read whole and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (bodies, sizes) => {
          const stream = Buffer.concat(
            bodies.flatMap((body) => {
              const length = Buffer.alloc(4);
              length.writeInt32BE(body.length);
              return [length, body];
            }),
          );
          const frames = new FrameReader();
          const received: string[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 5;
            frames.push(stream.subarray(at, at + size));
            at += size;
            for (let frame = frames.next(); frame; frame = frames.next()) received.push(frame.toString('hex'));
          }
          expect(received).toEqual(bodies.map((body) => Buffer.from(body).toString('hex')));
          expect(frames.bufferedBytes).toBe(0);
        },
      ),
    );
  });
});
