import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineEvent,
  emailAddressSchema,
  eventCatalog,
  legible,
  mailableAddressSchema,
  personNameSchema,
  topics,
  upcastFrom,
} from './index.ts';

describe('the event catalog', () => {
  it('names every event once for each version', () => {
    const names = eventCatalog.map((event) => `${event.name} v${event.version}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(eventCatalog.map((event) => [event.name, event] as const))(
    '%s: the example is a valid payload',
    (_, event) => {
      const parsed = event.schema.safeParse(event.example);
      expect(parsed.error).toBeUndefined();
    },
  );

  it.each(eventCatalog.map((event) => [event.name, event] as const))('%s: has a key that is not empty', (_, event) => {
    expect((event.key as (payload: unknown) => string)(event.schema.parse(event.example))).not.toBe('');
  });

  it('keeps every event on a topic of the list', () => {
    for (const event of eventCatalog) expect(topics).toContain(event.topic);
  });

  it.each(['jimin@example.com', 'a.b+c@mail.example.co.kr', 'jimin@xn--3e0b707e.xn--3e0b707e'])(
    'takes %s as an address',
    (address) => {
      expect(emailAddressSchema.safeParse(address).success).toBe(true);
    },
  );

  it.each([
    'jimin',
    'jimin@',
    '@example.com',
    'jimin@localhost',
    'a b@example.com',
    'a@example..com',
    'a@b.co\nBcc: c@d.ef',
  ])('refuses %j as an address', (address) => {
    expect(emailAddressSchema.safeParse(address).success).toBe(false);
  });

  it.each(['a\0b', 'two\nlines', '\u0007'])('refuses %j as a name: it is no line of text', (name) => {
    expect(personNameSchema.safeParse(name).success).toBe(false);
  });

  it.each(['김지민', "O'Neil", 'José', 'يوسف', '👩\u200d👩\u200d👧', 'a\u200db', '=?utf-8?B?SGk=?=', '\u0e01\u0e33'])(
    'takes %j as a name that is newly given',
    (name) => {
      expect(legible(personNameSchema).safeParse(name).success).toBe(true);
    },
  );

  it.each([
    '\u200b',
    '\u3164',
    '\u115f\u1160',
    '\uffa0 \u00ad',
    '\u2800',
    '\u2060\ufeff',
    '\u{e0041}',
    '\ufe0f',
    'moc.live\u202e',
    'a\u2066b',
    'a\u200fb',
    'a\u061cb',
    'a\u0007b',
    'a\u0085b',
    'a\u2028b',
    'a\ud83d',
  ])('refuses %j as a name that is newly given', (name) => {
    expect(legible(personNameSchema).safeParse(name).success).toBe(false);
  });

  it.each(['a..b@example.com', '.a@example.com', 'a.@example.com', `${'a'.repeat(65)}@example.com`])(
    'refuses %s as an address to be mailed to, and reads it in a fact',
    (address) => {
      expect(mailableAddressSchema.safeParse(address).success).toBe(false);
      expect(emailAddressSchema.safeParse(address).success).toBe(true);
    },
  );

  it('refuses a subject with a line break, which would add headers to the mail', () => {
    const emailRequested = eventCatalog.find((event) => event.name === 'email.requested')!;
    const parsed = emailRequested.schema.safeParse({ ...emailRequested.example, subject: 'hello\r\nBcc: a@b.co' });
    expect(parsed.success).toBe(false);
  });
});

describe('a new version', () => {
  const v1 = defineEvent({
    name: 'thing.named',
    version: 1,
    topic: topics[0]!,
    key: ({ id }) => id,
    schema: z.object({ id: z.string(), name: z.string() }),
    owner: 'any',
    summary: 'A thing has a name.',
    example: { id: 'a', name: 'A B' },
  });

  it('says what a payload of the version before is in it; the types of both are checked', () => {
    const v2 = defineEvent({
      ...v1,
      version: 2,
      key: ({ id }) => id,
      schema: z.object({ id: z.string(), names: z.array(z.string()).min(1), kind: z.string().default('thing') }),
      example: { id: 'a', names: ['A', 'B'] },
      upcast: upcastFrom(v1, ({ id, name }) => ({ id, names: name.split(' ') })),
    });
    expect(v2.upcast?.from).toBe(v1);
    expect(v2.schema.parse(v2.upcast?.apply(v1.example))).toEqual({ id: 'a', names: ['A', 'B'], kind: 'thing' });

    // @ts-expect-error -- `names` is missing
    defineEvent({ ...v2, upcast: upcastFrom(v1, ({ id }) => ({ id })) });
    // @ts-expect-error -- version 1 has no `title`
    expect(upcastFrom(v1, ({ title }) => title).from).toBe(v1);
  });
});
