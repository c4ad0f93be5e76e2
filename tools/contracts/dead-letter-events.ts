import type { EventDefinition } from '@event-bus/event-catalog';
import { recordDeadLettered } from '@event-bus/messaging-client';
import type { RecordDeadLettered } from '@event-bus/messaging-client';
import type { ServiceEvents } from './read-services.ts';

/** What the client of a service publishes by itself: its dead letters, on a topic for each topic that it consumes. */
export function deadLettersOf({ service, consumes }: ServiceEvents): EventDefinition[] {
  const topics = new Set(consumes.map(({ topic }) => topic.name));
  return [...topics].map((topic) => deadLettersOn(topic, service));
}

function deadLettersOn(topic: string, service: string): EventDefinition {
  const example: RecordDeadLettered = {
    deadLetterId: '0199f1c2-7d50-7001-8a00-0000000000d1',
    group: service,
    topic,
    partition: 0,
    offset: '42',
    key: 'azE=',
    value: 'e30=',
    headers: [['ce_id', 'MDE5OWYxYzI=']],
    bytesLeftOut: false,
    eventId: '0199f1c2',
    event: `${topic}.example`,
    reason: 'permanent',
    error: '550 5.1.1 mailbox unavailable',
    attempts: 1,
    redrives: 0,
    keyIsHeld: false,
  };
  return {
    ...(recordDeadLettered(topic, service) as unknown as EventDefinition),
    summary: 'A consumer group gave a record up; published by messaging-client.',
    owner: 'any',
    example,
  };
}
