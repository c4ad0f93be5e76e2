import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { mailTopic } from './topics.ts';
import { emailAddressSchema } from './vocabulary.ts';

export const emailSent = defineEvent({
  name: 'email.sent',
  version: 1,
  topic: mailTopic,
  key: (mail) => mail.causedBy,
  schema: z.object({
    causedBy: z.string().min(1).meta({ description: 'Id of the event that caused the mail.' }),
    template: z.string().min(1),
    to: emailAddressSchema,
    messageId: z.string(),
    sentAt: z.iso.datetime(),
  }),
  owner: 'mail-service',
  summary: 'The mail server accepted an e-mail.',
  example: {
    causedBy: '0199f1c2-7d50-7001-8a00-000000000001',
    template: 'welcome',
    to: 'jimin@example.com',
    messageId: '<0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d.welcome@mail-service>',
    sentAt: '2026-11-21T09:00:00.040Z',
  },
});

export type EmailSent = PayloadOf<typeof emailSent>;
