import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import { eventCatalog } from './index.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { memberTopic } from './topics.ts';

function schemaOf(text: z.ZodType<unknown, string>) {
  const schema = z.object({ items: z.array(z.object({ text })) });
  return () =>
    jsonSchemaOf(
      defineEvent({
        name: 'thing.happened',
        version: 2,
        topic: memberTopic,
        key: () => 'key',
        schema,
        owner: 'any',
        summary: 'A thing happened.',
        example: { items: [{ text: 'a' }] },
      }),
    );
}

const fieldOf = (schema: z.ZodType<unknown, string>) =>
  (schemaOf(schema)() as { properties: { items: { items: { properties: { text: unknown } } } } }).properties.items.items
    .properties.text;

describe('the JSON Schema of an event', () => {
  it.each(eventCatalog.map((event) => [event.name, event] as const))('exists for %s, with its example', (_, event) => {
    expect(jsonSchemaOf(event)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: `${event.name} v${event.version}`,
      examples: [event.example],
    });
  });

  it('allows fields that it does not name, because an event may get new optional ones', () => {
    expect(JSON.stringify(eventCatalog.map((event) => jsonSchemaOf(event)))).not.toContain('additionalProperties');
  });

  it('says the rule of a refinement by its message', () => {
    const text = z
      .string()
      .refine((value) => value !== 'x', 'not x')
      .max(9);
    expect(fieldOf(text)).toEqual({ type: 'string', maxLength: 9, 'x-rules': ['not x'] });
  });

  it.each([
    ['a refinement without a message', z.string().refine((value) => value !== 'x')],
    ['a change of the value, such as trim()', z.string().trim()],
    ['the code of pipe', z.string().transform(Number)],
    [
      'a refinement without a message',
      z
        .string()
        .refine((value) => value !== 'x')
        .optional()
        .default('y'),
    ],
  ])('is refused, with event and field, when it would lose %s', (rule, text) => {
    expect(schemaOf(text as never)).toThrow(
      `thing.happened v2 has no complete JSON Schema:\n  items.items.text: JSON Schema cannot express ${rule}`,
    );
  });

  it('takes the description of a schema for a rule that has no message', () => {
    expect(fieldOf(z.string().trim().meta({ description: 'Trimmed.' }))).toEqual({
      type: 'string',
      description: 'Trimmed.',
    });
  });

  it.each([/^a$/i, /^a.$/s, /^[\w-.]$/])(
    'is refused for the pattern %s, which would mean something else',
    (pattern) => {
      expect(schemaOf(z.string().regex(pattern).meta({ description: 'An a.' }))).toThrow(
        `items.items.text: JSON Schema cannot express ${String(pattern)}`,
      );
    },
  );

  it('is refused for a type that JSON has not', () => {
    expect(schemaOf(z.date() as never)).toThrow('items.items.text: JSON Schema cannot express date');
  });
});
