import type { MigrationInterface } from 'typeorm';
import { CreatePoisonGuard1760000000013 } from './consume/poison-guard-tables.ts';
import { AddExpiredDeadLetters1760000000021 } from './dead-letters/dead-letter-expired.ts';
import { GiveDeadLettersALife1760000000012 } from './dead-letters/dead-letter-life-table.ts';
import { LetDeadLettersBeBatches1760000000060 } from './dead-letters/dead-letter-last-offset.ts';
import { CreateDeadLetter1760000000003 } from './dead-letters/dead-letter-table.ts';
import { IndexInboxByAge1760000000014 } from './inbox/inbox-age-index.ts';
import { putGroupInInboxKey } from './inbox/inbox-group.ts';
import { CreateInbox1760000000002 } from './inbox/inbox-table.ts';
import { CountUnconfirmedAttempts1760000000020 } from './inbox/inbox-unconfirmed.ts';
import { IndexOutboxByShard1760000000030 } from './outbox/outbox-shard-index.ts';
import { CreateOutboxRefusals1760000000031 } from './outbox/refused-rows-tables.ts';
import { CreateOutbox1760000000001 } from './outbox/outbox-table.ts';
import { IndexParkedRecordsByAge1760000000022 } from './parking/parked-record-age.ts';
import { CreateParkedRecord1760000000011 } from './parking/parked-record-table.ts';
import { IndexWhatIsDeletedByAge1760000000041 } from './retention/retention-indexes.ts';

/** To be listed among a service's own migrations: the tables live in its database. `service` is the name in MessagingOptions. */
export function messagingMigrations(service: string): Array<new () => MigrationInterface> {
  return [
    CreateOutbox1760000000001,
    CreateInbox1760000000002,
    CreateDeadLetter1760000000003,
    CreateParkedRecord1760000000011,
    GiveDeadLettersALife1760000000012,
    CreatePoisonGuard1760000000013,
    IndexInboxByAge1760000000014,
    CountUnconfirmedAttempts1760000000020,
    AddExpiredDeadLetters1760000000021,
    IndexParkedRecordsByAge1760000000022,
    IndexOutboxByShard1760000000030,
    CreateOutboxRefusals1760000000031,
    putGroupInInboxKey(service),
    IndexWhatIsDeletedByAge1760000000041,
    LetDeadLettersBeBatches1760000000060,
  ];
}
