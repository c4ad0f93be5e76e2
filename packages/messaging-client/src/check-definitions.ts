import { deadTopicOf } from './dead-topic.ts';
import { MessagingError } from './errors.ts';
import type { EventDefinition } from './event-definition.ts';
import { NAME_BYTES_MAX } from './limits.ts';

/** The broker's rule for names of topics; it applies to `<topic>.<group>.dead` as well. */
const TOPIC_NAME = /^(?!\.{1,2}$)[\w.-]{1,249}$/;

/**
 * Checks the definitions of the events that a service publishes or consumes. Names become headers, topics and a consumer group:
 * an invalid one is rejected at the start, not at the first record.
 * @throws MessagingError DEFINITION_INVALID, which names the event and the field
 */
export function checkDefinitions(service: string, events: Iterable<EventDefinition>): void {
  checkName('service', service);
  for (const event of events) {
    const { name, version, topic } = event;
    checkName('name', name, name);
    check(Number.isInteger(version) && version >= 1, 'version', 'must be a whole number from 1', name);
    check(TOPIC_NAME.test(topic.name), 'topic.name', 'may have 1 to 249 of a-z A-Z 0-9 . _ -', name);
    const deadTopic = deadTopicOf(topic.name, service).name;
    check(TOPIC_NAME.test(deadTopic), 'topic.name', `is too long: ${deadTopic} is not a valid topic name`, name);
    check(Number.isInteger(topic.partitions) && topic.partitions >= 1, 'topic.partitions', 'must be from 1', name);
    check(Number.isInteger(topic.retentionMs) && topic.retentionMs >= -1, 'topic.retentionMs', 'must be from -1', name);
    checkUpcast(event);
  }
}

/** Both versions are read from the same topic, by the same handler, whose name is the event's. */
function checkUpcast(event: EventDefinition): void {
  const { name, version, topic, upcast } = event;
  if (upcast === undefined) return;
  const { from } = upcast;
  check(from.name === name, 'upcast.from', `is of ${from.name}, another event`, name);
  check(from.version < version, 'upcast.from', `is v${from.version}, which is not before v${version}`, name);
  check(from.topic.name === topic.name, 'upcast.from', `has another topic, ${from.topic.name}`, name);
  checkUpcast(from);
}

function checkName(field: string, value: string, event?: string): void {
  const bytes = Buffer.byteLength(value);
  const isPlain = /^[\x21-\x7e]+$/.test(value);
  check(
    isPlain && bytes <= NAME_BYTES_MAX,
    field,
    `${JSON.stringify(value)} must be 1 to ${NAME_BYTES_MAX} printable ASCII characters without a space`,
    event,
  );
}

function check(holds: boolean, field: string, problem: string, event?: string): void {
  if (holds) return;
  const where = event === undefined ? field : `${event}: ${field}`;
  throw new MessagingError('DEFINITION_INVALID', `${where}: ${problem}`);
}
