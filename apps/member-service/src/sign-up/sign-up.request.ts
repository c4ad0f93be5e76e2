import { localeSchema, personNameSchema } from '@event-bus/event-catalog';
import { z } from 'zod';
import { emailAddress } from '../members/email-address.ts';

export const signUpRequest = z.object({
  email: emailAddress,
  name: personNameSchema,
  /** The language of the mails. */
  locale: localeSchema.default('ko'),
});

export type SignUpRequest = z.output<typeof signUpRequest>;
