/**
 * What two addresses have in common when they reach the same mailbox. RFC 5321 §2.4 lets a server tell `Jimin` from
 * `jimin`, but none in use does, and a second account for a capital letter is a mistake or worse.
 * @param address as service-kit's `emailAddress` gives it
 */
export function mailboxOf(address: string): string {
  return address.toLowerCase();
}
