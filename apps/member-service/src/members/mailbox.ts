/**
 * The same for all addresses that reach one mailbox. RFC 5321 §2.4 lets a server distinguish `Jimin` from `jimin`, but none
 * in use does, and a second account for a capital letter is a mistake or worse.
 * @param address as parsed by service-kit's `emailAddress`
 */
export function mailboxOf(address: string): string {
  return address.toLowerCase();
}
