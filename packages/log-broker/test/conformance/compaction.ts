import { expect, vi } from 'vitest';
import { readBatchHeader, readRecords, BATCH_HEADER_BYTES } from '../../src/wire/record-batch.ts';
import { batchOf } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

/** Kafka looks for something to compact every 15 seconds, unless `log.cleaner.backoff.ms` is set. */
const COMPACTED = { timeout: 50_000, interval: 200 };

/** Closed segments are compacted, so a segment is closed with the first record after a millisecond. */
const SETTINGS = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0', 'segment.ms': '1' };

type Read = readonly [key: string, value: string | null, offset: number];

async function write(at: BrokerUnderTest, topic: string, ...records: (readonly [string, string | null])[]) {
  for (const [key, value] of records) {
    const record = { key: Buffer.from(key), value: value === null ? null : Buffer.from(value) };
    expect(await at.produce(topic, batchOf([], { records: [record] }))).toMatchObject({ errorCode: 0 });
  }
}

async function readAll(at: BrokerUnderTest, topic: string): Promise<Read[]> {
  const read: Read[] = [];
  for (let offset = 0; ;) {
    const answer = await at.fetch(topic, { offset });
    const bytes = answer?.records ?? Buffer.alloc(0);
    if (bytes.length === 0) return read;
    for (let position = 0; position < bytes.length;) {
      const header = readBatchHeader(bytes, position);
      const batch = bytes.subarray(position + BATCH_HEADER_BYTES, position + header.sizeBytes);
      for (const { key, value, offset: found } of readRecords(header, batch)) {
        read.push([String(key), value && String(value), found]);
      }
      position += header.sizeBytes;
      offset = header.lastOffset + 1;
    }
  }
}

/** Writes to another key until the log is as expected: the newest segment is never compacted. */
async function untilRead(at: BrokerUnderTest, topic: string, isExpected: (read: Read[]) => boolean): Promise<Read[]> {
  let read: Read[] = [];
  await vi.waitUntil(async () => {
    await write(at, topic, ['newest', 'x']);
    read = await readAll(at, topic);
    return isExpected(read);
  }, COMPACTED);
  return read;
}

const of = (read: readonly Read[], wanted: string) => read.filter(([key]) => key === wanted);

export const compaction: Chapter = {
  title: 'Compaction',
  behaviours: [
    {
      title: 'keeps the last record of each key, at its offset',
      show: async (at) => {
        const topic = await at.newTopic('compacted', 1, SETTINGS);
        await write(at, topic, ['a', '1'], ['b', '1'], ['a', '2'], ['b', '2'], ['a', '3']);
        const read = await untilRead(at, topic, (now) => of(now, 'a').length === 1 && of(now, 'b').length === 1);
        expect([...of(read, 'b'), ...of(read, 'a')]).toEqual([
          ['b', '2', 3],
          ['a', '3', 4],
        ]);
      },
    },
    {
      title: 'answers a fetch of a removed record with the records behind it',
      show: async (at) => {
        const topic = await at.newTopic('removed', 1, SETTINGS);
        await write(at, topic, ['a', '1'], ['a', '2'], ['b', '1']);
        await untilRead(at, topic, (now) => of(now, 'a').length === 1);
        const { errorCode, records = Buffer.alloc(0) } = (await at.fetch(topic, { offset: 0 })) ?? {};
        expect(errorCode).toBe(0);
        expect(readBatchHeader(records!, 0).lastOffset).toBe(1);
        expect(await at.offsetAt(topic, -2)).toBe(0);
      },
    },
    {
      title: 'keeps a record without a value for delete.retention.ms, then removes it',
      show: async (at) => {
        const kept = await at.newTopic('tombstone-kept', 1, { ...SETTINGS, 'delete.retention.ms': '3600000' });
        const removed = await at.newTopic('tombstone-removed', 1, { ...SETTINGS, 'delete.retention.ms': '1' });
        for (const topic of [kept, removed]) await write(at, topic, ['a', '1'], ['a', null], ['b', '1']);
        await untilRead(at, removed, (now) => of(now, 'a').length === 0);
        const read = await untilRead(at, kept, (now) => of(now, 'a').length === 1);
        expect(of(read, 'a')).toEqual([['a', null, 1]]);
      },
    },
    {
      title: 'keeps records that are younger than min.compaction.lag.ms',
      show: async (at) => {
        const young = await at.newTopic('young', 1, { ...SETTINGS, 'min.compaction.lag.ms': '3600000' });
        const other = await at.newTopic('other', 1, SETTINGS);
        for (const topic of [young, other]) await write(at, topic, ['a', '1'], ['a', '2']);
        await untilRead(at, other, (now) => of(now, 'a').length === 1);
        expect(of(await readAll(at, young), 'a')).toHaveLength(2);
      },
    },
  ],
};
