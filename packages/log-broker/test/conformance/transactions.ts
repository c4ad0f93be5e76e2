import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { AddPartitionsToTxn } from '../../src/wire/generated/add-partitions-to-txn.ts';
import { DescribeProducers } from '../../src/wire/generated/describe-producers.ts';
import { DescribeTransactions } from '../../src/wire/generated/describe-transactions.ts';
import { EndTxn } from '../../src/wire/generated/end-txn.ts';
import { ListTransactions } from '../../src/wire/generated/list-transactions.ts';
import { readRecords } from '../kafkajs-client.ts';
import { SOON, batchOf, unique } from './broker-under-test.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const LATEST = -1;

interface Producer {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
}

async function newProducer(
  at: BrokerUnderTest,
  transactionalId = unique('txn'),
  timeoutMs = 60_000,
): Promise<Producer> {
  const identity = await at.newProducer(transactionalId, timeoutMs);
  expect(identity.errorCode).toBe(0);
  return { transactionalId, producerId: identity.producerId ?? -1, producerEpoch: identity.producerEpoch };
}

async function begin(at: BrokerUnderTest, producer: Producer, topic: string) {
  const answer = await at.wire.send(AddPartitionsToTxn, 3, {
    v3AndBelowTransactionalId: producer.transactionalId,
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name: topic, partitions: [0] }],
  });
  return answer.resultsByTopicV3AndBelow?.[0]?.resultsByPartition[0]?.partitionErrorCode;
}

async function write(
  at: BrokerUnderTest,
  producer: Producer,
  topic: string,
  value: string,
  { baseSequence = 0, version = 7 }: { readonly baseSequence?: number; readonly version?: number } = {},
) {
  const { producerId, producerEpoch, transactionalId } = producer;
  const batch = batchOf([value], { producerId, producerEpoch, baseSequence, isTransactional: true });
  return at.produce(topic, batch, { transactionalId, version });
}

async function end(at: BrokerUnderTest, producer: Producer, committed: boolean) {
  return (await at.wire.send(EndTxn, 3, { ...producer, committed })).errorCode;
}

/** A fenced producer gets one error or the other, by request and version. */
const SHUT_OUT: readonly unknown[] = [ErrorCode.PRODUCER_FENCED, ErrorCode.INVALID_PRODUCER_EPOCH];

export const transactions: Chapter = {
  title: 'Transactions',
  behaviours: [
    {
      title: 'shows committed records only to readers of committed records, with their offsets',
      show: async (at) => {
        const topic = await at.newTopic('transactions');
        const groupId = unique('group');
        const producer = at.kafka.producer({
          idempotent: true,
          transactionalId: unique('txn'),
          maxInFlightRequests: 1,
        });
        await producer.connect();
        const aborted = await producer.transaction();
        await aborted.send({ topic, messages: [{ value: 'aborted' }] });
        await aborted.abort();
        const committed = await producer.transaction();
        await committed.send({ topic, messages: [{ value: 'committed' }] });
        const topics = [{ topic, partitions: [{ partition: 0, offset: '7' }] }];
        await committed.sendOffsets({ consumerGroupId: groupId, topics });
        await committed.commit();
        await producer.disconnect();
        const records = await readRecords(at.kafka, topic, 1, unique('reader'));
        expect(records.map(({ value, offset }) => ({ value, offset }))).toEqual([{ value: 'committed', offset: 2 }]);
        const committedOffset = async () => {
          const [offsets] = await at.admin.fetchOffsets({ groupId, topics: [topic] });
          return offsets?.partitions[0]?.offset;
        };
        await expect.poll(committedOffset, SOON).toBe('7');
      },
    },
    {
      title: 'stops readers of committed records before an open transaction, but no other readers',
      show: async (at) => {
        const topic = await at.newTopic('open');
        const producer = await newProducer(at);
        await at.produce(topic, batchOf(['before']));
        expect(await begin(at, producer, topic)).toBe(0);
        expect(await write(at, producer, topic, 'open')).toMatchObject({ errorCode: 0, baseOffset: 1 });
        await at.produce(topic, batchOf(['behind']));
        expect(await at.offsetAt(topic, LATEST)).toBe(3);
        expect(await at.offsetAt(topic, LATEST, true)).toBe(1);
        const committed = await at.fetch(topic, { offset: 0, committedOnly: true });
        expect(committed).toMatchObject({ lastStableOffset: 1, highWatermark: 3 });
        expect(String(committed?.records)).not.toContain('behind');
        expect(await end(at, producer, false)).toBe(0);
        const later = async () => at.fetch(topic, { offset: 1, committedOnly: true });
        await expect.poll(async () => (await later())?.lastStableOffset, SOON).toBe(4);
        const { producerId } = producer;
        expect((await later())?.abortedTransactions).toEqual([{ producerId, firstOffset: 1 }]);
      },
    },
    {
      title: 'fences a producer whose transactional id is used by another one, and aborts its open transaction',
      show: async (at) => {
        const topic = await at.newTopic('fenced');
        const older = await newProducer(at);
        expect(await begin(at, older, topic)).toBe(0);
        await write(at, older, topic, 'left open');
        const newer = await newProducer(at, older.transactionalId);
        expect(newer.producerId).toBe(older.producerId);
        expect(newer.producerEpoch).toBeGreaterThan(older.producerEpoch);
        expect(SHUT_OUT).toContain((await write(at, older, topic, 'too late', { baseSequence: 1 }))?.errorCode);
        expect(SHUT_OUT).toContain(await begin(at, older, topic));
        expect(SHUT_OUT).toContain(await end(at, older, true));
        await expect.poll(() => at.offsetAt(topic, LATEST, true), SOON).toBe(2);
      },
    },
    {
      title: 'refuses a write outside of a transaction, the end of a missing one, and a time-out beyond its limit',
      show: async (at) => {
        const topic = await at.newTopic('state');
        const producer = await newProducer(at);
        expect(await write(at, producer, topic, 'not announced')).toMatchObject({
          errorCode: ErrorCode.INVALID_TXN_STATE,
        });
        expect(await end(at, producer, true)).toBe(ErrorCode.INVALID_TXN_STATE);
        const tooLong = await at.newProducer(unique('txn'), 24 * 3_600_000);
        expect(tooLong.errorCode).toBe(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
        const other = { ...producer, producerId: producer.producerId + 1_000_000 };
        expect(await end(at, other, true)).toBe(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      },
    },
    {
      title: 'adds a partition to the transaction when it is written to, from version 12 of Produce on',
      show: async (at) => {
        const topic = await at.newTopic('implicit');
        const producer = await newProducer(at);
        const version = 12;
        expect(await write(at, producer, topic, 'one', { version })).toMatchObject({ errorCode: 0, baseOffset: 0 });
        const again = await write(at, producer, topic, 'two', { version, baseSequence: 1 });
        expect(again).toMatchObject({ errorCode: 0, baseOffset: 1 });
        expect(await at.offsetAt(topic, LATEST, true)).toBe(0);
        expect(await end(at, producer, true)).toBe(0);
        await expect.poll(() => at.offsetAt(topic, LATEST, true), SOON).toBe(3);
        const newer = await newProducer(at, producer.transactionalId);
        expect(SHUT_OUT).toContain((await write(at, producer, topic, 'late', { version, baseSequence: 2 }))?.errorCode);
        expect(await end(at, newer, true)).toBe(ErrorCode.INVALID_TXN_STATE);
      },
    },
    {
      title: 'answers the end of a transaction again when the first answer was lost',
      show: async (at) => {
        const topic = await at.newTopic('twice');
        const producer = await newProducer(at);
        await begin(at, producer, topic);
        await write(at, producer, topic, 'once');
        expect(await end(at, producer, true)).toBe(0);
        await expect.poll(() => end(at, producer, true), SOON).toBe(0);
        expect(await end(at, producer, false)).toBe(ErrorCode.INVALID_TXN_STATE);
        expect(await at.offsetAt(topic, LATEST)).toBe(2);
      },
    },
    {
      title:
        'lists open transactions, also by a regular expression, describes them, and names the producers of a partition',
      show: async (at) => {
        const topic = await at.newTopic('described');
        const producer = await newProducer(at);
        const { transactionalId, producerId } = producer;
        await begin(at, producer, topic);
        await write(at, producer, topic, 'open');
        const filters = { stateFilters: ['Ongoing'], producerIdFilters: [], durationFilter: -1 };
        const listed = await at.wire.send(ListTransactions, 1, { ...filters, transactionalIdPattern: null });
        const mine = listed.transactionStates.find((each) => each.transactionalId === transactionalId);
        expect(mine).toMatchObject({ producerId, transactionState: 'Ongoing' });
        const matching = async (transactionalIdPattern: string) => {
          const { errorCode, transactionStates } = await at.wire.send(ListTransactions, 2, {
            ...filters,
            transactionalIdPattern,
          });
          return { errorCode, isListed: transactionStates.some((each) => each.transactionalId === transactionalId) };
        };
        expect(await matching(`${transactionalId.slice(0, -1)}.`)).toEqual({ errorCode: 0, isListed: true });
        expect(await matching(transactionalId.slice(0, -1))).toEqual({ errorCode: 0, isListed: false });
        expect(await matching('(')).toMatchObject({ errorCode: ErrorCode.INVALID_REGULAR_EXPRESSION });
        const described = await at.wire.send(DescribeTransactions, 0, {
          transactionalIds: [transactionalId, 'unknown'],
        });
        expect(described.transactionStates).toMatchObject([
          { errorCode: 0, producerId, transactionTimeoutMs: 60_000, topics: [{ topic, partitions: [0] }] },
          { errorCode: ErrorCode.TRANSACTIONAL_ID_NOT_FOUND },
        ]);
        const topics = [{ name: topic, partitionIndexes: [0] }];
        const producers = await at.wire.send(DescribeProducers, 0, { topics });
        expect(producers.topics[0]?.partitions[0]).toMatchObject({
          errorCode: 0,
          activeProducers: [
            { producerId, producerEpoch: producer.producerEpoch, lastSequence: 0, currentTxnStartOffset: 0 },
          ],
        });
        expect(await end(at, producer, true)).toBe(0);
      },
    },
    {
      title: 'aborts a transaction at its time-out',
      show: async (at) => {
        const topic = await at.newTopic('timed-out');
        const producer = await newProducer(at, unique('txn'), 1_000);
        await begin(at, producer, topic);
        await write(at, producer, topic, 'forgotten');
        expect(await at.offsetAt(topic, LATEST, true)).toBe(0);
        // Kafka checks every ten seconds.
        await expect.poll(() => at.offsetAt(topic, LATEST, true), SOON).toBe(2);
      },
    },
  ],
};
