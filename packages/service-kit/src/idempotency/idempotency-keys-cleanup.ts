import { olderThan, TableCleanup } from '@event-bus/messaging-client';
import type { BoundedDelete } from '@event-bus/messaging-client';
import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { IDEMPOTENCY_KEYS_KEPT_MS } from '../limits.ts';

export const OLD_IDEMPOTENCY_KEYS: BoundedDelete = {
  table: 'idempotency_key',
  where: olderThan('created_at', '$1'),
  values: [IDEMPOTENCY_KEYS_KEPT_MS],
};

/** A clean-up of its own: that of messaging-client begins when a service begins to consume, and not every service does. */
@Injectable()
export class IdempotencyKeysCleanup implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #cleanup: TableCleanup;

  constructor(dataSource: DataSource) {
    this.#cleanup = new TableCleanup(dataSource);
    this.#cleanup.add(OLD_IDEMPOTENCY_KEYS);
  }

  onApplicationBootstrap(): void {
    this.#cleanup.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#cleanup.stop();
  }
}
