import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import type { InstanceLock } from '../database/instance-lock.ts';
import type { MessagingOptions } from '../options.ts';
import { PartitionHolders } from './partition-holders.ts';

const START = `INSERT INTO started_attempt (consumer_group, topic, "partition", "offset") VALUES ('listener', 'member', 0, 7)`;

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());
beforeEach(async () => {
  await dataSource.query('DELETE FROM started_attempt');
  await dataSource.query('DELETE FROM partition_holder');
});

/** Of a process whose lock is free: to others it has ended. */
const holdersOf = (id: number): PartitionHolders =>
  new PartitionHolders({ service: 'listener' } as MessagingOptions, dataSource, { id } as InstanceLock);

test('a process that takes many partitions at the same time finds for each that its holder has crashed', async () => {
  const places = Array.from({ length: 8 }, (_, partition) => ({ topic: 'member', partition }));
  const crashed = holdersOf(2);
  for (const place of places) await crashed.take(place);

  const next = holdersOf(1);
  const traces = await Promise.all(places.map(async (place) => next.take(place)));
  expect(traces).toEqual(places.map(() => ({ suspects: new Set() })));
});

test('a process that took over from one that crashed recovers again when it joins its group again', async () => {
  const place = { topic: 'member', partition: 0 };
  const first = holdersOf(1);
  expect(await first.take(place)).toBeUndefined();
  expect(await first.take(place)).toBeUndefined();
  await dataSource.query(START);

  const second = holdersOf(2);
  expect(await second.take(place)).toEqual({ suspects: new Set(['7']) });
  expect(await second.take(place)).toEqual({ suspects: new Set(['7']) });
  await second.release([place]);
  expect(await second.take(place)).toBeUndefined();
});
