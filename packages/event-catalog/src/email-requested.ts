import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { emailTopic } from './topics.ts';
import { mailableAddressSchema, subjectSchema } from './vocabulary.ts';

/** Two bodies of this length, in Korean three bytes a character, stay below the bound of an event's payload. */
const EMAIL_BODY_CHARACTERS_MAX = 64_000;

const body = z
  .string()
  .min(1)
  .max(EMAIL_BODY_CHARACTERS_MAX)
  .refine((text) => !text.includes('\0'), 'no NUL character');

export const emailRequested = defineEvent({
  name: 'email.requested',
  version: 1,
  topic: emailTopic,
  key: (email) => email.to.toLowerCase(),
  schema: z.object({
    from: mailableAddressSchema,
    to: mailableAddressSchema,
    subject: subjectSchema,
    text: body,
    html: body.optional(),
  }),
  owner: 'any',
  summary: 'A command: send this e-mail without changing it.',
  example: {
    from: 'shop@example.com',
    to: 'jimin@example.com',
    subject: '영수증 / Receipt',
    text: '합계 24,000원',
  },
});

export type EmailRequested = PayloadOf<typeof emailRequested>;
