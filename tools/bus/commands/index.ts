import type { Command } from '../command.ts';
import { deadDrop } from './dead-drop.ts';
import { deadList } from './dead-list.ts';
import { deadRedrive } from './dead-redrive.ts';
import { deadShow } from './dead-show.ts';
import { groups } from './groups.ts';
import { outbox } from './outbox.ts';
import { outboxDrop, outboxRetry } from './outbox-resolve.ts';
import { parkedList } from './parked-list.ts';
import { plan } from './plan.ts';
import { publish } from './publish.ts';
import { replay } from './replay.ts';
import { sql } from './sql.ts';
import { status } from './status.ts';
import { tail } from './tail.ts';
import { topics } from './topics.ts';

/** In the order in which one looks: is everything fine, where it is kept, who reads, what waits, what was given up, what is read again, what more would need. */
export const COMMANDS: readonly Command[] = [
  status,
  topics,
  groups,
  tail,
  publish,
  outbox,
  outboxRetry,
  outboxDrop,
  parkedList,
  deadList,
  deadShow,
  deadRedrive,
  deadDrop,
  replay,
  plan,
  sql,
];
