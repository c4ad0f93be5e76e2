import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EventHeaders } from '../envelope/decode-record.ts';
import { printable } from '../envelope/printable.ts';
import { messageOf } from '../envelope/stored-record.ts';
import type { StoredHeaders } from '../envelope/stored-record.ts';
import { CallBatcher } from '../database/call-batcher.ts';
import { MessagingError } from '../errors.ts';
import type { MessagingErrorCode } from '../errors.ts';
import type { KafkaRecord } from '../kafka/driver.ts';
import { PARKED_KEYS_PER_QUERY_MAX } from '../limits.ts';
import { groupOf, MESSAGING_OPTIONS } from '../options.ts';
import type { ConsumerOptions } from '../options.ts';
import { queryOf } from '../database/query.ts';
import type { Query } from '../database/query.ts';
import { IN_LANE, laneHashOf, lockLane, valuesOf } from './lane.ts';
import type { Lane } from './lane.ts';
import type { NotedAttempt } from './noted-attempt.ts';
import { parkRecord } from './park-record.ts';
import { settleLane } from './settle-lane.ts';

export interface PartitionRecord {
  readonly topic: string;
  readonly partition: number;
  readonly message: KafkaRecord;
}

/** A failed attempt, and when the next one is due. */
export interface FailedTry {
  readonly attempts: number;
  readonly failures: number;
  readonly dueInMs: number;
  readonly error: Error;
  readonly history: readonly NotedAttempt[];
}

/** The first record of a parked lane. */
export interface ParkedHead extends PartitionRecord {
  readonly id: string;
  /** Its event's name, where it is one. */
  readonly event: string | null;
  readonly attempts: number;
  readonly failures: number;
  readonly redrives: number;
  /** Newest last. */
  readonly history: readonly NotedAttempt[];
  /** For how long it has waited in the database. */
  readonly parkedForMs: number;
}

/** What is known of a parked lane: its head, whether that is due or held by a dead letter, and whether the lane is parked at all. */
export interface LaneState {
  readonly head: ParkedHead | undefined;
  readonly isDue: boolean;
  readonly isHeld: boolean;
  readonly parked: boolean;
}

const TRY_LATER = `
  UPDATE parked_record
     SET attempts = $2, failures = $3, error = $5, error_code = $6, history = $7,
         due_at = clock_timestamp() + $4::double precision * interval '1 millisecond'
   WHERE id = $1`;

/** One statement, so that a redrive in between cannot make a parked lane look free. */
const LOOK = `
  SELECT head.*, head.due_at <= clock_timestamp() AS due, hold.is_held
    FROM (SELECT EXISTS (SELECT 1 FROM dead_letter
                          WHERE ${IN_LANE} AND state = 'open' AND policy = 'hold') AS is_held) AS hold
    LEFT JOIN LATERAL (
      SELECT id, "offset", extract(epoch FROM recorded_at) * 1000 AS recorded_at_ms, key, value, headers, event, attempts, failures,
             redrives, history, due_at, extract(epoch FROM clock_timestamp() - created_at) * 1000 AS parked_for_ms
        FROM parked_record WHERE ${IN_LANE} ORDER BY "offset", id LIMIT 1) AS head ON true`;

const PARKED_KEYS = `
  SELECT key FROM (
    SELECT DISTINCT ON (lane) key FROM parked_record
     WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3
    UNION ALL
    SELECT key FROM dead_letter
     WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3 AND state = 'open' AND policy = 'hold'
  ) AS lanes LIMIT $4`;

const PARKED_AMONG = `
  SELECT nr::integer FROM unnest($2::text[], $3::integer[], $4::bytea[]) WITH ORDINALITY AS asked (topic, "partition", lane, nr)
   WHERE EXISTS (SELECT FROM parked_record AS parked
                  WHERE parked.consumer_group = $1 AND parked.topic = asked.topic AND parked."partition" = asked."partition"
                    AND parked.lane = asked.lane)
      OR EXISTS (SELECT FROM dead_letter AS letter
                  WHERE letter.consumer_group = $1 AND letter.topic = asked.topic AND letter."partition" = asked."partition"
                    AND letter.lane = asked.lane AND letter.state = 'open' AND letter.policy = 'hold')`;

const DUE_LANES = `
  SELECT topic, "partition", key FROM parked_record
   WHERE consumer_group = $1 AND due_at <= clock_timestamp()
     AND (topic, "partition") IN (SELECT * FROM unnest($2::text[], $3::integer[]))
   ORDER BY due_at LIMIT $4`;

/** Lanes that a dead letter holds, whose first record has waited for longer than its handler allows. */
const EXPIRED_LANES = `
  SELECT DISTINCT topic, "partition", key FROM (
    SELECT parked.topic, parked."partition", parked.key
      FROM unnest($2::text[], $3::double precision[]) AS handler (event, age_max_ms)
      JOIN parked_record AS parked
        ON parked.consumer_group = $1 AND coalesce(parked.event, '') = handler.event
       AND parked.created_at < clock_timestamp() - handler.age_max_ms * interval '1 millisecond'
     WHERE parked.due_at IS NULL
       AND (parked.topic, parked."partition") IN (SELECT * FROM unnest($4::text[], $5::integer[]))
       AND NOT EXISTS (SELECT FROM parked_record AS head
                        WHERE head.consumer_group = $1 AND head.topic = parked.topic AND head."partition" = parked."partition"
                          AND head.lane = parked.lane AND head.due_at IS NOT NULL)
     LIMIT $6) AS expired`;

/** The table of records that wait for their next attempt, as the consumer uses it. */
@Injectable()
export class ParkedRecords {
  readonly #group: string;
  readonly #dataSource: DataSource;
  readonly #asked: CallBatcher<PartitionRecord, boolean>;

  constructor(@Inject(MESSAGING_OPTIONS) options: ConsumerOptions, dataSource: DataSource) {
    this.#group = groupOf(options);
    this.#dataSource = dataSource;
    this.#asked = new CallBatcher(PARKED_KEYS_PER_QUERY_MAX, async (records) => this.#whichAreParked(records));
  }

  laneOf({ topic, partition, message }: PartitionRecord): Lane {
    return { group: this.#group, topic, partition, key: message.key };
  }

  /**
   * Parks a record that failed, or without `failed` one whose key is parked. A record that is parked already stays as
   * it is: an instance that lost the partition may come late with it.
   */
  async park(record: PartitionRecord, event: EventHeaders | undefined, failed?: FailedTry): Promise<void> {
    const parking =
      failed === undefined
        ? { attempts: 0, failures: 0, dueInMs: 0, error: null }
        : { ...failed, error: printable(failed.error.message), errorCode: codeOf(failed.error) };
    await this.#dataSource.transaction(async (manager) =>
      parkRecord(queryOf(manager), this.laneOf(record), record.message, event, parking),
    );
  }

  async tryLater({ id }: ParkedHead, { attempts, failures, dueInMs, error, history }: FailedTry): Promise<void> {
    await this.#dataSource.query(TRY_LATER, [
      id,
      attempts,
      failures,
      dueInMs,
      printable(error.message),
      codeOf(error),
      JSON.stringify(history),
    ]);
  }

  /** Takes a record out of its lane, whose next one is then due. To be called last in the transaction of its effects. */
  async finish(query: Query, head: ParkedHead): Promise<void> {
    const lane = this.laneOf(head);
    await lockLane(query, lane);
    await query(`DELETE FROM parked_record WHERE id = $1`, [head.id]);
    await settleLane(query, lane);
  }

  async look(lane: Lane): Promise<LaneState> {
    const rows: Array<HeadRow | NoHead> = await this.#dataSource.query(LOOK, valuesOf(lane));
    const head = rows[0]!;
    if (head.id === null) return { head: undefined, isDue: false, isHeld: false, parked: head.is_held };
    return { head: headOf(lane, head), isDue: head.due === true, isHeld: head.due === null, parked: true };
  }

  /** Whether records wait in a lane, or a dead letter holds it. Asked for many lanes at once. */
  async isParked(record: PartitionRecord): Promise<boolean> {
    return this.#asked.add(record);
  }

  /**
   * A key for each lane of a partition in which records wait, or which a dead letter holds; undefined when there are more
   * than `max`.
   */
  async parkedKeys(topic: string, partition: number, max: number): Promise<Array<Buffer | null> | undefined> {
    const rows: Array<{ key: Buffer | null }> = await this.#dataSource.query(PARKED_KEYS, [
      this.#group,
      topic,
      partition,
      max + 1,
    ]);
    return rows.length > max ? undefined : rows.map(({ key }) => key);
  }

  /** Lanes that a dead letter holds and whose first record is too old to wait for an operator. */
  async expiredLanes(
    places: ReadonlyArray<{ topic: string; partition: number }>,
    ages: ReadonlyMap<string, number>,
    limit: number,
  ): Promise<Lane[]> {
    const rows: Array<Omit<Lane, 'group'>> = await this.#dataSource.query(EXPIRED_LANES, [
      this.#group,
      [...ages.keys()],
      [...ages.values()],
      places.map(({ topic }) => topic),
      places.map(({ partition }) => partition),
      limit,
    ]);
    return rows.map((row) => ({ group: this.#group, ...row }));
  }

  /** Lanes whose head is due, the longest waiting first. */
  async dueLanes(places: ReadonlyArray<{ topic: string; partition: number }>, limit: number): Promise<Lane[]> {
    const rows: Array<Omit<Lane, 'group'>> = await this.#dataSource.query(DUE_LANES, [
      this.#group,
      places.map(({ topic }) => topic),
      places.map(({ partition }) => partition),
      limit,
    ]);
    return rows.map((row) => ({ group: this.#group, ...row }));
  }

  async #whichAreParked(records: readonly PartitionRecord[]): Promise<boolean[]> {
    const rows: Array<{ nr: number }> = await this.#dataSource.query(PARKED_AMONG, [
      this.#group,
      records.map(({ topic }) => topic),
      records.map(({ partition }) => partition),
      records.map(({ message }) => laneHashOf(message.key)),
    ]);
    const parked = new Set(rows.map(({ nr }) => nr));
    return records.map((_, index) => parked.has(index + 1));
  }
}

function codeOf(error: Error): MessagingErrorCode | null {
  return error instanceof MessagingError ? error.code : null;
}

interface NoHead {
  id: null;
  is_held: boolean;
}

interface HeadRow {
  id: string;
  offset: string;
  recorded_at_ms: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: StoredHeaders;
  event: string | null;
  attempts: number;
  failures: number;
  redrives: number;
  history: readonly NotedAttempt[];
  parked_for_ms: string;
  due: boolean | null;
}

function headOf({ topic, partition }: Lane, row: HeadRow): ParkedHead {
  const { id, event, attempts, failures, redrives, history } = row;
  const message = messageOf({ ...row, recordedAtMs: Math.round(Number(row.recorded_at_ms)) });
  return {
    id,
    event,
    topic,
    partition,
    message,
    attempts,
    failures,
    redrives,
    history,
    parkedForMs: Number(row.parked_for_ms),
  };
}
