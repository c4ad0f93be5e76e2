import type { DatabaseSession } from '../database/session.ts';
import { printable } from '../envelope/printable.ts';
import type { Rejected } from '../kafka/records-rejected.ts';
import { REJECTED_ROW_RETRY_MS } from '../limits.ts';
import type { OutboxRow } from '../envelope/outbox-row.ts';
import type { LeftOut } from './read-outbox.ts';

const NOTE = `
  INSERT INTO outbox_refusal (seq, refusal, error) VALUES ($1, $2, $3)
  ON CONFLICT (seq) DO UPDATE
     SET refusal = excluded.refusal, error = excluded.error, times = outbox_refusal.times + 1,
         refused_at = excluded.refused_at`;

/** For operators, see resolve-rejected-rows.ts. */
export async function noteRejection(
  session: DatabaseSession,
  { seq }: OutboxRow,
  rejection: Rejected,
  { message }: Error,
): Promise<void> {
  await session.query(NOTE, [seq, rejection, printable(message)]);
}

/**
 * Rows that the broker rejects stay in the outbox, with the later rows of their key; all others are published.
 * After REJECTED_ROW_RETRY_MS they are retried.
 */
export class RejectedRows {
  readonly #topics = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  readonly #shardOfKey = new Map<string, number>();

  /** Only between two batches: the later rows of a key that was rejected in one must not go out in it. */
  forget(): void {
    this.#topics.clear();
    this.#keys.clear();
    this.#shardOfKey.clear();
  }

  leaveOut(row: OutboxRow, rejection: Rejected): void {
    const until = performance.now() + REJECTED_ROW_RETRY_MS;
    if (rejection === 'topic') this.#topics.set(row.topic, until);
    else {
      this.#keys.set(nameOf(row), until);
      this.#shardOfKey.set(nameOf(row), row.shard);
    }
  }

  has(row: OutboxRow): boolean {
    return this.#topics.has(row.topic) || this.#keys.has(nameOf(row));
  }

  /** Whether rows of a shard were left out in the last batch, so that not all of it is published up to the last one. */
  holdUp(shard: number): boolean {
    return this.#topics.size > 0 || [...this.#keys.keys()].some((key) => this.#shardOfKey.get(key) === shard);
  }

  /** Those whose time has not come yet. */
  get leftOut(): LeftOut {
    for (const names of [this.#topics, this.#keys]) {
      for (const [name, until] of names) if (performance.now() > until) names.delete(name);
    }
    for (const key of this.#shardOfKey.keys()) if (!this.#keys.has(key)) this.#shardOfKey.delete(key);
    return { topics: [...this.#topics.keys()], keys: [...this.#keys.keys()] };
  }
}

function nameOf({ topic, key }: OutboxRow): string {
  return `${topic} ${key}`;
}
