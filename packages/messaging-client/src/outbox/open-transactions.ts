import { OUTBOX_HELD_BACK_MS, REPORTED_EVERY_MS } from '../limits.ts';
import { LOCK_SPACE } from '../database/instance-lock.ts';
import type { MessageEvents } from '../observe/message-events.ts';
import type { OpenTransaction } from '../observe/open-transaction.ts';
import type { Appender } from './append-floor.ts';

/** Those that are open for longer than OUTBOX_HELD_BACK_MS, oldest first. */
export const FIND_OPEN_TRANSACTIONS = `
  SELECT pid, extract(epoch FROM clock_timestamp() - xact_start)::float8 * 1000 AS "openMs", coalesce(state, '') AS state,
         application_name AS application
    FROM pg_stat_activity
   WHERE xact_start < clock_timestamp() - ${OUTBOX_HELD_BACK_MS} * interval '1 millisecond'
     AND pid IN (SELECT pid FROM pg_locks
                  WHERE locktype = 'advisory' AND classid = ${LOCK_SPACE.append} AND objsubid = 2
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
   ORDER BY xact_start`;

/** Reports transactions that hold rows back for long: each once, and then once a minute. */
export class OpenTransactionWatch {
  readonly #events: MessageEvents;
  readonly #since = new Map<number, number>();
  readonly #reportedAt = new Map<number, number>();

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** To be called at each look with those that append; asks about them when one has been among them for long. */
  async look(appenders: readonly Appender[], find: () => Promise<OpenTransaction[]>): Promise<void> {
    const now = performance.now();
    const pids = new Set(appenders.map(({ pid }) => pid));
    for (const pid of this.#since.keys()) {
      if (pids.has(pid)) continue;
      this.#since.delete(pid);
      this.#reportedAt.delete(pid);
    }
    for (const pid of pids) if (!this.#since.has(pid)) this.#since.set(pid, now);
    const isDue = [...this.#since].some(
      ([pid, since]) =>
        now - since >= OUTBOX_HELD_BACK_MS && now - (this.#reportedAt.get(pid) ?? -Infinity) >= REPORTED_EVERY_MS,
    );
    if (!isDue) return;
    const found = await find();
    for (const pid of pids) {
      const open = found.find((one) => one.pid === pid);
      // A connection that makes many short transactions may be among them at each look.
      if (open === undefined) this.#since.set(pid, now);
      else if (now - (this.#reportedAt.get(pid) ?? -Infinity) >= REPORTED_EVERY_MS) {
        this.#reportedAt.set(pid, now);
        this.#events.emit('outbox.held-back', open);
      }
    }
  }
}
