import { REFUSED_ROW_RETRY_MS } from '../limits.ts';
import type { OutboxRow } from './outbox-row.ts';
import type { LeftOut } from './read-outbox.ts';

/** The broker will not take these however often they are sent; somebody has to change a setting. */
const REFUSED_TOPIC = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION', 'TOPIC_AUTHORIZATION_FAILED']);
const REFUSED_RECORD = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'CORRUPT_MESSAGE']);

export type Refusal = 'topic' | 'record';

/** Whether the broker refused what was sent, rather than being away or busy. */
export function refusalOf(error: unknown): Refusal | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    // kafkajs's classes of errors cannot be imported by name from ESM; a protocol error is one that has a type.
    const { type } = cause as { type?: unknown };
    if (typeof type !== 'string') continue;
    if (REFUSED_TOPIC.has(type)) return 'topic';
    if (REFUSED_RECORD.has(type)) return 'record';
  }
  return undefined;
}

/**
 * Rows that the broker refuses stay in the outbox, with whatever lies behind them on their key; all the others go on.
 * After a while they are tried again.
 */
export class RefusedRows {
  readonly #topics = new Map<string, number>();
  readonly #keys = new Map<string, number>();

  leaveOut(row: OutboxRow, refusal: Refusal): void {
    const until = performance.now() + REFUSED_ROW_RETRY_MS;
    if (refusal === 'topic') this.#topics.set(row.topic, until);
    else this.#keys.set(nameOf(row), until);
  }

  has(row: OutboxRow): boolean {
    return this.#topics.has(row.topic) || this.#keys.has(nameOf(row));
  }

  /** Those whose time has not come yet. */
  get leftOut(): LeftOut {
    for (const names of [this.#topics, this.#keys]) {
      for (const [name, until] of names) if (performance.now() > until) names.delete(name);
    }
    return { topics: [...this.#topics.keys()], keys: [...this.#keys.keys()] };
  }
}

function nameOf({ topic, key }: OutboxRow): string {
  return `${topic} ${key}`;
}
