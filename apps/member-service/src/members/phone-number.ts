import { phoneNumberSchema } from '@event-bus/event-catalog';
// The smallest of its metadata: length and numbering plan of each country, without the kinds of numbers.
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { z } from 'zod';

/**
 * A phone number of a request, with its country: `+82 10-1234-5678` and `+82 010 1234 5678` are stored as `+821012345678`. One
 * without its country is rejected and not guessed from the member's language, because a text would go to a stranger.
 */
export const phoneNumber = z
  .string()
  .transform((typed, context) => {
    // Only what is a number as a whole; the library would find one in a sentence.
    const number = parsePhoneNumberFromString(typed.trim(), { extract: false });
    if (number?.isValid() === true && number.ext === undefined) return number.number;
    context.addIssue({ code: 'custom', message: 'must be a phone number with its country, such as +82 10 1234 5678' });
    return z.NEVER;
  })
  .pipe(phoneNumberSchema);
