import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkDefinitions } from './check-definitions.ts';
import type { EventDefinition, Upcast } from './event-definition.ts';

const event: EventDefinition = {
  name: 'thing.happened',
  version: 1,
  topic: { name: 'thing', partitions: 3, retentionMs: 1_000 },
  key: () => 'key',
  schema: z.unknown(),
};

const upcast: Upcast = { from: event, apply: (payload) => payload };
const elsewhere: EventDefinition = { ...event, topic: { ...event.topic, name: 'other' } };

describe('the definitions a service starts with', () => {
  it('are accepted when names, version, partitions and retention can be had', () => {
    expect(() => checkDefinitions('service', [event, { ...event, version: 2, upcast }])).not.toThrow();
  });

  it.each<[string, string, EventDefinition]>([
    ['service', 'my service', event],
    ['name', 'service', { ...event, name: '' }],
    ['name', 'service', { ...event, name: 'n'.repeat(101) }],
    ['name', 'service', { ...event, name: '회원.가입' }],
    ['version', 'service', { ...event, version: 0 }],
    ['topic.name', 'service', { ...event, topic: { ...event.topic, name: 'a/b' } }],
    ['topic.name', 'service', { ...event, topic: { ...event.topic, name: '..' } }],
    ['topic.name', 'service', { ...event, topic: { ...event.topic, name: 't'.repeat(240) } }],
    ['topic.partitions', 'service', { ...event, topic: { ...event.topic, partitions: 0 } }],
    ['upcast.from', 'service', { ...event, upcast: { ...upcast, from: event } }],
    ['upcast.from', 'service', { ...event, version: 2, upcast: { ...upcast, from: { ...event, name: 'other' } } }],
    ['upcast.from', 'service', { ...event, version: 2, upcast: { ...upcast, from: elsewhere } }],
    [
      'upcast.from',
      'service',
      {
        ...event,
        version: 3,
        upcast: { ...upcast, from: { ...event, version: 2, upcast: { ...upcast, from: elsewhere } } },
      },
    ],
    ['topic.retentionMs', 'service', { ...event, topic: { ...event.topic, retentionMs: 0.5 } }],
  ])('are refused with the field %s named (%#)', (field, service, definition) => {
    expect(() => checkDefinitions(service, [definition])).toThrow(
      expect.objectContaining({ code: 'DEFINITION_INVALID', message: expect.stringContaining(`${field}:`) }),
    );
  });
});
