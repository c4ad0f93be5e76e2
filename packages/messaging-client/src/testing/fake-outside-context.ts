import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { EventDefinition } from '../event-definition.ts';
import type { ClaimFacts, Confirmed, OutsideContext } from '../handler/record-context.ts';

export interface FakeOutsideContextOptions {
  /** Whose name, version and topic the context has. */
  readonly event?: Pick<EventDefinition, 'name' | 'version' | 'topic'>;
  readonly eventId?: string;
  readonly key?: string;
  /** Earlier attempts that claimed and never confirmed; with one or more the claim is ambiguous. None unless given. */
  readonly unconfirmed?: number;
  readonly signal?: AbortSignal;
}

export interface FakeOutsideContext extends OutsideContext {
  /** What the handler has claimed so far, in order. */
  readonly claims: readonly ClaimFacts[];
  readonly confirmed: boolean;
  /** What `claim` and `confirm` give to their `write`. It has no database: what is written goes to a double of the test. */
  readonly manager: EntityManager;
}

/**
 * The context of a handler with an outside effect, for a spec of that handler alone: it needs no database, and what the
 * handler claimed and confirmed can be read from it. With a database, `deliver()` shows more.
 */
export function fakeOutsideContext({
  event = { name: 'test.happened', version: 1, topic: { name: 'test', partitions: 1, retentionMs: 3_600_000 } },
  eventId = randomUUID(),
  key = 'key',
  unconfirmed = 0,
  signal = new AbortController().signal,
}: FakeOutsideContextOptions = {}): FakeOutsideContext {
  const claims: ClaimFacts[] = [];
  let confirmed = false;
  const manager = {} as EntityManager;
  return {
    event: {
      id: eventId,
      name: event.name,
      version: event.version,
      source: 'test',
      time: '2026-01-01T00:00:00.000Z',
      traceparent: undefined,
    },
    topic: event.topic.name,
    partition: 0,
    offset: '0',
    key,
    group: 'test',
    attempt: 1,
    signal,
    claims,
    get confirmed() {
      return confirmed;
    },
    manager,
    claim: async (write) => {
      const facts = { ambiguous: unconfirmed > 0, attempt: unconfirmed + 1, unconfirmed };
      await write?.(manager, facts);
      claims.push(facts);
      return {
        ...facts,
        confirm: async (write) => {
          await write?.(manager);
          confirmed = true;
          return {} as Confirmed;
        },
      };
    },
  };
}
