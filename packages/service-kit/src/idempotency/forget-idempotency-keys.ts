import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { IDEMPOTENCY_KEYS_CLEANUP_MS, IDEMPOTENCY_KEYS_DELETED_AT_ONCE, IDEMPOTENCY_KEYS_KEPT_MS } from '../limits.ts';

const FORGET = `
  DELETE FROM idempotency_key
   WHERE (scope, key) IN (
     SELECT scope, key FROM idempotency_key
      WHERE created_at < clock_timestamp() - $1::double precision * interval '1 millisecond'
      ORDER BY created_at
      LIMIT ${IDEMPOTENCY_KEYS_DELETED_AT_ONCE}
      FOR UPDATE SKIP LOCKED)`;

/** Deletes a bounded number of keys past their time. Tells whether there may be more. */
export async function forgetIdempotencyKeys(
  dataSource: DataSource,
  keptMs: number = IDEMPOTENCY_KEYS_KEPT_MS,
): Promise<boolean> {
  const [, deleted] = await dataSource.query<[unknown, number]>(FORGET, [keptMs]);
  return deleted === IDEMPOTENCY_KEYS_DELETED_AT_ONCE;
}

/** Keeps the table from growing for ever, a batch at a time and now and then, in every instance. */
@Injectable()
export class IdempotencyKeysCleanup implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Idempotency');
  readonly #dataSource: DataSource;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.#cleanUp().finally(() => (this.#running = undefined));
    }, IDEMPOTENCY_KEYS_CLEANUP_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  async #cleanUp(): Promise<void> {
    try {
      // Each batch is a transaction of its own, so that nothing waits for more than one of them.
      while (this.#timer !== undefined && (await forgetIdempotencyKeys(this.#dataSource)));
    } catch (error) {
      this.#logger.warn({ err: error }, 'idempotency keys were not cleaned up this time');
    }
  }
}
