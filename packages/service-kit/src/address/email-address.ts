import { mailableAddressSchema } from '@event-bus/event-catalog';
import { toASCII, toUnicode } from 'tr46';
import { z } from 'zod';

/**
 * An e-mail address that a request gives, as it is kept, shown and mailed to. Two things are normalised: white space
 * around it goes, and its domain is written as mail servers exchange it, in lower case and in ASCII (`예시.com` is
 * `xn--vv4b11d.com`, by IDNA). The local part stays as it was typed: only its owner may say what it means.
 *
 * Anything that no mail server could be asked for is refused, and never cut or repaired.
 */
export const emailAddress = z
  .string()
  .transform((typed, context) => {
    const address = writeDomainInAscii(typed.trim());
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: 'must have a domain that exists by the rules of domain names' });
    return z.NEVER;
  })
  .pipe(mailableAddressSchema);

/** IDNA would leave these out. What shows nothing was not meant; the joiners have rules of their own there. */
const SHOWS_NOTHING = /(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}/u;

const HYPHEN_AT_AN_END = /(?:^|\.)-|-(?:\.|$)/;

/** By UTS 46, and not by Node's `domainToASCII`, which reads a URL's host: that ends at a `#`, and `%63` is a `c` in it. */
function writeDomainInAscii(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at === -1 || SHOWS_NOTHING.test(domain)) return undefined;
  const ascii = toASCII(domain, {
    checkBidi: true,
    checkJoiners: true,
    useSTD3ASCIIRules: true,
    verifyDNSLength: true,
  });
  // UTS 46 can check hyphens too, and then refuses `ab--cd.com`, which is registered.
  if (ascii === null) return undefined;
  const shown = toUnicode(ascii).domain;
  // UTS 46 reads `ⓔ` as an `e`, and a full-width digit as a digit: then another domain would be mailed than was typed.
  const isAsTyped = [shown, ascii].includes(domain.normalize('NFC').toLowerCase());
  if (!isAsTyped || HYPHEN_AT_AN_END.test(shown)) return undefined;
  return `${address.slice(0, at)}@${ascii}`;
}
