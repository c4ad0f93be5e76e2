import type { Coordinated } from '../faults.ts';
import { AddOffsetsToTxn } from '../wire/generated/add-offsets-to-txn.ts';
import { AddPartitionsToTxn } from '../wire/generated/add-partitions-to-txn.ts';
import { ConsumerGroupDescribe } from '../wire/generated/consumer-group-describe.ts';
import { ConsumerGroupHeartbeat } from '../wire/generated/consumer-group-heartbeat.ts';
import { DeleteGroups } from '../wire/generated/delete-groups.ts';
import { DescribeGroups } from '../wire/generated/describe-groups.ts';
import { EndTxn } from '../wire/generated/end-txn.ts';
import { Heartbeat } from '../wire/generated/heartbeat.ts';
import { InitProducerId } from '../wire/generated/init-producer-id.ts';
import { JoinGroup } from '../wire/generated/join-group.ts';
import { LeaveGroup } from '../wire/generated/leave-group.ts';
import { OffsetCommit } from '../wire/generated/offset-commit.ts';
import { OffsetDelete } from '../wire/generated/offset-delete.ts';
import { OffsetFetch } from '../wire/generated/offset-fetch.ts';
import { SyncGroup } from '../wire/generated/sync-group.ts';
import { TxnOffsetCommit } from '../wire/generated/txn-offset-commit.ts';
import type { Api } from '../wire/message-schema.ts';

const COORDINATED = new Map<number, (request: unknown) => Coordinated[]>();

function coordinates<Request>(
  api: Api<Request, unknown>,
  type: Coordinated['type'],
  ids: (request: Request) => readonly (string | null)[],
): void {
  COORDINATED.set(api.key, (request) =>
    ids(request as Request).flatMap((id) => (id === null || id === '' ? [] : { type, id })),
  );
}

/** The groups or transactional ids that this request is about. */
export function coordinatedBy(key: number, request: unknown): Coordinated[] {
  return COORDINATED.get(key)?.(request) ?? [];
}

coordinates(OffsetCommit, 'group', ({ groupId }) => [groupId]);
coordinates(OffsetFetch, 'group', ({ groupId, groups }) => [groupId, ...groups.map((each) => each.groupId)]);
coordinates(JoinGroup, 'group', ({ groupId }) => [groupId]);
coordinates(SyncGroup, 'group', ({ groupId }) => [groupId]);
coordinates(Heartbeat, 'group', ({ groupId }) => [groupId]);
coordinates(LeaveGroup, 'group', ({ groupId }) => [groupId]);
coordinates(DescribeGroups, 'group', ({ groups }) => groups);
coordinates(DeleteGroups, 'group', ({ groupsNames }) => groupsNames);
coordinates(OffsetDelete, 'group', ({ groupId }) => [groupId]);
coordinates(ConsumerGroupHeartbeat, 'group', ({ groupId }) => [groupId]);
coordinates(ConsumerGroupDescribe, 'group', ({ groupIds }) => groupIds);
coordinates(TxnOffsetCommit, 'group', ({ groupId }) => [groupId]);
coordinates(InitProducerId, 'transaction', ({ transactionalId }) => [transactionalId]);
coordinates(AddPartitionsToTxn, 'transaction', ({ v3AndBelowTransactionalId }) => [v3AndBelowTransactionalId]);
coordinates(AddOffsetsToTxn, 'transaction', ({ transactionalId }) => [transactionalId]);
coordinates(EndTxn, 'transaction', ({ transactionalId }) => [transactionalId]);
