import { CLUSTER_NAME, Operation, ResourceType } from '../security/acl.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { AddOffsetsToTxn } from '../wire/generated/add-offsets-to-txn.ts';
import { AddPartitionsToTxn } from '../wire/generated/add-partitions-to-txn.ts';
import { AlterConfigs } from '../wire/generated/alter-configs.ts';
import { AlterUserScramCredentials } from '../wire/generated/alter-user-scram-credentials.ts';
import { ApiVersions } from '../wire/generated/api-versions.ts';
import { ConsumerGroupDescribe } from '../wire/generated/consumer-group-describe.ts';
import { ConsumerGroupHeartbeat } from '../wire/generated/consumer-group-heartbeat.ts';
import { CreateAcls } from '../wire/generated/create-acls.ts';
import { CreatePartitions } from '../wire/generated/create-partitions.ts';
import { CreateTopics } from '../wire/generated/create-topics.ts';
import { DeleteAcls } from '../wire/generated/delete-acls.ts';
import { DeleteGroups } from '../wire/generated/delete-groups.ts';
import { DeleteRecords } from '../wire/generated/delete-records.ts';
import { DeleteTopics } from '../wire/generated/delete-topics.ts';
import { DescribeAcls } from '../wire/generated/describe-acls.ts';
import { DescribeCluster } from '../wire/generated/describe-cluster.ts';
import { DescribeConfigs } from '../wire/generated/describe-configs.ts';
import { DescribeGroups } from '../wire/generated/describe-groups.ts';
import { DescribeLogDirs } from '../wire/generated/describe-log-dirs.ts';
import { DescribeProducers } from '../wire/generated/describe-producers.ts';
import { DescribeTransactions } from '../wire/generated/describe-transactions.ts';
import { DescribeUserScramCredentials } from '../wire/generated/describe-user-scram-credentials.ts';
import { EndTxn } from '../wire/generated/end-txn.ts';
import { Fetch } from '../wire/generated/fetch.ts';
import { FindCoordinator } from '../wire/generated/find-coordinator.ts';
import { Heartbeat } from '../wire/generated/heartbeat.ts';
import { IncrementalAlterConfigs } from '../wire/generated/incremental-alter-configs.ts';
import { InitProducerId } from '../wire/generated/init-producer-id.ts';
import { JoinGroup } from '../wire/generated/join-group.ts';
import { LeaveGroup } from '../wire/generated/leave-group.ts';
import { ListGroups } from '../wire/generated/list-groups.ts';
import { ListOffsets } from '../wire/generated/list-offsets.ts';
import { ListPartitionReassignments } from '../wire/generated/list-partition-reassignments.ts';
import { ListTransactions } from '../wire/generated/list-transactions.ts';
import { Metadata } from '../wire/generated/metadata.ts';
import { OffsetCommit } from '../wire/generated/offset-commit.ts';
import { OffsetDelete } from '../wire/generated/offset-delete.ts';
import { OffsetFetch } from '../wire/generated/offset-fetch.ts';
import { OffsetForLeaderEpoch } from '../wire/generated/offset-for-leader-epoch.ts';
import { Produce } from '../wire/generated/produce.ts';
import { SaslAuthenticate } from '../wire/generated/sasl-authenticate.ts';
import { SaslHandshake } from '../wire/generated/sasl-handshake.ts';
import { SyncGroup } from '../wire/generated/sync-group.ts';
import { TxnOffsetCommit } from '../wire/generated/txn-offset-commit.ts';
import type { Api } from '../wire/message-schema.ts';
import type { Access } from './define-request.ts';

// What each request needs, as in Kafka. A request that has no rule here is refused while there are access control entries.

const { READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE } = Operation;

/** The error with which it is refused; undefined when it is allowed. */
export type Verdict = number | undefined;

export interface AccessRule<Request = unknown, Response = unknown> {
  /** Of the request as a whole. */
  readonly whole?: (request: Request, access: Access) => Verdict;
  /** Of each element of a list: those that are refused are answered with the error, the others are carried out. */
  readonly parts?: readonly PartRule<Request, Response>[];
}

export interface PartRule<Request, Response> {
  readonly list: keyof Request;
  /** Of the answer, with an element for each of the request's. */
  readonly results: keyof Response;
  readonly verdict: (part: never, access: Access, request: Request) => Verdict;
}

const RULES = new Map<number, AccessRule>();

export function accessRule(key: number): AccessRule | undefined {
  return RULES.get(key);
}

function rule<Request, Response>(api: Api<Request, Response>, rules: AccessRule<Request, Response>): void {
  RULES.set(api.key, rules as unknown as AccessRule);
}

function topic(operation: number, name: string | null, { may }: Access): Verdict {
  return name === null || may(operation, ResourceType.TOPIC, name) ? undefined : ErrorCode.TOPIC_AUTHORIZATION_FAILED;
}
function group(operation: number, id: string, { may }: Access): Verdict {
  return may(operation, ResourceType.GROUP, id) ? undefined : ErrorCode.GROUP_AUTHORIZATION_FAILED;
}
function transactionalId(operation: number, id: string | null, { may }: Access): Verdict {
  const isAllowed = id === null || may(operation, ResourceType.TRANSACTIONAL_ID, id);
  return isAllowed ? undefined : ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}
function cluster(operation: number, { may }: Access): Verdict {
  return may(operation, ResourceType.CLUSTER, CLUSTER_NAME) ? undefined : ErrorCode.CLUSTER_AUTHORIZATION_FAILED;
}

/** Elements that name a topic by `name`. */
const named = (operation: number) => ({
  verdict: (part: { name: string | null }, access: Access) => topic(operation, part.name, access),
});
/** Elements that name a topic by `name`, or by its id in versions without names. An unknown id is refused where it is handled. */
const identified = (operation: number) => ({
  verdict: ({ name, topicId }: { name: string | null; topicId: string }, access: Access) =>
    topic(operation, name || access.topicName(topicId), access),
});
const wholeCluster = (operation: number) => ({ whole: (_: unknown, access: Access) => cluster(operation, access) });
const wholeGroup = { whole: ({ groupId }: { groupId: string }, access: Access) => group(READ, groupId, access) };
const FREE = {};

rule(ApiVersions, FREE);
rule(SaslHandshake, FREE);
rule(SaslAuthenticate, FREE);
rule(DescribeCluster, FREE);

rule(Produce, {
  whole: (request, access) => transactionalId(WRITE, request.transactionalId, access),
  parts: [{ list: 'topicData', results: 'responses', ...identified(WRITE) }],
});
rule(Fetch, {
  parts: [
    {
      list: 'topics',
      results: 'responses',
      verdict: ({ topic: name, topicId }: { topic: string; topicId: string }, access) =>
        topic(READ, name || access.topicName(topicId), access),
    },
  ],
});
rule(ListOffsets, { parts: [{ list: 'topics', results: 'topics', ...named(DESCRIBE) }] });
// A list of all topics, and the creation of missing ones, are checked where they are handled.
rule(Metadata, { parts: [{ list: 'topics', results: 'topics', ...identified(DESCRIBE) }] });
rule(OffsetForLeaderEpoch, {
  parts: [
    {
      list: 'topics',
      results: 'topics',
      verdict: (part: { topic: string }, access) => topic(DESCRIBE, part.topic, access),
    },
  ],
});

rule(JoinGroup, wholeGroup);
rule(SyncGroup, wholeGroup);
rule(Heartbeat, wholeGroup);
rule(LeaveGroup, wholeGroup);
rule(ConsumerGroupHeartbeat, {
  whole: ({ groupId, subscribedTopicNames }, access) => {
    const hidden = (subscribedTopicNames ?? []).find((name) => topic(DESCRIBE, name, access) !== undefined);
    return group(READ, groupId, access) ?? topic(DESCRIBE, hidden ?? null, access);
  },
});
// The topics of its members are checked where it is handled.
rule(ConsumerGroupDescribe, {
  parts: [{ list: 'groupIds', results: 'groups', verdict: (id: string, access) => group(DESCRIBE, id, access) }],
});
rule(OffsetCommit, { ...wholeGroup, parts: [{ list: 'topics', results: 'topics', ...identified(READ) }] });
// Before version 8 it names one group; topics are checked where they are handled.
rule(OffsetFetch, {
  whole: ({ groups, groupId }, access) => (groups.length > 0 ? undefined : group(DESCRIBE, groupId, access)),
  parts: [
    {
      list: 'groups',
      results: 'groups',
      verdict: (part: { groupId: string }, access) => group(DESCRIBE, part.groupId, access),
    },
  ],
});
rule(OffsetDelete, {
  whole: ({ groupId }, access) => group(DELETE, groupId, access),
  parts: [{ list: 'topics', results: 'topics', ...named(READ) }],
});
rule(FindCoordinator, {
  whole: ({ coordinatorKeys, keyType, key }, access) =>
    coordinatorKeys.length > 0 ? undefined : coordinator(keyType, key, access),
  parts: [
    {
      list: 'coordinatorKeys',
      results: 'coordinators',
      verdict: (key: string, access, { keyType }) => coordinator(keyType, key, access),
    },
  ],
});
rule(DescribeGroups, {
  parts: [{ list: 'groups', results: 'groups', verdict: (id: string, access) => group(DESCRIBE, id, access) }],
});
rule(DeleteGroups, {
  parts: [{ list: 'groupsNames', results: 'results', verdict: (id: string, access) => group(DELETE, id, access) }],
});
// Lists are filtered where they are handled.
rule(ListGroups, FREE);
rule(ListTransactions, FREE);

rule(InitProducerId, {
  whole: (request, access) => {
    if (request.transactionalId !== null) return transactionalId(WRITE, request.transactionalId, access);
    return access.mayWriteSomewhere() ? undefined : cluster(IDEMPOTENT_WRITE, access);
  },
});
// Its topics are checked where they are handled: all are added, or none.
rule(AddPartitionsToTxn, {
  whole: (request, access) => transactionalId(WRITE, request.v3AndBelowTransactionalId, access),
});
rule(AddOffsetsToTxn, {
  whole: (request, access) =>
    transactionalId(WRITE, request.transactionalId, access) ?? group(READ, request.groupId, access),
});
rule(EndTxn, { whole: (request, access) => transactionalId(WRITE, request.transactionalId, access) });
rule(TxnOffsetCommit, {
  whole: (request, access) =>
    transactionalId(WRITE, request.transactionalId, access) ?? group(READ, request.groupId, access),
  parts: [{ list: 'topics', results: 'topics', ...named(READ) }],
});
rule(DescribeTransactions, {
  parts: [
    {
      list: 'transactionalIds',
      results: 'transactionStates',
      verdict: (id: string, access) => transactionalId(DESCRIBE, id, access),
    },
  ],
});
rule(DescribeProducers, { parts: [{ list: 'topics', results: 'topics', ...named(READ) }] });

rule(CreateTopics, {
  parts: [
    {
      list: 'topics',
      results: 'topics',
      verdict: ({ name }: { name: string }, access) => cluster(CREATE, access) && topic(CREATE, name, access),
    },
  ],
});
rule(DeleteTopics, {
  parts: [
    {
      list: 'topics',
      results: 'responses',
      ...identified(DELETE),
    },
    { list: 'topicNames', results: 'responses', verdict: (name: string, access) => topic(DELETE, name, access) },
  ],
});
rule(DeleteRecords, { parts: [{ list: 'topics', results: 'topics', ...named(DELETE) }] });
rule(CreatePartitions, { parts: [{ list: 'topics', results: 'results', ...named(ALTER) }] });

interface NamedResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** The types of resources with settings have numbers of their own. */
const CONFIG_TOPIC = 2;
const CONFIG_GROUP = 32;

const configured = (operation: number) => ({
  verdict: ({ resourceType, resourceName }: NamedResource, access: Access) => {
    if (resourceType === CONFIG_TOPIC) return topic(operation, resourceName, access);
    return resourceType === CONFIG_GROUP ? group(operation, resourceName, access) : cluster(operation, access);
  },
});
rule(DescribeConfigs, { parts: [{ list: 'resources', results: 'results', ...configured(DESCRIBE_CONFIGS) }] });
rule(AlterConfigs, { parts: [{ list: 'resources', results: 'responses', ...configured(ALTER_CONFIGS) }] });
rule(IncrementalAlterConfigs, { parts: [{ list: 'resources', results: 'responses', ...configured(ALTER_CONFIGS) }] });

rule(DescribeLogDirs, wholeCluster(DESCRIBE));
rule(ListPartitionReassignments, wholeCluster(DESCRIBE));
rule(DescribeAcls, wholeCluster(DESCRIBE));
rule(CreateAcls, wholeCluster(ALTER));
rule(DeleteAcls, wholeCluster(ALTER));
rule(DescribeUserScramCredentials, wholeCluster(DESCRIBE));
rule(AlterUserScramCredentials, wholeCluster(ALTER));

const GROUP_COORDINATOR = 0;

function coordinator(keyType: number, key: string, access: Access): Verdict {
  return keyType === GROUP_COORDINATOR ? group(DESCRIBE, key, access) : transactionalId(DESCRIBE, key, access);
}
