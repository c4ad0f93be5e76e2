import { has, hasAny, NO_PARTITIONS } from './consumer-member.ts';
import type { ConsumerMember, OwnedPartitions, ReportedPartitions, TargetPartitions } from './consumer-member.ts';

export interface Target {
  readonly epoch: number;
  readonly partitions: TargetPartitions;
}

export interface Surroundings {
  /** Whether the member subscribes to a topic with this id. */
  readonly isSubscribed: (topicId: string) => boolean;
  /** Whether another member has the partition, or has not confirmed yet that it has given it up. */
  readonly isTaken: (topicId: string, partition: number) => boolean;
  /** What the member says that it has; null when that has not changed since its last heartbeat. */
  readonly reported: ReportedPartitions | null;
  /** Whether its subscription has changed with this heartbeat. */
  readonly hasNewSubscription: boolean;
}

/**
 * One step of a member towards its target, as Kafka takes it (CurrentAssignmentBuilder): first it gives up what it shall not
 * have, and only when it has confirmed that, its epoch rises and it gets what no other member has any more.
 */
export function reconcile(member: ConsumerMember, target: Target, around: Surroundings): ConsumerMember {
  if (member.state === 'stable' && member.epoch === target.epoch) {
    return around.hasNewSubscription ? withoutUnsubscribed(member, around) : member;
  }
  if (member.state === 'unrevoked' && stillHas(member.revoking, around.reported)) {
    return around.hasNewSubscription ? withoutUnsubscribed(member, around) : member;
  }
  return next(member, target, around);
}

function stillHas(partitions: OwnedPartitions, reported: ReportedPartitions | null): boolean {
  return reported === null || hasAny(partitions, reported);
}

/** Topics that it does not subscribe to any more are given up before there is a new target. */
function withoutUnsubscribed(member: ConsumerMember, { isSubscribed, reported }: Surroundings): ConsumerMember {
  const assigned = new Map([...member.assigned].filter(([topicId]) => isSubscribed(topicId)));
  if (assigned.size === member.assigned.size) return member;
  const revoking = new Map(member.revoking);
  for (const [topicId, partitions] of member.assigned) {
    if (!isSubscribed(topicId)) revoking.set(topicId, new Map([...(revoking.get(topicId) ?? []), ...partitions]));
  }
  return stillHas(revoking, reported) ? { ...member, state: 'unrevoked', assigned, revoking } : { ...member, assigned };
}

function next(member: ConsumerMember, target: Target, around: Surroundings): ConsumerMember {
  const { isSubscribed, isTaken, reported } = around;
  const assigned = new Map<string, Map<number, number>>();
  const revoking = new Map<string, Map<number, number>>();
  for (const [topicId, partitions] of member.assigned) {
    const wanted = new Set(isSubscribed(topicId) ? target.partitions.get(topicId) : []);
    const [kept, dropped] = split(partitions, (partition) => wanted.has(partition));
    if (kept.size > 0) assigned.set(topicId, kept);
    if (dropped.size > 0) revoking.set(topicId, dropped);
  }
  if (revoking.size > 0 && stillHas(revoking, reported)) return { ...member, state: 'unrevoked', assigned, revoking };

  let mustWait = false;
  for (const [topicId, partitions] of target.partitions) {
    if (!isSubscribed(topicId)) continue;
    const kept = assigned.get(topicId) ?? new Map<number, number>();
    for (const partition of partitions) {
      if (kept.has(partition)) continue;
      if (isTaken(topicId, partition) && !has(member.revoking, topicId, partition)) mustWait = true;
      else kept.set(partition, target.epoch);
    }
    if (kept.size > 0) assigned.set(topicId, kept);
  }
  return {
    ...member,
    state: mustWait ? 'unreleased' : 'stable',
    epoch: target.epoch,
    previousEpoch: member.epoch === target.epoch ? member.previousEpoch : member.epoch,
    assigned,
    revoking: NO_PARTITIONS,
  };
}

function split(
  partitions: ReadonlyMap<number, number>,
  isKept: (partition: number) => boolean,
): [kept: Map<number, number>, dropped: Map<number, number>] {
  const kept = new Map<number, number>();
  const dropped = new Map<number, number>();
  for (const [partition, epoch] of partitions) (isKept(partition) ? kept : dropped).set(partition, epoch);
  return [kept, dropped];
}
