import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PARKED_AGE_WARNED, PARKED_COUNTED_MAX, PARKED_KEYS_WARNED, UNKNOWN_VERSION_WAIT_MS_MAX } from '../limits.ts';
import { queryOf } from '../database/query.ts';
import { formatDuration } from '../format-duration.ts';
import { groupOf, MESSAGING_OPTIONS } from '../options.ts';
import type { ConsumerOptions } from '../options.ts';
import { MessageEvents } from '../observe/message-events.ts';
import { countParked } from './count-parked.ts';

const EXPIRING = `
  SELECT count(*)::integer AS expiring
    FROM (SELECT FROM unnest($2::text[], $3::double precision[]) AS handler (event, age_max_ms)
            JOIN parked_record AS parked
              ON parked.consumer_group = $1 AND coalesce(parked.event, '') = handler.event
             AND parked.created_at < clock_timestamp() - ${PARKED_AGE_WARNED} * handler.age_max_ms * interval '1 millisecond'
           LIMIT ${PARKED_COUNTED_MAX}) AS counted`;

export interface ParkedFigures {
  /** Keys whose first record waits for its next attempt. Held ones are counted as dead letters. */
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

  constructor(@Inject(MESSAGING_OPTIONS) options: ConsumerOptions, dataSource: DataSource, events: MessageEvents) {
    this.#group = groupOf(options);
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
      const figures = await this.#read(ages);
      const hadWarnings = this.#warnings.length > 0;
      this.#warnings = describe(figures);
      if (this.#warnings.length > 0 && !hadWarnings) this.#events.emit('parking.warning', figures);
    } catch (error) {
      this.#logger.warn({ error: (error as Error).message }, 'parked records were not looked at this time');
    }
  }

  async #read(ages: ReadonlyMap<string, number>): Promise<ParkedFigures> {
    const query = queryOf(this.#dataSource);
    const { now, keys, unknownVersions, unknownVersionsSince, ambiguousClaims } = await countParked(query, this.#group);
    const byAge = [this.#group, [...ages.keys()], [...ages.values()]];
    const [{ expiring }] = (await query<{ expiring: number }>(EXPIRING, byAge)) as [{ expiring: number }];
    const unknownVersionForMs = unknownVersionsSince && now.getTime() - unknownVersionsSince.getTime();
    return { keys, expiring, unknownVersions, unknownVersionForMs, ambiguous: ambiguousClaims };
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
          `${atLeast(unknownVersions)} keys wait at a record whose version this service does not know, the first for ${formatDuration(unknownVersionForMs!)}; after ${formatDuration(UNKNOWN_VERSION_WAIT_MS_MAX)} it becomes a dead letter`,
        ]
      : []),
    ...(ambiguous > 0 ? [`${atLeast(ambiguous)} outside effects of unknown outcome have been tried again`] : []),
  ];
}

function atLeast(count: number): string {
  return count >= PARKED_COUNTED_MAX ? `at least ${PARKED_COUNTED_MAX}` : String(count);
}
