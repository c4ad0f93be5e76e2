import type { MailStatus, MailSummary } from '../api.ts';
import type { LedgerRow } from '../sources/ledger-source.ts';

/** The event and the template identify a mail, also after the ledger was restored. */
export function mailIdOf({ template, eventId }: Pick<LedgerRow, 'template' | 'eventId'>): string {
  return `${template}:${eventId}`;
}

export function summaryOf(row: LedgerRow): MailSummary {
  return {
    id: mailIdOf(row),
    eventId: row.eventId,
    to: row.recipient,
    subject: row.subject,
    status: statusOf(row),
    answer: row.error ?? row.answer ?? null,
    attempts: row.attempts,
    at: row.acceptedAt ?? row.createdAt,
    messageId: row.messageId,
  };
}

/** That it may have gone out twice is what an operator looks for, whatever came of it in the end. */
function statusOf({ status, ambiguous }: LedgerRow): MailStatus {
  if (ambiguous) return 'ambiguous';
  return status === 'handing-over' ? 'claimed' : status;
}
