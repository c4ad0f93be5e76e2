import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PARKED_AGE_WARNED, PARKED_COUNTED_MAX, PARKED_KEYS_WARNED, UNKNOWN_VERSION_WAIT_MS_MAX } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { MessageEvents } from '../observe/message-events.ts';

/** Bounded counts. Held lanes have no due head; their dead letters are counted where dead letters are. */
const LOOK = `
  SELECT (SELECT count(*) FROM (SELECT FROM parked_record
                                 WHERE consumer_group = $1 AND due_at IS NOT NULL LIMIT ${PARKED_COUNTED_MAX}) AS counted
         )::integer AS keys,
         (SELECT count(*) FROM (SELECT FROM parked_record
                                 WHERE consumer_group = $1 AND error_code = 'EVENT_VERSION_UNKNOWN' LIMIT ${PARKED_COUNTED_MAX}) AS counted
         )::integer AS "unknownVersions",
         (SELECT extract(epoch FROM clock_timestamp() - min(created_at)) * 1000 FROM parked_record
           WHERE consumer_group = $1 AND error_code = 'EVENT_VERSION_UNKNOWN')::float8 AS "unknownVersionForMs",
         (SELECT count(*) FROM (SELECT FROM inbox_message
                                 WHERE consumer_group = $1 AND state = 'claimed' AND unconfirmed > 0 LIMIT ${PARKED_COUNTED_MAX}) AS counted
         )::integer AS ambiguous,
         (SELECT count(*) FROM (
            SELECT FROM unnest($2::text[], $3::double precision[]) AS handler (event, age_max_ms)
              JOIN parked_record AS parked
                ON parked.consumer_group = $1 AND coalesce(parked.event, '') = handler.event
               AND parked.created_at < clock_timestamp() - ${PARKED_AGE_WARNED} * handler.age_max_ms * interval '1 millisecond'
             LIMIT ${PARKED_COUNTED_MAX}) AS counted
         )::integer AS expiring`;

export interface ParkedFigures {
  /** Keys whose first record waits for its next attempt. */
  readonly keys: number;
  /** Records that will soon have waited for as long as their handlers allow. */
  readonly expiring: number;
  /** Keys whose first record has a newer version than this service knows. */
  readonly unknownVersions: number;
  /** For how long the first of them has been parked; null when there is none. */
  readonly unknownVersionForMs: number | null;
  /** Outside effects of unknown outcome, on their second attempt or a later one. */
  readonly ambiguous: number;
}

/** Looks now and then at what is parked, for an operator: readiness, an event, a log line. */
@Injectable()
export class ParkedWatch {
  readonly #logger = new Logger('Parking');
  readonly #group: string;
  readonly #dataSource: DataSource;
  readonly #events: MessageEvents;
  #warnings: readonly string[] = [];

  constructor(@Inject(MESSAGING_OPTIONS) options: MessagingOptions, dataSource: DataSource, events: MessageEvents) {
    this.#group = options.service;
    this.#dataSource = dataSource;
    this.#events = events;
  }

  /** What an operator should look at, a sentence each. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** `ages`: how long records of each event may wait. */
  async look(ages: ReadonlyMap<string, number>): Promise<void> {
    try {
      const [figures]: [ParkedFigures] = await this.#dataSource.query(LOOK, [
        this.#group,
        [...ages.keys()],
        [...ages.values()],
      ]);
      const hadWarnings = this.#warnings.length > 0;
      this.#warnings = describe(figures);
      if (this.#warnings.length > 0 && !hadWarnings) this.#events.emit('parking.warning', figures);
    } catch (error) {
      this.#logger.warn({ error: (error as Error).message }, 'parked records were not looked at this time');
    }
  }
}

function describe({ keys, expiring, unknownVersions, unknownVersionForMs, ambiguous }: ParkedFigures): string[] {
  const percent = PARKED_AGE_WARNED * 100;
  return [
    ...(keys >= PARKED_KEYS_WARNED ? [`${atLeast(keys)} keys are parked`] : []),
    ...(expiring > 0
      ? [
          `${atLeast(expiring)} parked records have waited for over ${percent} % of the age at which they become dead letters`,
        ]
      : []),
    ...(unknownVersions > 0
      ? [
          `${atLeast(unknownVersions)} keys wait at a record whose version this service does not know, the first for ${hours(unknownVersionForMs!)}; after ${hours(UNKNOWN_VERSION_WAIT_MS_MAX)} it becomes a dead letter`,
        ]
      : []),
    ...(ambiguous > 0 ? [`${atLeast(ambiguous)} outside effects of unknown outcome have been tried again`] : []),
  ];
}

function hours(milliseconds: number): string {
  return `${Math.floor(milliseconds / 3_600_000)} h`;
}

function atLeast(count: number): string {
  return count >= PARKED_COUNTED_MAX ? `at least ${PARKED_COUNTED_MAX}` : String(count);
}
