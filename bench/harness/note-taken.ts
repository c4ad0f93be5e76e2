import { randomUUID } from 'node:crypto';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import { z } from 'zod';
import type { EventDefinition } from '../../packages/messaging-client/src/event-definition.ts';

/** An event of the size that events have: an id, two texts, a number, a time. */
export interface Note {
  readonly key: string;
  readonly n: number;
  readonly name: string;
  readonly text: string;
  readonly at: string;
}

export const PARTITIONS = 6;

export function noteTaken(topic: string): EventDefinition<Note> {
  return {
    name: 'note.taken',
    version: 1,
    topic: { name: topic, partitions: PARTITIONS, retentionMs: 3_600_000 },
    key: ({ key }) => key,
    schema: z.object({
      key: z.string().max(100),
      n: z.int(),
      name: z.string().min(1).max(100),
      text: z.string().max(1_000),
      at: z.iso.datetime(),
    }),
  };
}

/** As outbox and relay would write it; `n` counts within its key, so that a reader can tell the order. */
export function noteMessage(
  index: number,
  keys: number,
): { key: string; value: string; headers: Record<string, string> } {
  const key = `key-${index % keys}`;
  const value: Note = {
    key,
    n: Math.floor(index / keys),
    name: '김지민',
    text: 'A sentence that is about as long as what people write in a field.',
    at: '2026-11-21T09:00:00.000Z',
  };
  return {
    key,
    value: JSON.stringify(value),
    headers: {
      ce_specversion: '1.0',
      ce_id: randomUUID(),
      ce_source: 'bench',
      ce_type: 'note.taken',
      ce_time: value.at,
      ce_dataschema: 'urn:event:note.taken:v1',
      'content-type': 'application/json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  };
}

const RECORDS_PER_SEND = 2_000;

/** Writes records into a topic that is made for it. */
export async function fillTopic(address: string, topic: string, records: number, keys: number): Promise<void> {
  const kafka = new Kafka({ brokers: [address], clientId: 'bench', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: PARTITIONS, replicationFactor: 1 }],
  });
  await admin.disconnect();
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  for (let from = 0; from < records; from += RECORDS_PER_SEND) {
    const count = Math.min(RECORDS_PER_SEND, records - from);
    const messages = Array.from({ length: count }, (_, index) => noteMessage(from + index, keys));
    await producer.send({ topic, acks: -1, messages });
  }
  await producer.disconnect();
}
