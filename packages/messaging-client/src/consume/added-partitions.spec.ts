import { expect, it } from 'vitest';
import { MessageEvents } from '../observe/message-events.ts';
import { AddedPartitions } from './added-partitions.ts';

const MEMBER = { name: 'member', partitions: 3, retentionMs: 1_000 };
const assigned = (...partitions: number[]) => partitions.map((partition) => ({ topic: 'member', partition }));

it('partitions beyond the definition are reported once, and again when there are more', () => {
  const events = new MessageEvents();
  const reported: number[] = [];
  events.on('topic.partitions-added', ({ found }) => reported.push(found));
  const added = new AddedPartitions(events);

  added.look([MEMBER], assigned(0, 2));
  expect(reported).toEqual([]);
  expect(added.warnings()).toEqual([]);

  added.look([MEMBER], assigned(1, 5));
  added.look([MEMBER], assigned(5));
  added.look([MEMBER], assigned(6));
  expect(reported).toEqual([6, 7]);
  expect(added.warnings()).toEqual([
    expect.stringContaining('member has at least 7 partitions, its definition says 3;'),
  ]);
});
