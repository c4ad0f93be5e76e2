import type { Chapter } from './behaviour.ts';
import { compaction } from './compaction.ts';
import { consumerGroups } from './consumer-groups.ts';
import { groupMigration } from './group-migration.ts';
import { groups } from './groups.ts';
import { logins } from './logins.ts';
import { producedBatches } from './produced-batches.ts';
import { protocol } from './protocol.ts';
import { reading } from './reading.ts';
import { records } from './records.ts';
import { settings } from './settings.ts';
import { topicIds } from './topic-ids.ts';
import { topics } from './topics.ts';
import { transactions } from './transactions.ts';

export const SUITE: readonly Chapter[] = [
  records,
  producedBatches,
  reading,
  topics,
  topicIds,
  compaction,
  settings,
  groups,
  consumerGroups,
  groupMigration,
  transactions,
  protocol,
  logins,
];
