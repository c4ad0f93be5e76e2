import type { EntityManager } from 'typeorm';
import { queryOf } from '../database/query.ts';
import { readPayload } from '../event-definition.ts';
import type { EventDefinition } from '../event-definition.ts';

/** An event in an outbox; `id` is that of the event. */
export interface PublishedEvent<Payload = unknown> {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly topic: string;
  readonly key: string;
  readonly payload: Payload;
}

const APPENDED = `
  SELECT id, type AS name, version, aggregatetype AS topic, aggregateid AS key, payload
    FROM outbox WHERE $1::text IS NULL OR (type = $1 AND version = $2) ORDER BY seq`;

/**
 * The events in a service's outbox in the order in which they were appended, whether the broker has them by now or not. With
 * an event: those of it in its version only, their payloads as its schema reads them.
 * @param dataSource the service's database, or the manager of an open transaction
 * @throws Error when a payload is not what the event's schema wants
 */
export async function publishedBy<Payload>(
  dataSource: Pick<EntityManager, 'query'>,
  event: EventDefinition<Payload>,
): Promise<Array<PublishedEvent<Payload>>>;
export async function publishedBy(dataSource: Pick<EntityManager, 'query'>): Promise<PublishedEvent[]>;
export async function publishedBy(
  dataSource: Pick<EntityManager, 'query'>,
  event?: EventDefinition,
): Promise<PublishedEvent[]> {
  const appended = await queryOf(dataSource)<PublishedEvent>(APPENDED, [event?.name ?? null, event?.version ?? null]);
  if (event === undefined) return appended;
  return Promise.all(
    appended.map(async (one) => {
      const read = await readPayload(event, one.payload);
      if ('problems' in read) throw new Error(`${event.name} ${one.id}: ${read.problems.join('; ')}`);
      return { ...one, payload: read.payload };
    }),
  );
}
