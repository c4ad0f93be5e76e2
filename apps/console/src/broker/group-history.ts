import type { GroupDescription } from '@event-bus/messaging-client/inspect';
import type { Group } from '../api.ts';
import { LAG_POINTS_MAX, REBALANCES_KEPT_MAX } from '../limits.ts';

type Rebalance = Group['rebalances'][number];

/** What the console has seen of the groups: their lag of the last minutes, changes of their state, and since when a member is there. */
export class GroupHistory {
  readonly #lags = new Map<string, number[]>();
  readonly #seen = new Map<string, { state: string; members: string }>();
  readonly #rebalances = new Map<string, Rebalance[]>();
  #membersSince = new Map<string, string>();
  #rounds = 0;

  add(groups: readonly GroupDescription[], at: string): void {
    const present = new Set<string>();
    for (const group of groups) {
      const totalName = lagName(group.group);
      this.#push(totalName, Number(group.lagRecords));
      present.add(totalName);
      for (const { topic, partition, lagRecords } of group.partitions) {
        const name = lagName(group.group, topic, partition);
        this.#push(name, Number(lagRecords));
        present.add(name);
      }
      this.#noteRebalance(group, at);
    }
    for (const name of this.#lags.keys()) if (!present.has(name)) this.#lags.delete(name);
    this.#noteMembers(groups, at);
    this.#rounds += 1;
  }

  /** A point a round, oldest first. */
  lagOf(group: string, topic?: string, partition?: number): readonly number[] {
    return this.#lags.get(lagName(group, topic, partition)) ?? [];
  }

  rebalancesOf(group: string): readonly Rebalance[] {
    return this.#rebalances.get(group) ?? [];
  }

  /** Null: it was there before the console was. */
  memberSince(memberId: string): string | null {
    return this.#membersSince.get(memberId) || null;
  }

  #push(name: string, lag: number): void {
    const points = this.#lags.get(name) ?? [];
    points.push(lag);
    if (points.length > LAG_POINTS_MAX) points.shift();
    this.#lags.set(name, points);
  }

  #noteRebalance({ group, state, members }: GroupDescription, at: string): void {
    const now = {
      state,
      members: (members ?? [])
        .map(({ memberId }) => memberId)
        .sort()
        .join(' '),
    };
    const before = this.#seen.get(group);
    this.#seen.set(group, now);
    if (before === undefined || (before.state === now.state && before.members === now.members)) return;
    const rebalances = this.#rebalances.get(group) ?? [];
    rebalances.unshift({ at, from: before.state, to: state, members: members?.length ?? null });
    this.#rebalances.set(group, rebalances.slice(0, REBALANCES_KEPT_MAX));
  }

  #noteMembers(groups: readonly GroupDescription[], at: string): void {
    const since = new Map<string, string>();
    for (const { memberId } of groups.flatMap(({ members }) => members ?? [])) {
      since.set(memberId, this.#membersSince.get(memberId) ?? (this.#rounds === 0 ? '' : at));
    }
    this.#membersSince = since;
  }
}

function lagName(group: string, topic?: string, partition?: number): string {
  return topic === undefined ? group : `${group}\n${topic}\n${partition}`;
}
