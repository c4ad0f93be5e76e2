import type { MigrationInterface } from 'typeorm';
import { CreatePoisonGuard1760000000013 } from './consume/poison-guard-tables.ts';
import { AddUnknownVersion1760000000021 } from './consume/unknown-version-tables.ts';
import { AddAttemptHistory1760000000031 } from './dead-letters/attempt-history-columns.ts';
import { CreateDeadLetterTables1760000000003 } from './dead-letters/dead-letter-table.ts';
import { createInboxTable } from './inbox/inbox-table.ts';
import { CreateOutboxTables1760000000001 } from './outbox/outbox-table.ts';
import { AllowVersionsOfOneEvent1760000000022 } from './outbox/outbox-version-columns.ts';
import { CreateParkedRecordTable1760000000004 } from './parking/parked-record-table.ts';

/**
 * The tables of this package, to be listed before a service's own migrations: they live in its database. `service` is the name
 * in MessagingOptions. They run in the order of their numbers; the first one refuses a database of an older version.
 */
export function messagingMigrations(service: string): Array<new () => MigrationInterface> {
  return [
    CreateOutboxTables1760000000001,
    createInboxTable(service),
    CreateDeadLetterTables1760000000003,
    CreateParkedRecordTable1760000000004,
    CreatePoisonGuard1760000000013,
    AddUnknownVersion1760000000021,
    AllowVersionsOfOneEvent1760000000022,
    AddAttemptHistory1760000000031,
  ];
}
