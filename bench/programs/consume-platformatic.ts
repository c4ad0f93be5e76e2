/** The client itself, used plainly: parse and handle what its stream brings. For handlers that do not wait. */
import { randomUUID } from 'node:crypto';
import { Consumer } from '@platformatic/kafka';
import type { Note } from '../harness/note-taken.ts';
import { optionsOf } from './program.ts';
import { RecordCounter } from './record-counter.ts';
import type { ConsumeOptions } from './record-counter.ts';

const options = optionsOf<ConsumeOptions>();
const counter = new RecordCounter(options);
const consumer = new Consumer({
  clientId: 'raw',
  groupId: `raw-${randomUUID()}`,
  bootstrapBrokers: [options.address],
});
const stream = await consumer.consume({ topics: [options.topic], mode: 'earliest', autocommit: true });
stream.on('data', ({ value }: { readonly value: Buffer }) => {
  const note = JSON.parse(value.toString()) as Note;
  counter.started(note);
  counter.finished(note);
});
