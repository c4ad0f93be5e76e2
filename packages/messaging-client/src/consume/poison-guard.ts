import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { backoffMs } from '../backoff.ts';
import { retryWhileUnavailable } from '../database/retry-while-unavailable.ts';
import { DATABASE_RETRY_MS, POISON_STARTS_MAX } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../options.ts';
import type { MessagingOptions } from '../options.ts';
import { hasEnded, InstanceLock } from '../database/instance-lock.ts';
import { queryOf } from '../database/query.ts';
import type { PartitionPlace } from '../kafka/driver.ts';
import { partitionName } from './held-partition.ts';
import type { ProcessOutcome } from './process-record.ts';

/** What is known of a partition whose last holder is gone without having given it back. */
export interface CrashTraces {
  /** Offsets whose attempt had started and not ended. */
  readonly suspects: ReadonlySet<string>;
}

export interface GuardedAttempt {
  readonly place: PartitionPlace;
  readonly offset: string;
  readonly isSuspect: boolean;
  readonly handle: () => Promise<ProcessOutcome>;
  readonly giveUp: (starts: number) => Promise<ProcessOutcome>;
}

const HELD_BY = `
  SELECT held_by FROM partition_holder WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3 FOR UPDATE`;

const HOLD = `
  INSERT INTO partition_holder (consumer_group, topic, "partition", held_by) VALUES ($1, $2, $3, $4)
  ON CONFLICT (consumer_group, topic, "partition") DO UPDATE SET held_by = excluded.held_by, since = clock_timestamp()`;

const SUSPECTS = `
  SELECT "offset" FROM started_attempt WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3`;

const GIVE_BACK = `
  WITH given AS (
    DELETE FROM partition_holder
     WHERE consumer_group = $1 AND (topic, "partition") IN (SELECT * FROM unnest($2::text[], $3::integer[])) AND held_by = $4
    RETURNING topic, "partition"
  )
  DELETE FROM started_attempt USING given
   WHERE consumer_group = $1 AND started_attempt.topic = given.topic AND started_attempt."partition" = given."partition"`;

const START = `
  INSERT INTO started_attempt (consumer_group, topic, "partition", "offset") VALUES ($1, $2, $3, $4)
  ON CONFLICT (consumer_group, topic, "partition", "offset")
    DO UPDATE SET starts = started_attempt.starts + 1, started_at = clock_timestamp()
  RETURNING starts`;

const END = `
  DELETE FROM started_attempt WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3 AND "offset" = $4`;

/**
 * Catches a record that ends the process which handles it, and would do so for ever.
 *
 * On the normal path nothing is counted. Only after a crash, which shows in a partition whose holder is gone, each attempt
 * is noted before it starts and struck out when it ends. Those that had started at a crash are suspects, and suspects
 * run one at a time: of the many that are at work, only the one that is to blame goes on collecting starts.
 */
@Injectable()
export class PoisonGuard {
  readonly #group: string;
  readonly #dataSource: DataSource;
  readonly #instanceLock: InstanceLock;
  /** Partitions whose former holder was gone. Joining the group anew does not undo that. */
  readonly #takenOver = new Set<string>();
  #lastSuspect: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(MESSAGING_OPTIONS) options: MessagingOptions,
    dataSource: DataSource,
    instanceLock: InstanceLock,
  ) {
    this.#group = options.service;
    this.#dataSource = dataSource;
    this.#instanceLock = instanceLock;
  }

  /** Puts a partition in this process's name. Tells what its last holder left, when that is gone without a word. */
  async take({ topic, partition }: PartitionPlace): Promise<CrashTraces | undefined> {
    const place = [this.#group, topic, partition];
    const name = partitionName({ topic, partition });
    return this.#dataSource.transaction(async (manager) => {
      const query = queryOf(manager);
      const [last] = await query<{ held_by: number }>(HELD_BY, place);
      await query(HOLD, [...place, this.#instanceLock.id]);
      if (last === undefined) return undefined;
      const isTakenOver =
        last.held_by === this.#instanceLock.id ? this.#takenOver.has(name) : await hasEnded(query, last.held_by);
      if (!isTakenOver) return undefined;
      this.#takenOver.add(name);
      const suspects = await query<{ offset: string }>(SUSPECTS, place);
      return { suspects: new Set(suspects.map(({ offset }) => offset)) };
    });
  }

  /** Whatever happens to this process from now on, these partitions are not to blame. */
  async giveBack(places: readonly PartitionPlace[]): Promise<void> {
    if (places.length === 0) return;
    await this.#dataSource.query(GIVE_BACK, [
      this.#group,
      places.map(({ topic }) => topic),
      places.map(({ partition }) => partition),
      this.#instanceLock.id,
    ]);
  }

  /** Runs an attempt with its start on record; one that has started too often without an end is given up instead. */
  async run(attempt: GuardedAttempt): Promise<ProcessOutcome> {
    if (!attempt.isSuspect) return this.#run(attempt);
    const turn = this.#lastSuspect.then(async () => this.#run(attempt));
    this.#lastSuspect = turn;
    return turn;
  }

  async #run({ place: { topic, partition }, offset, handle, giveUp }: GuardedAttempt): Promise<ProcessOutcome> {
    const record = [this.#group, topic, partition, offset];
    let starts: number;
    try {
      const rows: Array<{ starts: number }> = await this.#dataSource.query(START, record);
      starts = rows[0]!.starts;
    } catch {
      // It may have been counted, only the answer is lost.
      await this.#strikeOut(record);
      return { retryInMs: backoffMs(1, DATABASE_RETRY_MS) };
    }
    const outcome = starts > POISON_STARTS_MAX ? await giveUp(starts - 1) : await handle();
    await this.#strikeOut(record);
    return outcome;
  }

  /**
   * This process goes on living. That is said for as long as the database is away: a start that stays on record counts as
   * the end of a process, and a few outages would make a poison of an innocent record.
   */
  async #strikeOut(record: readonly (string | number)[]): Promise<void> {
    try {
      await retryWhileUnavailable(this.#dataSource, async () => this.#dataSource.query(END, [...record]));
    } catch {
      // This process is being stopped. One start too many on record does not make a poison.
    }
  }
}
