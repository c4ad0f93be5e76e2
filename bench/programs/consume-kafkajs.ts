/** The client itself, used plainly: parse and handle, all partitions at once. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { PARTITIONS } from '../harness/note-taken.ts';
import type { Note } from '../harness/note-taken.ts';
import { optionsOf } from './program.ts';
import { RecordCounter } from './record-counter.ts';
import type { ConsumeOptions } from './record-counter.ts';

const options = optionsOf<ConsumeOptions>();
const counter = new RecordCounter(options);
const kafka = new Kafka({ brokers: [options.address], clientId: 'raw', logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `raw-${randomUUID()}` });
await consumer.connect();
await consumer.subscribe({ topic: options.topic, fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: PARTITIONS,
  eachMessage: async ({ message }) => {
    const note = JSON.parse(message.value!.toString()) as Note;
    counter.started(note);
    if (options.handlerMs > 0) await delay(options.handlerMs);
    counter.finished(note);
  },
});
