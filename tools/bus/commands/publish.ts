import { randomBytes, randomUUID } from 'node:crypto';
import { Partitioners, requireTopics } from '@event-bus/messaging-client/inspect';
import type { Message } from 'kafkajs';
import { eventCatalog } from '../../../packages/event-catalog/src/index.ts';
import { encodeRecord } from '../../../packages/messaging-client/src/envelope/encode-record.ts';
import type { EventDefinition } from '../../../packages/messaging-client/src/event-definition.ts';
import { KEY_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../../../packages/messaging-client/src/limits.ts';
import { withBroker } from '../broker/connect.ts';
import { checkPayload, parseJson, readEvent } from '../catalog.ts';
import type { Call, Command } from '../command.ts';
import { badUsage, EXIT, refused } from '../problem.ts';

/** `ce_source` of what is published by hand. */
const SOURCE = 'bus';
const ALL_REPLICAS = -1;

export const publish: Command = {
  name: 'publish',
  summary: 'Publishes one event, validated against the catalog.',
  takes: '<event>',
  options: {
    data: { type: 'string', value: 'JSON|@FILE', help: 'the payload' },
    example: { type: 'boolean', help: "the catalog's example as the payload" },
    key: { type: 'string', value: 'TEXT', help: "another key than the catalog's; order is kept within a key" },
    'dry-run': { type: 'boolean', help: 'validate only' },
  },
  notes: [
    'It goes straight to the broker, past any outbox: no business row is written with it, and it is not tried again',
    `when it fails. Events: ${eventCatalog.map(({ name }) => name).join(', ')}.`,
  ],
  examples: [
    'publish member.signed-up --example --dry-run',
    'publish member.signed-up --data @member.json',
    `publish email.requested --data '{"from":"shop@example.com","to":"jimin@example.com","subject":"Hi","text":"Hello"}'`,
  ],
  run: publishEvent,
};

async function publishEvent({ given, settings, output }: Call): Promise<0> {
  const event = readEvent(given.positionals);
  const content = given.flag('example') ? Buffer.from(JSON.stringify(event.example)) : given.content('data');
  if (content === undefined)
    throw badUsage('--data is missing', 'JSON, or @ and the path of a file that has it; or --example.');
  const payload = await checkPayload(event, parseJson('--data', content), '--data');
  const json = JSON.stringify(payload);
  requireBytes('--data', Buffer.byteLength(json), PAYLOAD_BYTES_MAX);
  const key = given.text('key') ?? (event as EventDefinition).key(payload);
  requireBytes('--key', Buffer.byteLength(key), KEY_BYTES_MAX);

  const id = randomUUID();
  const now = new Date();
  const row = {
    id,
    topic: event.topic.name,
    key,
    type: event.name,
    version: event.version,
    source: SOURCE,
    payload: json,
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    createdAt: now,
  };
  const record = encodeRecord(row, now);
  const facts = { id, event: event.name, version: event.version, topic: event.topic.name, key };
  if (given.flag('dry-run')) {
    output.answer({ published: false, ...facts }, () =>
      output.say(`${event.name} v${event.version} is valid; its key is ${key}`),
    );
    return EXIT.fine;
  }
  const place = await withBroker(settings.broker(), async ({ kafka, admin }) => {
    await requireTopics(admin, [event.topic.name]);
    return send(
      kafka.producer({ allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner }),
      event.topic.name,
      record,
    );
  });
  output.answer({ published: true, ...facts, ...place }, () => {
    output.say(
      `${event.name} v${event.version}  ${facts.topic}/${place.partition}/${place.offset}  key ${key}  id ${id}`,
    );
  });
  output.note('Published past any outbox: no service has written a row with it.');
  return EXIT.fine;
}

async function send(
  producer: ReturnType<import('kafkajs').Kafka['producer']>,
  topic: string,
  message: Message,
): Promise<{ partition: number; offset: string | undefined }> {
  await producer.connect();
  try {
    const [acknowledged] = await producer.send({ topic, acks: ALL_REPLICAS, messages: [message] });
    if (acknowledged === undefined)
      throw refused(`the broker did not acknowledge ${topic}`, 'Look with tail whether it is there.');
    return { partition: acknowledged.partition, offset: acknowledged.baseOffset };
  } finally {
    await producer.disconnect();
  }
}

function requireBytes(option: string, bytes: number, max: number): void {
  if (bytes >= 1 && bytes <= max) return;
  throw refused(`${option} has ${bytes} bytes`, `1 to ${max} are allowed, as for every publisher.`);
}
