import type { System } from './start-stack.ts';
import type { Promised } from './traffic.ts';
import { until } from '@event-bus/test-kit/until';

export interface Score {
  readonly promised: number;
  readonly mailedOnce: number;
  /** More than one copy, and the ledger marks it as ambiguous. */
  readonly ambiguous: number;
  readonly lost: readonly string[];
  /** More than one copy, and no ledger entry says so. */
  readonly twice: readonly string[];
}

interface LedgerRow {
  readonly recipient: string;
  readonly template: string;
  readonly ambiguous: boolean;
  readonly message_id: string;
}

const nameOf = ({ template, to }: Promised): string => `${template} ${to}`;

/** Waits until the ledger has everything that was promised as accepted, and counts what the mail server has of it. */
export async function scoreOf(system: System, promised: readonly Promised[], boundMs?: number): Promise<Score> {
  const ledger = await until(
    'everything promised to be in the ledger as accepted',
    async () => {
      const rows = await system.query<LedgerRow>(
        'mail-service',
        `SELECT recipient, template, ambiguous, message_id FROM mail WHERE status = 'accepted'`,
      );
      const accepted = new Map(
        rows.map((row) => [nameOf({ template: row.template, to: row.recipient } as Promised), row]),
      );
      const missing = promised.filter((one) => !accepted.has(nameOf(one)));
      if (missing.length > 0) throw new Error(`${missing.length} missing, such as ${nameOf(missing[0]!)}`);
      return accepted;
    },
    boundMs,
  );

  const copies = new Map<string, number>();
  for (const { messageId } of await system.inbox.mails()) copies.set(messageId, (copies.get(messageId) ?? 0) + 1);
  const score = { promised: promised.length, mailedOnce: 0, ambiguous: 0, lost: [] as string[], twice: [] as string[] };
  for (const one of promised) {
    const entry = ledger.get(nameOf(one))!;
    const count = copies.get(entry.message_id) ?? 0;
    if (count === 1) score.mailedOnce += 1;
    else if (count > 1 && entry.ambiguous) score.ambiguous += 1;
    else (count === 0 ? score.lost : score.twice).push(nameOf(one));
  }
  return score;
}
