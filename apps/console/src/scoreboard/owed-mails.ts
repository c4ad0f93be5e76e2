import { emailRequested, memberSignedUp, orderCompleted } from '@event-bus/event-catalog';

/** The group that owes a mail for each event of these names. */
export const MAIL_GROUP = 'mail-service';

const OWE_MAIL = new Set([memberSignedUp, orderCompleted, emailRequested].map(({ name }) => name));

export function owesMail(event: string): boolean {
  return OWE_MAIL.has(event);
}
