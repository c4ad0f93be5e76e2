import { legible, localeSchema, personNameSchema } from '@event-bus/event-catalog';
import { emailAddress } from '@event-bus/service-kit';
import { z } from 'zod';

export const signUpRequest = z
  .object({
    email: emailAddress,
    name: legible(personNameSchema),
    /** The language of the mails. */
    locale: localeSchema.default('ko'),
  })
  .meta({ examples: [{ email: 'hana@example.com', name: '이하나', locale: 'ko' }] });

export type SignUpRequest = z.output<typeof signUpRequest>;
