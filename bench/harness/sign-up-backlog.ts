import { randomUUID } from 'node:crypto';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Producer } from 'kafkajs';

export const MAIL_GROUP = 'mail-service';
export const SIGN_UP_TOPIC = 'member';

const RECORDS_PER_SEND = 2_000;

export async function connectProducer(brokerAddress: string): Promise<Producer> {
  const producer = kafkaAt(brokerAddress).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return producer;
}

/** As member-service's relay writes them, each its own member. */
export async function writeSignUps(brokerAddress: string, count: number): Promise<void> {
  const producer = await connectProducer(brokerAddress);
  for (let from = 0; from < count; from += RECORDS_PER_SEND) {
    const messages = Array.from({ length: Math.min(RECORDS_PER_SEND, count - from) }, signedUp);
    await producer.send({ topic: SIGN_UP_TOPIC, acks: -1, messages });
  }
  await producer.disconnect();
}

export function signedUp(): { key: string; value: string; headers: Record<string, string> } {
  const memberId = randomUUID();
  const signedUpAt = '2026-11-21T09:00:00.000Z';
  return {
    key: memberId,
    value: JSON.stringify({ memberId, email: `${memberId}@example.com`, name: '김지민', locale: 'ko', signedUpAt }),
    headers: {
      ce_specversion: '1.0',
      ce_id: randomUUID(),
      ce_source: 'member-service',
      ce_type: 'member.signed-up',
      ce_time: signedUpAt,
      ce_dataschema: 'urn:event:member.signed-up:v1',
      'content-type': 'application/json',
    },
  };
}

/** The next instance of the group begins at the end. */
export async function skipBacklog(brokerAddress: string, groupId = MAIL_GROUP): Promise<void> {
  const admin = kafkaAt(brokerAddress).admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(SIGN_UP_TOPIC);
  await admin.setOffsets({
    groupId,
    topic: SIGN_UP_TOPIC,
    partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
  });
  await admin.disconnect();
}

export function kafkaAt(brokerAddress: string): Kafka {
  return new Kafka({ brokers: [brokerAddress], clientId: 'bench', logLevel: logLevel.NOTHING });
}
