import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Consumer } from '../consume/consumer.ts';
import { queryOf } from '../database/query.ts';
import type { DeadLetterReason } from '../dead-letters/dead-letter.ts';
import { PARKED_COUNTED_MAX } from '../limits.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { OutboxBacklog } from '../outbox/outbox-backlog.ts';
import { OutboxRelay } from '../outbox/relay-outbox.ts';
import { ConsumerLag } from './consumer-lag.ts';

/** Each count ends at PARKED_COUNTED_MAX, so that a scrape costs little however many there are. */
const NOT_HANDLED = `
  WITH parked_record_of_group AS MATERIALIZED
         (SELECT created_at FROM parked_record WHERE consumer_group = $1 LIMIT ${PARKED_COUNTED_MAX})
  SELECT (SELECT count(*) FROM parked_record_of_group)::integer AS "parkedRecords",
         (SELECT count(*) FROM (SELECT FROM parked_record
                                 WHERE consumer_group = $1 AND due_at IS NOT NULL LIMIT ${PARKED_COUNTED_MAX}) AS counted
         )::integer AS "parkedKeys",
         (SELECT extract(epoch FROM clock_timestamp() - min(created_at)) FROM parked_record_of_group)::float8 AS "parkedOldestSeconds",
         (SELECT extract(epoch FROM min(due_at) - clock_timestamp()) FROM parked_record
           WHERE consumer_group = $1 AND due_at IS NOT NULL)::float8 AS "parkedNextDueSeconds",
         (SELECT count(*) FROM (SELECT FROM inbox_message
                                 WHERE consumer_group = $1 AND state = 'claimed' AND unconfirmed > 0 LIMIT ${PARKED_COUNTED_MAX}) AS counted
         )::integer AS "claimsAmbiguous",
         (SELECT coalesce(json_object_agg(reason, letters), '{}')
            FROM (SELECT reason, count(*) AS letters
                    FROM (SELECT reason FROM dead_letter
                           WHERE consumer_group = $1 AND state = 'open' LIMIT ${PARKED_COUNTED_MAX}) AS open_letter
                   GROUP BY reason) AS by_reason) AS "deadLetters",
         extract(epoch FROM clock_timestamp())::float8 AS "databaseSeconds"`;

export interface NotHandled {
  readonly parkedRecords: number;
  readonly parkedKeys: number;
  /** Null when none is parked. */
  readonly parkedOldestSeconds: number | null;
  /** Negative when it is overdue; null when none is due. */
  readonly parkedNextDueSeconds: number | null;
  readonly claimsAmbiguous: number;
  /** Those that are open. */
  readonly deadLetters: Readonly<Partial<Record<DeadLetterReason, number>>>;
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
  readonly #dataSource: DataSource;

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    events: MessageEvents,
    consumer: Consumer,
    lag: ConsumerLag,
    relay: OutboxRelay,
    backlog: OutboxBacklog,
  ) {
    this.events = events;
    this.consumer = consumer;
    this.lag = lag;
    this.group = options.service;
    this.relay = relay;
    this.backlog = backlog;
    this.#dataSource = dataSource;
  }

  async notHandled(): Promise<NotHandled> {
    const query = queryOf(this.#dataSource);
    const [figures] = await query<NotHandled & { databaseSeconds: number }>(NOT_HANDLED, [this.group]);
    return { ...figures!, clockOffsetSeconds: Date.now() / 1_000 - figures!.databaseSeconds };
  }
}
