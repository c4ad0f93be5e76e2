import { olderThan, TableCleanup } from '@event-bus/messaging-client';
import type { BoundedDelete } from '@event-bus/messaging-client';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { IDEMPOTENCY_KEYS_KEPT_MS } from '../limits.ts';

export const OLD_IDEMPOTENCY_KEYS: BoundedDelete = {
  table: 'idempotency_key',
  where: olderThan('created_at', '$1'),
  values: [IDEMPOTENCY_KEYS_KEPT_MS],
};

/** Separate from the cleanup of messaging-client, because a service need not use messaging-client. */
@Injectable()
export class IdempotencyKeysCleanup extends TableCleanup {
  constructor(dataSource: DataSource) {
    super(dataSource);
    this.add(OLD_IDEMPOTENCY_KEYS);
  }
}
