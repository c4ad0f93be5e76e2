import { expect } from 'vitest';
import kafkajs from 'kafkajs';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { encodeRequest } from '../broker-in-memory.ts';
import { Produce } from '../../src/wire/generated/produce.ts';
import { readRecords } from '../kafkajs-client.ts';
import { batchOf, unique } from './broker-under-test.ts';
import type { Chapter } from './behaviour.ts';

const LATEST = -1;

export const records: Chapter = {
  title: 'Records',
  behaviours: [
    {
      title: 'keeps the order of each key and gives every record to a group once',
      show: async (at) => {
        const topic = await at.newTopic('order', 3);
        const producer = at.kafka.producer();
        await producer.connect();
        for (let i = 0; i < 20; i++) {
          await producer.send({ topic, messages: [0, 1, 2, 3, 4].map((k) => ({ key: `k${k}`, value: `${i}` })) });
        }
        await producer.disconnect();
        const read = await readRecords(at.kafka, topic, 100, unique('group'));
        for (const key of ['k0', 'k1', 'k2', 'k3', 'k4']) {
          const values = read.filter((record) => record.key === key).map(({ value }) => Number(value));
          expect(values).toEqual(Array.from({ length: 20 }, (_, i) => i));
        }
      },
    },
    {
      title: 'returns keys, values, headers and timestamps as they were sent, also compressed ones and null',
      show: async (at) => {
        const topic = await at.newTopic('bytes');
        const producer = at.kafka.producer();
        await producer.connect();
        const headers = { trace: 'a-b', twice: ['1', '2'] };
        const sent = [
          { key: 'schlüssel', value: 'wert', headers, timestamp: '1700000000000' },
          { key: null, value: null, timestamp: '1700000000001' },
        ];
        await producer.send({ topic, messages: sent, compression: kafkajs.CompressionTypes.GZIP });
        await producer.disconnect();
        const consumer = at.kafka.consumer({ groupId: unique('group'), maxWaitTimeInMs: 100 });
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        const received: unknown[] = [];
        await new Promise<void>((resolve, reject) => {
          const eachMessage = ({ message }: kafkajs.EachMessagePayload) => {
            const { key, value, timestamp } = message;
            received.push({ key: key && String(key), value: value && String(value), timestamp });
            if (received.length === 1) expect(String(message.headers?.['trace'])).toBe('a-b');
            if (received.length === 1) expect(String(message.headers?.['twice'])).toBe('1,2');
            if (received.length === 2) resolve();
            return Promise.resolve();
          };
          consumer.run({ eachMessage }).catch(reject);
        });
        await consumer.disconnect();
        expect(received).toEqual(sent.map(({ key, value, timestamp }) => ({ key, value, timestamp })));
      },
    },
    {
      title: 'accepts records without acknowledgement and sends no answer',
      show: async (at) => {
        const topic = await at.newTopic('unacknowledged');
        const topicData = [{ name: topic, topicId: '', partitionData: [{ index: 0, records: batchOf(['a']) }] }];
        at.wire.sendFrame(encodeRequest(Produce, 7, { transactionalId: null, acks: 0, timeoutMs: 1_000, topicData }));
        // The next answer on this connection belongs to the next request.
        expect(await at.offsetAt(topic, LATEST)).toBe(1);
      },
    },
    {
      title: 'sets its own timestamps where the topic requires it, and reports them to the producer',
      show: async (at) => {
        const topic = await at.newTopic('stamped', 1, { 'message.timestamp.type': 'LogAppendTime' });
        const before = Date.now();
        const answer = await at.produce(topic, batchOf(['a'], { timestamp: 1_000 }));
        expect(answer?.logAppendTimeMs).toBeGreaterThanOrEqual(before);
        expect(await at.offsetAt(topic, before)).toBe(0);
      },
    },
    {
      title: 'refuses a batch with a wrong checksum, one that is too large, and an unknown topic',
      show: async (at) => {
        const topic = await at.newTopic('refused', 1, { 'max.message.bytes': '1000' });
        const damaged = batchOf(['value']);
        damaged[damaged.length - 2] = 0xff;
        expect(await at.produce(topic, damaged)).toMatchObject({ errorCode: ErrorCode.CORRUPT_MESSAGE });
        const large = batchOf(['x'.repeat(2_000)]);
        expect(await at.produce(topic, large)).toMatchObject({ errorCode: ErrorCode.MESSAGE_TOO_LARGE });
        const nowhere = await at.produce(unique('absent'), batchOf(['x']));
        expect(nowhere).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
        expect(await at.offsetAt(topic, LATEST)).toBe(0);
      },
    },
    {
      title: 'refuses a number of acknowledgements that is not 0, 1 or all',
      show: async (at) => {
        const topic = await at.newTopic('acks');
        const answer = await at.produce(topic, batchOf(['a']), { acks: 2 });
        expect(answer).toMatchObject({ errorCode: ErrorCode.INVALID_REQUIRED_ACKS });
      },
    },
    {
      title: 'refuses a transaction marker from a producer',
      show: async (at) => {
        const topic = await at.newTopic('invalid');
        const control = batchOf(['a'], { isControl: true, isTransactional: true, producerId: 1, producerEpoch: 0 });
        expect(await at.produce(topic, control)).not.toMatchObject({ errorCode: 0 });
        expect(await at.offsetAt(topic, LATEST)).toBe(0);
      },
    },
    {
      title: 'recognises a resent batch, refuses a gap, and fences an older epoch',
      show: async (at) => {
        const topic = await at.newTopic('idempotent');
        const { producerId } = await at.newProducer();
        const send = (producerEpoch: number, baseSequence: number) =>
          at.produce(topic, batchOf(['x', 'y'], { producerId, producerEpoch, baseSequence }));
        expect(await send(1, 0)).toMatchObject({ errorCode: 0, baseOffset: 0 });
        expect(await send(1, 2)).toMatchObject({ errorCode: 0, baseOffset: 2 });
        expect(await send(1, 0)).toMatchObject({ errorCode: 0, baseOffset: 0 });
        expect(await send(1, 9)).toMatchObject({ errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER });
        expect(await send(0, 4)).toMatchObject({ errorCode: ErrorCode.INVALID_PRODUCER_EPOCH });
        expect(await send(2, 5)).toMatchObject({ errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER });
        expect(await at.offsetAt(topic, LATEST)).toBe(4);
      },
    },
  ],
};
