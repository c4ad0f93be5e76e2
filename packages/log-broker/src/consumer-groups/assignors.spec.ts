import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../turns.ts';
import { assignRanges, assignUniformly } from './assignors.ts';
import type { Assignor, Subscriber } from './assignors.ts';
import type { TargetPartitions } from './consumer-member.ts';

const PARTITIONS: Readonly<Record<string, number>> = { a: 4, b: 3, c: 7 };
const partitionsOf = (topicId: string) => PARTITIONS[topicId] ?? 0;

const subscriber = (id: string, topicIds: string[], before: TargetPartitions = new Map()): Subscriber => {
  return { id, topicIds, before };
};
const run = (assign: Assignor, ...subscribers: Subscriber[]) => atOnce(assign(subscribers, partitionsOf));
const sizes = (targets: Map<string, TargetPartitions>) =>
  [...targets.values()].map((target) => [...target.values()].flat().length).toSorted((one, other) => one - other);
const namesIn = (target: TargetPartitions | undefined) =>
  [...(target ?? [])].flatMap(([topicId, all]) => all.map((partition) => `${topicId}${partition}`)).toSorted();

describe('the uniform assignor', () => {
  it('gives each member as many partitions as the next, or one more', () => {
    const targets = run(assignUniformly, ...['1', '2', '3', '4'].map((id) => subscriber(id, ['a', 'b', 'c'])));
    expect(sizes(targets)).toEqual([3, 3, 4, 4]);
    expect([...targets.values()].flatMap(namesIn).toSorted()).toHaveLength(14);
  });

  it('leaves partitions where they are, but for those that a new member gets', () => {
    const topics = ['a', 'b', 'c'];
    const before = run(assignUniformly, subscriber('1', topics), subscriber('2', topics));
    const again = ['1', '2'].map((id) => subscriber(id, topics, before.get(id)));
    const after = run(assignUniformly, ...again, subscriber('3', topics));
    expect(sizes(after)).toEqual([4, 5, 5]);
    for (const id of ['1', '2']) {
      expect(namesIn(before.get(id))).toEqual(expect.arrayContaining(namesIn(after.get(id))));
    }
  });

  it('balances members with different subscriptions as far as these allow', () => {
    const targets = run(assignUniformly, subscriber('1', ['a', 'c']), subscriber('2', ['a']), subscriber('3', ['b']));
    expect(sizes(targets)).toEqual([3, 4, 7]);
    const subscribers = fc.array(fc.subarray(['a', 'b', 'c'], { minLength: 1 }), { minLength: 1, maxLength: 8 });
    const property = fc.property(subscribers, (all) => {
      const members = all.map((topicIds, at) => subscriber(String(at), topicIds));
      const assigned = run(assignUniformly, ...members);
      const names = [...assigned.values()].flatMap(namesIn);
      expect(new Set(names).size).toBe(names.length);
      const wanted = new Set(all.flat());
      expect(names.length).toBe([...wanted].reduce((sum, topic) => sum + partitionsOf(topic), 0));
      const countOf = ({ id }: Subscriber) => namesIn(assigned.get(id)).length;
      for (const one of members) {
        const own = [...(assigned.get(one.id)?.keys() ?? [])];
        const takers = members.filter(({ topicIds }) => own.some((topicId) => topicIds.includes(topicId)));
        for (const other of takers) expect(countOf(one) - countOf(other)).toBeLessThanOrEqual(1);
      }
    });
    fc.assert(property);
  });
});

describe('the range assignor', () => {
  it('gives each member a range of each topic, those with smaller ids the longer ones', () => {
    const targets = run(assignRanges, subscriber('2', ['a', 'b']), subscriber('1', ['a', 'b']), subscriber('3', ['b']));
    expect(namesIn(targets.get('1'))).toEqual(['a0', 'a1', 'b0']);
    expect(namesIn(targets.get('2'))).toEqual(['a2', 'a3', 'b1']);
    expect(namesIn(targets.get('3'))).toEqual(['b2']);
  });
});
