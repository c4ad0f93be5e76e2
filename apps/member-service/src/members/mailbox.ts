import { emailAddressSchema } from '@event-bus/event-catalog';
import { domainToASCII } from 'node:url';
import { z } from 'zod';

/**
 * An e-mail address as it is written to: trimmed, its domain in lower case and in ASCII (`예시.com` is
 * `xn--vv4b11d.com` to a mail server). The local part stays as it was typed; only its owner may say what it means.
 */
export const emailAddress = z
  .string()
  .transform((typed) => writeDomainInAscii(typed.trim().normalize('NFC')))
  .pipe(emailAddressSchema);

/**
 * What two addresses have in common when they reach the same mailbox. RFC 5321 §2.4 lets a server tell `Jimin` from
 * `jimin`, but none in use does, and a second account for a capital letter is a mistake or worse.
 * @param address as `emailAddress` gives it
 */
export function mailboxOf(address: string): string {
  return address.toLowerCase();
}

function writeDomainInAscii(address: string): string {
  const at = address.lastIndexOf('@');
  if (at === -1) return address;
  const domain = address.slice(at + 1);
  // Node's function reads a host as a browser does and would make an address of `127.1`: plain ASCII stays as it is.
  // eslint-disable-next-line no-control-regex
  const ascii = /^[\x00-\x7f]*$/.test(domain) ? domain.toLowerCase() : domainToASCII(domain);
  return `${address.slice(0, at)}@${ascii}`;
}
