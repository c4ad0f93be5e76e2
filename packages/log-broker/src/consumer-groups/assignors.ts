import type { Steps } from '../turns.ts';
import type { TargetPartitions } from './consumer-member.ts';

// How the broker shares partitions among the members of a group. Both are Kafka's: `uniform` gives each member as many as
// any other and moves few of them; `range` gives each member a range of every topic, so that partitions with the same
// number in several topics have the same member.

/** A member, as an assignor sees it. */
export interface Subscriber {
  readonly id: string;
  /** Ids of the topics that it subscribes to and that exist, in order. */
  readonly topicIds: readonly string[];
  /** What it was to have before. */
  readonly before: TargetPartitions;
}

export type Assignor = (
  subscribers: readonly Subscriber[],
  partitionsOf: (topicId: string) => number,
) => Steps<Map<string, TargetPartitions>>;

export const ASSIGNORS: Readonly<Record<string, Assignor | undefined>> = {
  uniform: assignUniformly,
  range: assignRanges,
};

export const DEFAULT_ASSIGNOR = 'uniform';

/** Partitions of a member while they are being shared. */
class Share {
  readonly subscriber: Subscriber;
  readonly topicIds: ReadonlySet<string>;
  readonly partitions: (readonly [topicId: string, partition: number])[] = [];

  constructor(subscriber: Subscriber) {
    this.subscriber = subscriber;
    this.topicIds = new Set(subscriber.topicIds);
  }
}

export function* assignUniformly(
  subscribers: readonly Subscriber[],
  partitionsOf: (topicId: string) => number,
): Steps<Map<string, TargetPartitions>> {
  const shares = subscribers.map((subscriber) => new Share(subscriber));
  const free = yield* freePartitions(shares, partitionsOf);
  if (yield* haveSameTopics(subscribers)) yield* shareEqually(shares, free);
  else yield* shareBySubscription(shares, free);
  const targets = new Map<string, TargetPartitions>();
  for (const { subscriber, partitions } of shares) {
    targets.set(subscriber.id, byTopic(partitions));
    yield;
  }
  return targets;
}

function* haveSameTopics(subscribers: readonly Subscriber[]): Steps<boolean> {
  const first = subscribers[0]?.topicIds ?? [];
  for (const { topicIds } of subscribers) {
    const isSame = topicIds.length === first.length && topicIds.every((topicId, at) => topicId === first[at]);
    if (!isSame) return false;
    yield;
  }
  return true;
}

/** Partitions that have no valid owner. The others are put into the shares of their owners. */
function* freePartitions(
  shares: readonly Share[],
  partitionsOf: (topicId: string) => number,
): Steps<Map<string, Set<number>>> {
  const free = new Map<string, Set<number>>();
  for (const { subscriber } of shares) {
    for (const topicId of subscriber.topicIds) {
      if (!free.has(topicId)) free.set(topicId, new Set(numbers(0, partitionsOf(topicId))));
    }
    yield;
  }
  for (const { subscriber, topicIds, partitions } of shares) {
    for (const [topicId, before] of subscriber.before) {
      if (!topicIds.has(topicId)) continue;
      for (const partition of before) if (free.get(topicId)?.delete(partition)) partitions.push([topicId, partition]);
    }
    yield;
  }
  return free;
}

/** All members subscribe to the same topics: each gets as many as the next, or one more. */
function* shareEqually(shares: readonly Share[], free: ReadonlyMap<string, ReadonlySet<number>>): Steps<void> {
  let total = 0;
  for (const { partitions } of shares) total += partitions.length;
  for (const partitions of free.values()) total += partitions.size;
  const least = Math.floor(total / shares.length);
  let extra = total - least * shares.length;
  const left = flat(free);
  const quotas = new Map<Share, number>();
  // Those that have more already keep one more.
  for (const share of shares) {
    const keepsMore = share.partitions.length > least && extra > 0;
    if (keepsMore) extra--;
    const quota = least + (keepsMore ? 1 : 0);
    quotas.set(share, quota);
    left.push(...share.partitions.splice(quota));
    yield;
  }
  for (const share of shares) {
    let quota = quotas.get(share) ?? 0;
    if (quota === least && extra > 0) {
      quota++;
      extra--;
    }
    while (share.partitions.length < quota) {
      const next = left.pop();
      if (!next) break;
      share.partitions.push(next);
    }
    yield;
  }
}

/**
 * Members subscribe to different topics: each free partition goes to the subscriber with the fewest, those of topics with few
 * subscribers first. Then partitions move from members with many to members with few, until none has two more than another that
 * could have one of its.
 */
function* shareBySubscription(shares: readonly Share[], free: ReadonlyMap<string, ReadonlySet<number>>): Steps<void> {
  const subscribersOf = new Map<string, Share[]>();
  for (const share of shares) {
    for (const topicId of share.topicIds) {
      const known = subscribersOf.get(topicId);
      if (known) known.push(share);
      else subscribersOf.set(topicId, [share]);
    }
    yield;
  }
  const fewest = (topicId: string) => {
    let found: Share | undefined;
    for (const share of subscribersOf.get(topicId) ?? []) {
      if (!found || share.partitions.length < found.partitions.length) found = share;
    }
    return found;
  };
  const subscribers = (topicId: string) => subscribersOf.get(topicId)?.length ?? 0;
  const ordered = [...free].sort(([one], [other]) => subscribers(one) - subscribers(other));
  for (const [topicId, partitions] of ordered) {
    for (const partition of partitions) {
      fewest(topicId)?.partitions.push([topicId, partition]);
      yield;
    }
  }

  let hasMoved = true;
  while (hasMoved) {
    hasMoved = false;
    for (const share of shares) {
      for (let at = share.partitions.length - 1; at >= 0; at--) {
        yield;
        const each = share.partitions[at];
        const other = each && fewest(each[0]);
        if (!other || other.partitions.length + 1 >= share.partitions.length) continue;
        share.partitions.splice(at, 1);
        other.partitions.push(each);
        hasMoved = true;
      }
    }
  }
}

export function* assignRanges(
  subscribers: readonly Subscriber[],
  partitionsOf: (topicId: string) => number,
): Steps<Map<string, TargetPartitions>> {
  const targets = new Map<string, Map<string, number[]>>(subscribers.map(({ id }) => [id, new Map()]));
  const subscribersOf = new Map<string, string[]>();
  for (const { id, topicIds } of subscribers.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    for (const topicId of topicIds) {
      const known = subscribersOf.get(topicId);
      if (known) known.push(id);
      else subscribersOf.set(topicId, [id]);
    }
    yield;
  }
  for (const [topicId, ids] of subscribersOf) {
    const count = partitionsOf(topicId);
    const least = Math.floor(count / ids.length);
    const extra = count - least * ids.length;
    let from = 0;
    for (const [at, id] of ids.entries()) {
      const to = from + least + (at < extra ? 1 : 0);
      if (to > from) targets.get(id)?.set(topicId, numbers(from, to));
      from = to;
      yield;
    }
  }
  return targets;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** In reverse order, so that `pop` takes the first. */
function flat(partitions: ReadonlyMap<string, ReadonlySet<number>>): (readonly [topicId: string, partition: number])[] {
  return [...partitions]
    .flatMap(([topicId, all]) => [...all].map((partition) => [topicId, partition] as const))
    .toReversed();
}

function byTopic(partitions: readonly (readonly [topicId: string, partition: number])[]): TargetPartitions {
  const topics = new Map<string, number[]>();
  for (const [topicId, partition] of partitions) {
    const known = topics.get(topicId);
    if (known) known.push(partition);
    else topics.set(topicId, [partition]);
  }
  for (const all of topics.values()) all.sort((one, other) => one - other);
  return topics;
}
