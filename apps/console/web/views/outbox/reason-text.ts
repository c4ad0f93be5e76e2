import type { OutboxAnswer } from '../../../src/api.ts';
import { t } from '../../words/words.ts';

export type Reason = NonNullable<OutboxAnswer['rows'][number]['reason']>;

/** Why a row waits in the outbox. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'rejected':
    case 'behind-rejected':
      return `${t(`outbox.reason-${reason.kind}`)}: ${reason.error}`;
    case 'open-transaction':
      return t('outbox.reason-open-transaction', { pids: reason.pids.join(', ') });
    default:
      return t(`outbox.reason-${reason.kind}`);
  }
}
