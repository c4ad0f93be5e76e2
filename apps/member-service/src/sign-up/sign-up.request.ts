import { legible, localeSchema, personNameSchema } from '@event-bus/event-catalog';
import { emailAddress } from '@event-bus/service-kit';
import { z } from 'zod';
import { phoneNumber } from '../members/phone-number.ts';

export const signUpRequest = z
  .object({
    email: emailAddress,
    name: legible(personNameSchema),
    /** With one, the member gets texts too. */
    phone: phoneNumber.optional(),
    /** The language of mails and texts. */
    locale: localeSchema.default('ko'),
  })
  .meta({ examples: [{ email: 'hana@example.com', name: '이하나', phone: '+82 10-1234-5678', locale: 'ko' }] });

export type SignUpRequest = z.output<typeof signUpRequest>;
