import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { hasEnded, InstanceLock } from '../database/instance-lock.ts';
import { queryOf } from '../database/query.ts';
import type { PartitionPlace } from '../kafka/driver.ts';
import { groupOf, MESSAGING_OPTIONS } from '../options.ts';
import type { ConsumerOptions } from '../options.ts';
import { partitionName } from './held-partition.ts';
import type { CrashTraces } from './held-partition.ts';

const HELD_BY = `
  SELECT held_by FROM partition_holder WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3 FOR UPDATE`;

const HOLD = `
  INSERT INTO partition_holder (consumer_group, topic, "partition", held_by) VALUES ($1, $2, $3, $4)
  ON CONFLICT (consumer_group, topic, "partition") DO UPDATE SET held_by = excluded.held_by, since = clock_timestamp()`;

const SUSPECTS = `
  SELECT "offset" FROM started_attempt WHERE consumer_group = $1 AND topic = $2 AND "partition" = $3`;

const RELEASE = `
  WITH given AS (
    DELETE FROM partition_holder
     WHERE consumer_group = $1 AND (topic, "partition") IN (SELECT * FROM unnest($2::text[], $3::integer[])) AND held_by = $4
    RETURNING topic, "partition"
  )
  DELETE FROM started_attempt USING given
   WHERE consumer_group = $1 AND started_attempt.topic = given.topic AND started_attempt."partition" = given."partition"`;

/** Which process holds a partition, on record in the database: so a crash of the last holder shows to the next one. */
@Injectable()
export class PartitionHolders {
  readonly #group: string;
  readonly #dataSource: DataSource;
  readonly #instanceLock: InstanceLock;
  /** Partitions whose former holder had crashed. Joining the group again does not undo that. */
  readonly #takenOver = new Set<string>();

  constructor(@Inject(MESSAGING_OPTIONS) options: ConsumerOptions, dataSource: DataSource, instanceLock: InstanceLock) {
    this.#group = groupOf(options);
    this.#dataSource = dataSource;
    this.#instanceLock = instanceLock;
  }

  /** Puts a partition in this process's name. @returns what its last holder left, if that crashed */
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
  async release(places: readonly PartitionPlace[]): Promise<void> {
    if (places.length === 0) return;
    await this.#dataSource.query(RELEASE, [
      this.#group,
      places.map(({ topic }) => topic),
      places.map(({ partition }) => partition),
      this.#instanceLock.id,
    ]);
  }
}
