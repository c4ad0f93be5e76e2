import { createHash } from 'node:crypto';
import type { MailKey } from '../ledger/ledger.ts';

/** What an event id may be to stand in a Message-ID as it is (RFC 5322 dot-atom), UUIDs above all. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * The same mail has the same Message-ID at every attempt, so a receiver that gets it twice can tell; and whoever holds
 * the mail finds its event.
 */
export function messageIdOf({ eventId, template }: MailKey, fromAddress: string): string {
  const domain = fromAddress.slice(fromAddress.lastIndexOf('@') + 1);
  // An id is only text in CloudEvents; another producer's may hold a `>` or a line break.
  const id = PLAIN_ID.test(eventId) ? eventId : createHash('sha256').update(eventId).digest('hex');
  return `<${id}.${template}@${domain}>`;
}
