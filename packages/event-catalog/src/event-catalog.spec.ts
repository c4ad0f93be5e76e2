import { describe, expect, it } from 'vitest';
import { emailAddressSchema, eventCatalog, personNameSchema, topics } from './index.ts';

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

  it('refuses a subject with a line break, which would add headers to the mail', () => {
    const emailRequested = eventCatalog.find((event) => event.name === 'email.requested')!;
    const parsed = emailRequested.schema.safeParse({ ...emailRequested.example, subject: 'hello\r\nBcc: a@b.co' });
    expect(parsed.success).toBe(false);
  });
});
