import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { DeleteRecords } from '../../src/wire/generated/delete-records.ts';
import { Fetch } from '../../src/wire/generated/fetch.ts';
import { OffsetForLeaderEpoch } from '../../src/wire/generated/offset-for-leader-epoch.ts';
import { readBatchHeader } from '../../src/wire/record-batch.ts';
import { batchOf, unique } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const LATEST = -1;
const EARLIEST = -2;
const NEWEST = -3;

export const reading: Chapter = {
  title: 'Reading',
  behaviours: [
    {
      title: 'returns the whole batch for an offset in its middle',
      show: async (at) => {
        const topic = await at.newTopic('middle');
        await at.produce(topic, batchOf(['a', 'b', 'c']));
        const answer = await at.fetch(topic, { offset: 1 });
        expect(readBatchHeader(answer?.records ?? Buffer.alloc(0))).toMatchObject({ baseOffset: 0, lastOffset: 2 });
      },
    },
    {
      title: 'returns at least one batch, however small the limit',
      show: async (at) => {
        const topic = await at.newTopic('small');
        const size = batchOf(['x'.repeat(5_000)]).length;
        for (let i = 0; i < 3; i++) await at.produce(topic, batchOf(['x'.repeat(5_000)]));
        expect((await at.fetch(topic, { maxBytes: 1 }))?.records?.length).toBe(size);
      },
    },
    {
      title: 'returns the batches that fit into the megabytes that a client requests of a partition',
      show: async (at) => {
        const topic = await at.newTopic('megabytes');
        const value = 'x'.repeat(700_000);
        for (let i = 0; i < 6; i++) await at.produce(topic, batchOf([value]));
        const records = (await at.fetch(topic, { maxBytes: 3_000_000 }))?.records ?? Buffer.alloc(0);
        const { length: size } = batchOf([value]);
        // Apache Kafka cuts the last one off within it.
        const whole = Array.from({ length: Math.floor(records.length / size) }, (_, n) => n);
        expect(whole).toHaveLength(4);
        expect(whole.map((n) => readBatchHeader(records, n * size).baseOffset)).toEqual(whole);
      },
    },
    {
      title: 'delays a fetch until a record arrives',
      show: async (at) => {
        const topic = await at.newTopic('parked');
        const writer = at.kafka.producer();
        await writer.connect();
        const fetched = at.fetch(topic, { waitMs: 20_000 });
        await writer.send({ topic, messages: [{ value: 'at last' }] });
        await writer.disconnect();
        expect(String((await fetched)?.records)).toContain('at last');
      },
    },
    {
      title: 'answers a fetch without records when its time has passed',
      show: async (at) => {
        const topic = await at.newTopic('empty');
        const answer = await at.fetch(topic, { waitMs: 100 });
        expect(answer).toMatchObject({ errorCode: 0, highWatermark: 0 });
        expect(answer?.records?.length ?? 0).toBe(0);
      },
    },
    {
      title: 'refuses offsets out of range, unknown partitions and epochs of other leaders',
      show: async (at) => {
        const topic = await at.newTopic('outside');
        await at.produce(topic, batchOf(['a']));
        expect(await at.fetch(topic, { offset: 2 })).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE });
        const nowhere = await at.fetch(unique('absent'));
        expect(nowhere).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
        const later = await at.fetch(topic, { leaderEpoch: 9 });
        expect(later).toMatchObject({ errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH });
      },
    },
    {
      title: 'grants fetch sessions, so that a reader of many partitions need not list them each time',
      missing: {
        on: 'log-broker',
        because:
          'The answer has session 0, so the client lists its partitions each time, as every client can. On one machine these bytes cost less than the memory of a session for each reader.',
      },
      show: async (at) => {
        const topic = await at.newTopic('session');
        const partition = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, partitionMaxBytes: 1_000 };
        const rest = { lastFetchedEpoch: -1, logStartOffset: -1, replicaDirectoryId: '', highWatermark: -1 };
        const answer = await at.wire.send(Fetch, 11, {
          replicaId: -1,
          maxWaitMs: 0,
          minBytes: 1,
          maxBytes: 1_000,
          isolationLevel: 0,
          sessionId: 0,
          sessionEpoch: 0,
          topics: [{ topic, topicId: '', partitions: [{ ...partition, ...rest }] }],
          forgottenTopicsData: [],
          rackId: '',
        });
        expect(answer.sessionId).toBeGreaterThan(0);
      },
    },
    {
      title: 'finds offsets by timestamp: earliest, latest, first at or after, the newest, and none',
      show: async (at) => {
        const topic = await at.newTopic('times', 1, { 'retention.ms': '-1' });
        for (const timestamp of [1_000, 2_000, 3_000]) await at.produce(topic, batchOf(['v'], { timestamp }));
        expect(await at.offsetAt(topic, EARLIEST)).toBe(0);
        expect(await at.offsetAt(topic, LATEST)).toBe(3);
        expect(await at.offsetAt(topic, NEWEST)).toBe(2);
        expect(await at.offsetAt(topic, 1_500)).toBe(1);
        expect(await at.offsetAt(topic, 2_000)).toBe(1);
        expect(await at.offsetAt(topic, 3_001)).toBe(-1);
      },
    },
    {
      title: 'reports where the log of a leader epoch ends',
      show: async (at) => {
        const topic = await at.newTopic('epoch');
        await at.produce(topic, batchOf(['a', 'b']));
        const partitions = [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }];
        const answer = await at.wire.send(OffsetForLeaderEpoch, 3, { replicaId: -1, topics: [{ topic, partitions }] });
        expect(answer.topics[0]?.partitions[0]).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 2 });
      },
    },
    {
      title: 'deletes records up to an offset, and refuses one beyond the end',
      show: async (at) => {
        const topic = await at.newTopic('deleted');
        await at.produce(topic, batchOf(['a', 'b', 'c']));
        const deleteBefore = async (offset: number) => {
          const topics = [{ name: topic, partitions: [{ partitionIndex: 0, offset }] }];
          const answer = await at.wire.send(DeleteRecords, 1, { topics, timeoutMs: 5_000 });
          return answer.topics[0]?.partitions[0];
        };
        expect(await deleteBefore(2)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
        expect(await at.offsetAt(topic, EARLIEST)).toBe(2);
        expect(await at.fetch(topic, { offset: 1 })).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE });
        expect(await deleteBefore(9)).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE });
      },
    },
  ],
};
