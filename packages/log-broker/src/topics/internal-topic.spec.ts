import { expect, it } from 'vitest';
import { brokerInMemory } from '../../test/broker-in-memory.ts';
import type { Broker } from '../broker.ts';
import { offsetRecord } from '../groups/group-records.ts';
import { retain } from '../maintenance.ts';
import { MemoryFileSystem } from '../storage/memory-with-faults.ts';
import { encodeBatch } from '../wire/record-batch.ts';
import { INTERNAL_CONFIGS, OFFSETS_TOPIC } from './topic-registry.ts';

const committed = (offset: number) => ({ offset, leaderEpoch: -1, metadata: '', committedAt: Date.now() });

function bytesOf(broker: Broker): number {
  return broker.topics.get(OFFSETS_TOPIC)?.partitions.reduce((sum, log) => sum + log.sizeBytes, 0) ?? 0;
}

it('a topic of the broker is compacted as any other, and has the same content after a restart', async () => {
  const files = new MemoryFileSystem();
  const broker = brokerInMemory(files, { offsetsSegmentBytes: 1_000 });
  for (let offset = 1; offset <= 1_000; offset++) {
    broker.groups.commit('often', [{ topic: 't', partition: 0, ...committed(offset) }]);
  }
  broker.groups.commit('once', [{ topic: 't', partition: 0, ...committed(7) }]);
  const before = bytesOf(broker);
  await broker.cleaner.cleanAll();
  expect(bytesOf(broker)).toBeLessThan(before / 20);
  const later = brokerInMemory(files.afterKill());
  expect(later.groups.offsets.get('often', 't', 0)?.offset).toBe(1_000);
  expect(later.groups.offsets.get('once', 't', 0)?.offset).toBe(7);
});

it('what another broker has written to later partitions is moved to the first one', async () => {
  const files = new MemoryFileSystem();
  const first = brokerInMemory(files);
  const topic = first.topics.createNow(OFFSETS_TOPIC, 3, INTERNAL_CONFIGS);
  const records = [offsetRecord('theirs', 't', 0, committed(5))];
  topic.partitions[2]?.append(encodeBatch({ records, timestamp: Date.now() }));
  const broker = brokerInMemory(files.afterKill());
  await retain(broker);
  const [kept, ...others] = broker.topics.get(OFFSETS_TOPIC)?.partitions ?? [];
  expect(kept?.nextOffset).toBe(1);
  expect(others.map(({ startOffset, nextOffset }) => nextOffset - startOffset)).toEqual([0, 0]);
  const end = kept?.nextOffset;
  await retain(broker);
  expect(kept?.nextOffset).toBe(end);
  expect(brokerInMemory(files.afterKill()).groups.offsets.get('theirs', 't', 0)?.offset).toBe(5);
});
