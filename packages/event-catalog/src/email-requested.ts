import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { emailTopic } from './topics.ts';
import { emailAddressSchema } from './vocabulary.ts';

/** Keeps a command well below the broker's message bound together with its envelope. */
const EMAIL_BODY_CHARACTERS_MAX = 100_000;

/** RFC 5322 §2.1.1 bounds a header line at 998 characters; line breaks would let a caller write headers of its own. */
const oneLine = z
  .string()
  .trim()
  .min(1)
  .max(900)
  .regex(/^[^\r\n]*$/, 'one line');

export const emailRequested = defineEvent({
  name: 'email.requested',
  version: 1,
  topic: emailTopic,
  key: (email) => email.to.toLowerCase(),
  schema: z.object({
    from: emailAddressSchema,
    to: emailAddressSchema,
    subject: oneLine,
    text: z.string().min(1).max(EMAIL_BODY_CHARACTERS_MAX),
    html: z.string().min(1).max(EMAIL_BODY_CHARACTERS_MAX).optional(),
  }),
  owner: 'any',
  summary: 'A command: send this e-mail, as it stands.',
  example: {
    from: 'shop@example.com',
    to: 'jimin@example.com',
    subject: '영수증 / Receipt',
    text: '합계 24,000원',
  },
});

export type EmailRequested = PayloadOf<typeof emailRequested>;
