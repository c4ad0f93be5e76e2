import { expect, it } from 'vitest';
import { messageIdOf } from './message-id.ts';

const eventId = '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d';

it('a Message-ID is the event id and the template, at the domain of the sender', () => {
  expect(messageIdOf({ eventId, template: 'welcome' }, 'no-reply@example.com')).toBe(
    `<${eventId}.welcome@example.com>`,
  );
});

it('hashes an id that could break out of the header, the same way each time', () => {
  const messageId = messageIdOf({ eventId: '1>\r\nBcc: everybody@example.com', template: 'order' }, 'a@example.com');
  expect(messageId).toMatch(/^<[0-9a-f]{64}\.order@example\.com>$/);
  expect(messageIdOf({ eventId: '1>\r\nBcc: everybody@example.com', template: 'order' }, 'a@example.com')).toBe(
    messageId,
  );
});
