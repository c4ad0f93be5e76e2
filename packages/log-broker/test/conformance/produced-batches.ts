import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { readBatchHeader } from '../../src/wire/record-batch.ts';
import { CODECS, compress, lz4FrameOf, snappyBlock } from '../compressed.ts';
import { batchAround, rawBatch, rawRecords } from '../raw-batch.ts';
import type { RawBatch, RawRecord } from '../raw-batch.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Behaviour, Chapter } from './behaviour.ts';

// Batches with a valid checksum that no reader, or not every reader, could decode. Only the broker can still report that to
// the producer.

const LATEST = -1;
const HEADER_BYTES = 61;
const HOUR_MS = 3_600_000;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;

/** The first version whose answer names records. */
const NAMES_RECORDS = 8;

const all = Object.entries(CODECS);
const compressed = all.filter(([, codec]) => codec !== CODECS.none);

async function expectRefused(at: BrokerUnderTest, topic: string, batches: Record<string, Buffer>, errorCode?: number) {
  for (const [what, batch] of Object.entries(batches)) {
    const answer = await at.produce(topic, batch);
    if (errorCode === undefined) expect(answer?.errorCode, what).not.toBe(0);
    else expect(answer?.errorCode, what).toBe(errorCode);
  }
  expect(await at.offsetAt(topic, LATEST)).toBe(0);
}

/** A batch in each of these codecs. */
function inEach(codecs: typeof all, records: readonly RawRecord[], rest: RawBatch = {}): Record<string, Buffer> {
  return Object.fromEntries(codecs.map(([name, codec]) => [name, rawBatch(records, { ...rest, codec })]));
}

/** Several kinds of records, each refused with INVALID_RECORD in each of these codecs. */
function refusesRecords(codecs: typeof all, kinds: Record<string, readonly RawRecord[]>): Behaviour['show'] {
  return async (at) => {
    const topic = await at.newTopic('no-records');
    for (const [what, records] of Object.entries(kinds)) {
      const batches = Object.entries(inEach(codecs, records)).map(([codec, batch]) => [`${codec}: ${what}`, batch]);
      await expectRefused(at, topic, Object.fromEntries(batches) as Record<string, Buffer>, ErrorCode.INVALID_RECORD);
    }
  };
}

export const producedBatches: Chapter = {
  title: 'Produced batches',
  behaviours: [
    {
      title:
        'accepts all five codecs, snappy with and without the stream format of Java, and stores the bytes as they came',
      show: async (at) => {
        const topic = await at.newTopic('codecs');
        const records = [{ headers: [['a', 'b']] as const }, { key: null, value: null }];
        const batches = Object.values(inEach(all, records));
        batches.push(batchAround(snappyBlock(rawRecords(records)), { codec: CODECS.snappy, recordCount: 2 }));
        for (const [index, batch] of batches.entries()) {
          expect(await at.produce(topic, batch)).toMatchObject({ errorCode: 0, baseOffset: index * 2 });
          const { records: kept } = (await at.fetch(topic, { offset: index * 2 })) ?? {};
          expect(kept?.subarray(HEADER_BYTES).equals(batch.subarray(HEADER_BYTES))).toBe(true);
        }
      },
    },
    {
      title: 'refuses what its codec cannot decompress: random bytes, and truncated data',
      show: async (at) => {
        const topic = await at.newTopic('nonsense');
        const records = rawRecords([{ value: 'v'.repeat(1_000) }]);
        const batches = compressed.flatMap(([name, codec]) => [
          [`${name}: random`, batchAround(Buffer.from('this is not compressed at all, is it?'), { codec })],
          [`${name}: truncated`, batchAround(compress(records, codec).subarray(0, -12), { codec })],
        ]);
        await expectRefused(at, topic, Object.fromEntries(batches), ErrorCode.UNKNOWN_SERVER_ERROR);
      },
    },
    {
      title: 'refuses lz4 frames that clients in Java cannot read: dependent blocks, a wrong header checksum',
      show: async (at) => {
        const topic = await at.newTopic('lz4');
        const content = [{ bytes: rawRecords([{}]), isStored: true }];
        const damaged = lz4FrameOf(content);
        damaged.writeUInt8(damaged.readUInt8(6) ^ 1, 6);
        const batches = {
          'linked blocks': batchAround(lz4FrameOf(content, [0x40, 0x70]), { codec: CODECS.lz4 }),
          'header checksum': batchAround(damaged, { codec: CODECS.lz4 }),
        };
        await expectRefused(at, topic, batches, ErrorCode.UNKNOWN_SERVER_ERROR);
      },
    },
    {
      title: 'refuses codecs that do not exist',
      show: async (at) => {
        const topic = await at.newTopic('no-codec');
        const batches = [5, 6, 7].map((codec) => [`${codec}`, rawBatch([{}], { codec })]);
        await expectRefused(at, topic, Object.fromEntries(batches), ErrorCode.UNKNOWN_SERVER_ERROR);
      },
    },
    {
      title: 'refuses zstd in a request version that does not have it',
      show: async (at) => {
        const topic = await at.newTopic('old');
        const answer = await at.produce(topic, rawBatch([{}], { codec: CODECS.zstd }), { version: 6 });
        expect(answer).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE });
      },
    },
    {
      title: 'refuses a batch that is too large after decompression',
      missing: {
        on: 'Apache Kafka',
        because:
          'Kafka limits compressed bytes only. log-broker accepts 16 MiB, or `max.message.bytes` where that is more, so that every consumer can decompress what it stores.',
      },
      show: async (at) => {
        const topic = await at.newTopic('bomb');
        const bomb = gzipSync(rawRecords([{ value: 'v'.repeat(64 * 1024 * 1024) }]));
        await expectRefused(
          at,
          topic,
          { bomb: batchAround(bomb, { codec: CODECS.gzip }) },
          ErrorCode.MESSAGE_TOO_LARGE,
        );
      },
    },
    {
      title: 'refuses a batch with another number of records than its header declares, in every codec',
      show: async (at) => {
        const topic = await at.newTopic('counts');
        const two = [{}, {}];
        const refuses = (rest: RawBatch) => expectRefused(at, topic, inEach(all, two, rest), ErrorCode.INVALID_RECORD);
        await refuses({ recordCount: 3 });
        await refuses({ recordCount: 1 });
        await refuses({ recordCount: 3, lastOffsetDelta: 1 });
        await refuses({ recordCount: 2, lastOffsetDelta: 5 });
        await refuses({ recordCount: -1, lastOffsetDelta: 1 });
        const none = inEach(all, [], { recordCount: 0, lastOffsetDelta: -1 });
        await expectRefused(at, topic, none, ErrorCode.INVALID_RECORD);
      },
    },
    {
      title: 'refuses more than one batch for a partition, and bytes behind it',
      show: async (at) => {
        const topic = await at.newTopic('two-batches');
        const two = Buffer.concat([rawBatch([{}]), rawBatch([{}])]);
        const behind = batchAround(Buffer.concat([rawRecords([{}]), Buffer.from('more')]));
        await expectRefused(at, topic, { two, behind }, ErrorCode.INVALID_RECORD);
      },
    },
    {
      title: 'refuses invalid records, in every codec',
      show: refusesRecords(all, {
        'key beyond the end': [{ key: 100 }],
        'value beyond the end': [{ value: 100 }],
        'headers that are not there': [{ headerCount: 5 }],
        'as many headers as there are numbers': [{ headerCount: 2 ** 31 - 1 }],
        'fewer than no headers': [{ headerCount: -1 }],
        'a header without a key': [{ headers: [[-1, 'x']] }],
        'a header key beyond the end': [{ headers: [[100, 'x']] }],
        'a header value beyond the end': [{ headers: [['a', 100]] }],
        'bytes behind the headers': [{ trailing: 'abc' }],
      }),
    },
    {
      title: 'refuses records with a wrong length',
      show: refusesRecords([['none', CODECS.none]], {
        'beyond the end': [{}, { length: 1_000 }],
        'below nothing': [{}, { length: -1 }],
        'as much as there are numbers': [{ length: 2 ** 31 - 1 }],
        'one too short': [{ length: 6 }, {}],
      }),
    },
    {
      title: 'refuses records with a wrong length, also in compressed batches',
      missing: {
        on: 'Apache Kafka',
        because: 'There Kafka ignores the length; its consumers check it, and stop at such a batch.',
      },
      show: refusesRecords(compressed, {
        'beyond the end': [{}, { length: 1_000 }],
        'below nothing': [{ length: -1 }],
      }),
    },
    {
      title: 'refuses keys and values with a length below -1',
      missing: {
        on: 'Apache Kafka',
        because: 'Java reads every negative length as null. Other clients know only -1, and cannot decode the rest.',
      },
      show: refusesRecords(all, { key: [{ key: -2 }], value: [{ value: -2 }], header: [{ headers: [['a', -2]] }] }),
    },
    {
      title: 'refuses compressed records whose offsets do not count up',
      show: async (at) => {
        const topic = await at.newTopic('offsets');
        await expectRefused(at, topic, inEach(compressed, [{ offsetDelta: 1 }, { offsetDelta: 0 }]));
        await expectRefused(at, topic, inEach(compressed, [{}, { offsetDelta: 5 }]));
      },
    },
    {
      title: 'refuses uncompressed records whose offsets do not count up',
      missing: {
        on: 'Apache Kafka',
        because: 'Kafka stores such a batch, and consumers get offsets twice or beyond the end.',
      },
      show: refusesRecords([['none', CODECS.none]], {
        'out of order': [{ offsetDelta: 1 }, { offsetDelta: 0 }],
        'a gap': [{}, { offsetDelta: 5 }],
      }),
    },
    {
      title: 'refuses transactional records in a request without a transaction',
      show: async (at) => {
        const topic = await at.newTopic('no-transaction');
        const batches = inEach(all, [{}], { flags: TRANSACTIONAL });
        await expectRefused(at, topic, batches, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
      },
    },
    {
      title: 'refuses records without a key for a compacted topic, in every codec, and names them',
      show: async (at) => {
        const topic = await at.newTopic('compacted', 1, { 'cleanup.policy': 'compact' });
        for (const batch of Object.values(inEach(all, [{}, { key: null }, { key: '' }, { key: null }]))) {
          const answer = await at.produce(topic, batch, { version: NAMES_RECORDS });
          expect(answer).toMatchObject({ errorCode: ErrorCode.INVALID_RECORD });
          expect(answer?.recordErrors?.map(({ batchIndex }) => batchIndex)).toEqual([1, 3]);
          expect(answer?.recordErrors?.[0]?.batchIndexErrorMessage).toMatch(/^Compacted topic cannot accept message/);
        }
        expect(await at.offsetAt(topic, LATEST)).toBe(0);
      },
    },
    {
      title: 'refuses records from more than an hour in the future, in every codec, and names them',
      show: async (at) => {
        const topic = await at.newTopic('ahead');
        const late = inEach(all, [{}, { timestampDelta: 2 * HOUR_MS }]);
        for (const batch of Object.values(late)) {
          const answer = await at.produce(topic, batch, { version: NAMES_RECORDS });
          expect(answer).toMatchObject({ errorCode: ErrorCode.INVALID_TIMESTAMP });
          expect(answer?.recordErrors?.map(({ batchIndex }) => batchIndex)).toEqual([1]);
          expect(answer?.recordErrors?.[0]?.batchIndexErrorMessage).toMatch(/of message with offset 1 is out of range/);
        }
        const inMicroseconds = inEach(all, [{}], { timestamp: Date.now() * 1_000 });
        await expectRefused(at, topic, inMicroseconds, ErrorCode.INVALID_TIMESTAMP);
      },
    },
    {
      title: 'accepts records from half an hour in the future, from long ago and without a timestamp',
      show: async (at) => {
        const topic = await at.newTopic('any-time');
        for (const timestamp of [Date.now() + HOUR_MS / 2, 0, -1]) {
          expect(await at.produce(topic, rawBatch([{}], { timestamp }))).toMatchObject({ errorCode: 0 });
        }
      },
    },
    {
      title: 'accepts timestamps within the limits of the topic, and any timestamp where the broker sets its own',
      show: async (at) => {
        const back = await at.newTopic('back', 1, { 'message.timestamp.before.max.ms': '60000' });
        const old = rawBatch([{}], { timestamp: Date.now() - HOUR_MS });
        await expectRefused(at, back, { old }, ErrorCode.INVALID_TIMESTAMP);
        const ahead = await at.newTopic('far-ahead', 1, { 'message.timestamp.after.max.ms': String(24 * HOUR_MS) });
        const tomorrow = rawBatch([{}], { timestamp: Date.now() + 23 * HOUR_MS });
        expect(await at.produce(ahead, tomorrow)).toMatchObject({ errorCode: 0 });
        const stamped = await at.newTopic('stamps', 1, { 'message.timestamp.type': 'LogAppendTime' });
        const micros = rawBatch([{}], { timestamp: Date.now() * 1_000 });
        expect(await at.produce(stamped, micros)).toMatchObject({ errorCode: 0 });
      },
    },
    {
      title: 'corrects the newest timestamp and the timestamp type of a batch with a wrong header',
      show: async (at) => {
        const topic = await at.newTopic('lies');
        const timestamp = Date.now() - 1_000;
        const lie = { timestamp, maxTimestamp: timestamp + 2 * HOUR_MS };
        for (const codec of [CODECS.none, CODECS.gzip]) {
          expect(await at.produce(topic, rawBatch([{}, {}], { ...lie, codec }))).toMatchObject({ errorCode: 0 });
        }
        const flagged = rawBatch([{}], { timestamp, flags: LOG_APPEND_TIME });
        expect(await at.produce(topic, flagged)).toMatchObject({ errorCode: 0 });
        const kept = (await at.fetch(topic))?.records ?? Buffer.alloc(0);
        let seen = 0;
        for (let from = 0; from < kept.length; seen++) {
          const header = readBatchHeader(kept, from);
          expect(header).toMatchObject({ maxTimestamp: timestamp, usesLogAppendTime: false });
          from += header.sizeBytes;
        }
        expect(seen).toBe(3);
      },
    },
  ],
};
