import type { GroupDescription } from '@event-bus/messaging-client/inspect';
import { expect, it } from 'vitest';
import { LAG_POINTS_MAX, REBALANCES_KEPT_MAX } from '../limits.ts';
import { GroupHistory } from './group-history.ts';

function groupOf(state: string, members: string[], lag: bigint): GroupDescription {
  const partition = { topic: 'member', partition: 0, committed: 0n, first: 0n, next: lag, skippedRecords: 0n };
  return {
    group: 'mail-service',
    state,
    members: members.map((memberId) => ({ memberId, clientId: 'mail', host: '/127.0.0.1', partitions: [] })),
    lagRecords: lag,
    lagSeconds: 0,
    skippedRecords: 0n,
    partitions: [{ ...partition, lagRecords: lag, lagSeconds: 0 }],
  };
}

it('the lag of a group and of each partition is kept for the last minutes', () => {
  const history = new GroupHistory();
  for (let lag = 0; lag < LAG_POINTS_MAX + 2; lag += 1) history.add([groupOf('Stable', ['a'], BigInt(lag))], 'now');
  expect(history.lagOf('mail-service')).toHaveLength(LAG_POINTS_MAX);
  expect(history.lagOf('mail-service', 'member', 0).slice(0, 2)).toEqual([2, 3]);
  history.add([], 'later');
  expect(history.lagOf('mail-service')).toEqual([]);
});

it('a change of state or of members is a rebalance, newest first', () => {
  const history = new GroupHistory();
  history.add([groupOf('Stable', ['a'], 0n)], '1');
  history.add([groupOf('Stable', ['a'], 5n)], '2');
  expect(history.rebalancesOf('mail-service')).toEqual([]);
  history.add([groupOf('PreparingRebalance', ['a'], 0n)], '3');
  history.add([groupOf('Stable', ['a', 'b'], 0n)], '4');
  expect(history.rebalancesOf('mail-service')).toEqual([
    { at: '4', from: 'PreparingRebalance', to: 'Stable', members: 2 },
    { at: '3', from: 'Stable', to: 'PreparingRebalance', members: 1 },
  ]);
  for (let n = 0; n < REBALANCES_KEPT_MAX; n += 1) history.add([groupOf(n % 2 ? 'Stable' : 'Empty', [], 0n)], '5');
  expect(history.rebalancesOf('mail-service')).toHaveLength(REBALANCES_KEPT_MAX);
});

it('since when a member is there is known of those that came while the console runs', () => {
  const history = new GroupHistory();
  history.add([groupOf('Stable', ['a'], 0n)], '1');
  history.add([groupOf('Stable', ['a', 'b'], 0n)], '2');
  history.add([groupOf('Stable', ['a', 'b'], 0n)], '3');
  expect([history.memberSince('a'), history.memberSince('b'), history.memberSince('c')]).toEqual([null, '2', null]);
});
