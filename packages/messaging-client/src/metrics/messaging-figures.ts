import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Consumers } from '../consume/consumers.ts';
import { isOfService } from '../database/groups-of-service.ts';
import { queryOf } from '../database/query.ts';
import type { DeadLetterReason } from '../dead-letters/dead-letter.ts';
import { PARKED_COUNTED_MAX } from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { PayloadDrift } from '../observe/payload-drift.ts';
import { OutboxBacklog } from '../outbox/outbox-backlog.ts';
import { OutboxRelay } from '../outbox/relay-outbox.ts';
import { countParked } from '../parking/count-parked.ts';
import type { ParkedCounts } from '../parking/count-parked.ts';
import { ConsumerLag } from './consumer-lag.ts';

const DEAD_LETTERS = `
  SELECT reason, count(*)::integer AS letters
    FROM (SELECT reason FROM dead_letter
           WHERE ${isOfService('$1')} AND state = 'open' LIMIT ${PARKED_COUNTED_MAX}) AS open_letter
   GROUP BY reason`;

export interface NotHandled extends ParkedCounts {
  /** Those that are open, by reason; PARKED_COUNTED_MAX of them are counted at most. */
  readonly deadLetters: ReadonlyArray<{ readonly reason: DeadLetterReason; readonly letters: number }>;
  /** How far the clock of this process is ahead of the database's; negative when it is behind. As exact as a round trip is short. */
  readonly clockOffsetSeconds: number;
}

/** What metrics are made of, as it is now. Each call that queries the database may fail or take its time. */
@Injectable()
export class MessagingFigures {
  /** The service's name, which is the consumer group of its handlers without a name. */
  readonly group: string;
  readonly events: MessageEvents;
  readonly consumers: Consumers;
  readonly lag: ConsumerLag;
  readonly relay: OutboxRelay;
  readonly backlog: OutboxBacklog;
  readonly drift: PayloadDrift;
  readonly #dataSource: DataSource;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    events: MessageEvents,
    consumers: Consumers,
    lag: ConsumerLag,
    relay: OutboxRelay,
    backlog: OutboxBacklog,
    drift: PayloadDrift,
  ) {
    this.events = events;
    this.consumers = consumers;
    this.lag = lag;
    this.group = options.service;
    this.relay = relay;
    this.backlog = backlog;
    this.drift = drift;
    this.#dataSource = dataSource;
  }

  /** What waits in the database: parked records and dead letters. By one query. */
  async notHandled(): Promise<NotHandled> {
    const query = queryOf(this.#dataSource);
    const [counts, ...others] = await Promise.all(
      this.consumers.all.map(async ({ group }) => countParked(query, group)),
    );
    const clockOffsetSeconds = (Date.now() - counts!.now.getTime()) / 1_000;
    const deadLetters = await query<NotHandled['deadLetters'][number]>(DEAD_LETTERS, [this.group]);
    return { ...others.reduce(together, counts!), deadLetters, clockOffsetSeconds };
  }
}

function together(one: ParkedCounts, other: ParkedCounts): ParkedCounts {
  const first = (a: Date | null, b: Date | null): Date | null => (a === null || (b !== null && b < a) ? b : a);
  return {
    now: one.now,
    records: one.records + other.records,
    keys: one.keys + other.keys,
    oldestAt: first(one.oldestAt, other.oldestAt),
    nextDueAt: first(one.nextDueAt, other.nextDueAt),
    unknownVersions: one.unknownVersions + other.unknownVersions,
    unknownVersionsSince: first(one.unknownVersionsSince, other.unknownVersionsSince),
    ambiguousClaims: one.ambiguousClaims + other.ambiguousClaims,
  };
}
