import { mailableAddressSchema } from '@event-bus/event-catalog';
import { toASCII, toUnicode } from 'tr46';
import { z } from 'zod';

/**
 * An e-mail address of a request, as it is stored, shown and mailed to. Two things are normalised: surrounding white
 * space is removed, and the domain becomes lower-case ASCII, as mail servers exchange it (`예시.com` is
 * `xn--vv4b11d.com`, by IDNA). The local part stays as it was typed: only its own server knows what it means.
 *
 * An address that mail servers would not accept is rejected, never shortened or repaired.
 */
export const emailAddress = z
  .string()
  .transform((typed, context) => {
    const address = writeDomainInAscii(typed.trim());
    if (address !== undefined) return address;
    context.addIssue({ code: 'custom', message: 'must have a valid domain name' });
    return z.NEVER;
  })
  .pipe(mailableAddressSchema);

/** IDNA would drop these. An invisible character was not intended; IDNA has its own rules for joiners. */
const INVISIBLE = /(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}/u;

const HYPHEN_AT_AN_END = /(?:^|\.)-|-(?:\.|$)/;

/** By UTS 46, and not by Node's `domainToASCII`, which parses the host of a URL: it ends at `#` and decodes `%63` to `c`. */
function writeDomainInAscii(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (at === -1 || INVISIBLE.test(domain)) return undefined;
  const ascii = toASCII(domain, {
    checkBidi: true,
    checkJoiners: true,
    useSTD3ASCIIRules: true,
    verifyDNSLength: true,
  });
  // The hyphen check of UTS 46 would reject `ab--cd.com`, which is registered.
  if (ascii === null) return undefined;
  const shown = toUnicode(ascii).domain;
  // UTS 46 maps `ⓔ` to `e` and a full-width digit to a digit: the mail would go to another domain than was typed.
  const isAsTyped = [shown, ascii].includes(domain.normalize('NFC').toLowerCase());
  if (!isAsTyped || HYPHEN_AT_AN_END.test(shown)) return undefined;
  return `${address.slice(0, at)}@${ascii}`;
}
