import { eventCatalog, topics } from '@event-bus/event-catalog';
import { isInternal } from '@event-bus/messaging-client/inspect';
import type { TopicSummary } from '../api.ts';

const ORDER: ReadonlyArray<TopicSummary['kind']> = ['events', 'other', 'dead-letters', 'internal'];
const CATALOG = topics.map(({ name }) => name);

export function kindOf(topic: string): TopicSummary['kind'] {
  if (isInternal(topic)) return 'internal';
  if (CATALOG.includes(topic)) return 'events';
  return CATALOG.some((name) => topic.startsWith(`${name}.`) && topic.endsWith('.dead')) ? 'dead-letters' : 'other';
}

/** Events first, in the order of the catalog. */
export function bySort(one: string, other: string): number {
  const kinds = ORDER.indexOf(kindOf(one)) - ORDER.indexOf(kindOf(other));
  return kinds || CATALOG.indexOf(one) - CATALOG.indexOf(other) || one.localeCompare(other);
}

export function eventsOf(topic: string): string[] {
  return [...new Set(eventCatalog.filter((event) => event.topic.name === topic).map(({ name }) => name))];
}
