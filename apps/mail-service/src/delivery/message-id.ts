import { createHash } from 'node:crypto';
import type { MailKey } from '../ledger/ledger.ts';

/** An event id that is valid in a Message-ID as it is (RFC 5322 dot-atom), such as a UUID. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * A mail has the same Message-ID at every attempt, so that its receiver can recognise a duplicate, and an operator finds
 * the event of a mail.
 */
export function messageIdOf({ eventId, template }: MailKey, fromAddress: string): string {
  const domain = fromAddress.slice(fromAddress.lastIndexOf('@') + 1);
  // In CloudEvents an id is any text; one of another producer may contain a `>` or a line break.
  const id = PLAIN_ID.test(eventId) ? eventId : createHash('sha256').update(eventId).digest('hex');
  return `<${id}.${template}@${domain}>`;
}
