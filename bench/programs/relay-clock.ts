import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaDriver } from '../../packages/messaging-client/src/kafka/kafka-settings.ts';
import type { Note } from '../harness/note-taken.ts';

export interface RelayOptions {
  readonly address: string;
  readonly topic: string;
  /** Ours: the Kafka client. */
  readonly driver: KafkaDriver;
  readonly databaseUrl: string;
  /** Rows that wait when the relay starts; 0 to write at a rate instead. */
  readonly backlog: number;
  readonly keys: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** The first part of a backlog warms up. */
const WARM_UP_PART = 0.2;

export class BacklogClock {
  readonly finished: Promise<number>;
  readonly #resolve: (perSecond: number) => void;
  readonly #backlog: number;
  #count = 0;
  #from: { at: number; count: number } | undefined;

  constructor(backlog: number) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.finished = promise;
    this.#resolve = resolve;
    this.#backlog = backlog;
  }

  passed(rows: number): void {
    this.#count += rows;
    if (this.#count < this.#backlog * WARM_UP_PART) return;
    this.#from ??= { at: performance.now(), count: this.#count };
    const { at, count } = this.#from;
    if (this.#count >= this.#backlog) this.#resolve(((this.#count - count) * 1_000) / (performance.now() - at));
  }
}

export function valueOf(n: number): Note {
  const text = 'A sentence that is about as long as what people write in a field.';
  return { key: `key-${n % 1_000}`, n, name: '김지민', text, at: '2026-11-21T09:00:00.000Z' };
}

/** Writes at a steady rate whatever the answers do. @returns when each was committed, on the wall clock */
export async function writeAtRate(
  { perSecond, seconds }: Pick<RelayOptions, 'perSecond' | 'seconds'>,
  write: (n: number) => Promise<void>,
): Promise<number[]> {
  const committedAt: number[] = [];
  const writes: Array<Promise<void>> = [];
  const startedAt = performance.now();
  for (let n = 0; n < perSecond * seconds;) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000));
    for (; n < due; n++) {
      const index = n;
      writes.push(write(index).then(() => void (committedAt[index] = performance.timeOrigin + performance.now())));
    }
    await delay(1);
  }
  await Promise.all(writes);
  return committedAt;
}
