import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Consumer } from '../consume/consumer.ts';
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
           WHERE consumer_group = $1 AND state = 'open' LIMIT ${PARKED_COUNTED_MAX}) AS open_letter
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
  /** The consumer group: the service's name. */
  readonly group: string;
  readonly events: MessageEvents;
  readonly consumer: Consumer;
  readonly lag: ConsumerLag;
  readonly relay: OutboxRelay;
  readonly backlog: OutboxBacklog;
  readonly drift: PayloadDrift;
  readonly #dataSource: DataSource;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    events: MessageEvents,
    consumer: Consumer,
    lag: ConsumerLag,
    relay: OutboxRelay,
    backlog: OutboxBacklog,
    drift: PayloadDrift,
  ) {
    this.events = events;
    this.consumer = consumer;
    this.lag = lag;
    this.group = options.service;
    this.relay = relay;
    this.backlog = backlog;
    this.drift = drift;
    this.#dataSource = dataSource;
  }

  async notHandled(): Promise<NotHandled> {
    const query = queryOf(this.#dataSource);
    const counts = await countParked(query, this.group);
    const clockOffsetSeconds = (Date.now() - counts.now.getTime()) / 1_000;
    return { ...counts, deadLetters: await query(DEAD_LETTERS, [this.group]), clockOffsetSeconds };
  }
}
