import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { memberTopic } from './topics.ts';
import { emailAddressSchema, localeSchema, personNameSchema, phoneNumberSchema } from './vocabulary.ts';

export const memberSignedUp = defineEvent({
  name: 'member.signed-up',
  version: 1,
  topic: memberTopic,
  key: (member) => member.memberId,
  schema: z.object({
    memberId: z.uuid(),
    email: emailAddressSchema,
    name: personNameSchema,
    phone: phoneNumberSchema.optional(),
    locale: localeSchema,
    signedUpAt: z.iso.datetime(),
  }),
  owner: 'member-service',
  summary: 'A member signed up.',
  example: {
    memberId: '0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
    email: 'jimin@example.com',
    name: '김지민',
    phone: '+821012345678',
    locale: 'ko',
    signedUpAt: '2026-11-21T09:00:00.000Z',
  },
});

export type MemberSignedUp = PayloadOf<typeof memberSignedUp>;
