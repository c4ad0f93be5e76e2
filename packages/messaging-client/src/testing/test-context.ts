import { randomUUID } from 'node:crypto';
import type { EventDefinition } from '../event-definition.ts';
import type { RecordContext } from '../handler/record-context.ts';

export interface TestContextOptions {
  /** Whose name, version and topic the context has. */
  readonly event?: Pick<EventDefinition, 'name' | 'version' | 'topic'>;
  readonly eventId?: string;
  readonly key?: string;
  readonly group?: string;
  readonly signal?: AbortSignal;
}

const TEST_EVENT = {
  name: 'test.happened',
  version: 1,
  topic: { name: 'test', partitions: 1, retentionMs: 3_600_000 },
};

/** What a handler would know of a record in its first attempt. */
export function testContext({
  event: { name, version, topic } = TEST_EVENT,
  eventId = randomUUID(),
  key = 'key',
  group = 'test',
  signal = new AbortController().signal,
}: TestContextOptions = {}): RecordContext {
  return {
    event: {
      id: eventId,
      name,
      version,
      source: 'test',
      time: '2026-01-01T00:00:00.000Z',
      traceparent: undefined,
    },
    topic: topic.name,
    partition: 0,
    offset: '0',
    key,
    group,
    attempt: 1,
    signal,
  };
}
