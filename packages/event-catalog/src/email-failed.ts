import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { mailTopic } from './topics.ts';
import { emailAddressSchema } from './vocabulary.ts';

export const emailFailed = defineEvent({
  name: 'email.failed',
  version: 1,
  topic: mailTopic,
  key: (mail) => mail.causedBy,
  schema: z.object({
    causedBy: z.string().min(1).meta({ description: 'Id of the event that caused the mail.' }),
    template: z.string().min(1),
    to: emailAddressSchema,
    reason: z.string(),
    failedAt: z.iso.datetime(),
  }),
  owner: 'mail-service',
  summary: 'An e-mail could not be delivered; its record is a dead letter.',
  example: {
    causedBy: '0199f1c2-7d50-7001-8a00-000000000001',
    template: 'welcome',
    to: 'jimin@example.com',
    reason: '550 mailbox unavailable',
    failedAt: '2026-11-21T09:00:00.040Z',
  },
});

export type EmailFailed = PayloadOf<typeof emailFailed>;
