import { eventCatalog } from '@event-bus/event-catalog';
import type { EventDefinition } from '@event-bus/event-catalog';

const catalog: readonly EventDefinition[] = eventCatalog;

/** The field of the payload whose value is the record's key; null when the events of the topic have no such field in common. */
export function keyFieldOf(topic: string): string | null {
  const known = BY_TOPIC.get(topic);
  return known ?? null;
}

export function keyFieldOfEvent(event: EventDefinition): string | null {
  const example = event.example as Readonly<Record<string, unknown>>;
  const key = event.key(example);
  return (
    Object.keys(example).find(
      (field) => example[field] === key && event.key({ ...example, [field]: `${key}x` }) === `${key}x`,
    ) ?? null
  );
}

const BY_TOPIC = new Map(
  [...Map.groupBy(catalog, ({ topic }) => topic.name)].flatMap(([topic, events]): Array<[string, string]> => {
    const [field, ...others] = new Set(events.map(keyFieldOfEvent));
    return field && others.length === 0 ? [[topic, field]] : [];
  }),
);
