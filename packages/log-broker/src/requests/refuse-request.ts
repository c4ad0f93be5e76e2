import type { Broker } from '../broker.ts';
import { AddPartitionsToTxn } from '../wire/generated/add-partitions-to-txn.ts';
import { AlterConfigs } from '../wire/generated/alter-configs.ts';
import { AlterUserScramCredentials } from '../wire/generated/alter-user-scram-credentials.ts';
import { ConsumerGroupDescribe } from '../wire/generated/consumer-group-describe.ts';
import { CreateAcls } from '../wire/generated/create-acls.ts';
import { CreatePartitions } from '../wire/generated/create-partitions.ts';
import { CreateTopics } from '../wire/generated/create-topics.ts';
import { DeleteAcls } from '../wire/generated/delete-acls.ts';
import { DeleteGroups } from '../wire/generated/delete-groups.ts';
import { DeleteRecords } from '../wire/generated/delete-records.ts';
import { DeleteTopics } from '../wire/generated/delete-topics.ts';
import { DescribeCluster } from '../wire/generated/describe-cluster.ts';
import { DescribeConfigs } from '../wire/generated/describe-configs.ts';
import { DescribeGroups } from '../wire/generated/describe-groups.ts';
import { DescribeProducers } from '../wire/generated/describe-producers.ts';
import { DescribeTransactions } from '../wire/generated/describe-transactions.ts';
import { DescribeUserScramCredentials } from '../wire/generated/describe-user-scram-credentials.ts';
import { Fetch } from '../wire/generated/fetch.ts';
import { FindCoordinator } from '../wire/generated/find-coordinator.ts';
import { IncrementalAlterConfigs } from '../wire/generated/incremental-alter-configs.ts';
import { JoinGroup } from '../wire/generated/join-group.ts';
import { LeaveGroup } from '../wire/generated/leave-group.ts';
import { ListOffsets } from '../wire/generated/list-offsets.ts';
import { Metadata } from '../wire/generated/metadata.ts';
import { OffsetCommit } from '../wire/generated/offset-commit.ts';
import { OffsetDelete } from '../wire/generated/offset-delete.ts';
import { OffsetFetch } from '../wire/generated/offset-fetch.ts';
import { OffsetForLeaderEpoch } from '../wire/generated/offset-for-leader-epoch.ts';
import { Produce } from '../wire/generated/produce.ts';
import { TxnOffsetCommit } from '../wire/generated/txn-offset-commit.ts';
import type { Api } from '../wire/message-schema.ts';
import type { Client } from './define-request.ts';

// The answer to a request that is refused as a whole: each topic, partition, group or resource that it names carries the
// error code, as clients expect. Nothing of the request is carried out.

type Refuse<Request, Response> = (request: Request, errorCode: number, broker: Broker, client: Client) => Response;

const REFUSALS = new Map<number, Refuse<unknown, unknown>>();

function refusal<Request, Response>(api: Api<Request, Response>, refuse: Refuse<Request, Response>): void {
  REFUSALS.set(api.key, refuse as Refuse<unknown, unknown>);
}

/** The answer to a request that is refused. Requests that are not listed below have one error code for all of it. */
export function refuseRequest(
  broker: Broker,
  client: Client,
  key: number,
  request: unknown,
  errorCode: number,
): unknown {
  return REFUSALS.get(key)?.(request, errorCode, broker, client) ?? { errorCode };
}

refusal(Produce, ({ acks, topicData }, errorCode) => {
  // There is no answer to put the error into: closing the connection is the only way to report it.
  if (acks === 0) throw new Error(`produce with acks=0 refused with ${errorCode}`);
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
    })),
  };
});

refusal(Fetch, ({ topics }, errorCode) => ({
  responses: topics.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({
      partitionIndex: partition,
      errorCode,
      highWatermark: -1,
      abortedTransactions: null,
      records: Buffer.alloc(0),
    })),
  })),
}));

refusal(ListOffsets, ({ topics }, errorCode) => ({ topics: refusePartitions(topics, errorCode) }));

// The brokers are listed, so that the client can retry.
refusal(Metadata, ({ topics }, errorCode, broker, { brokerAddress }) => ({
  brokers: [{ nodeId: broker.nodeId, ...brokerAddress }],
  clusterId: broker.clusterId,
  controllerId: broker.nodeId,
  topics: (topics ?? broker.topics.all().map(({ name, id }) => ({ name, topicId: id }))).map((topic) => ({
    ...topic,
    errorCode,
    partitions: [],
  })),
}));

refusal(OffsetCommit, ({ topics }, errorCode) => ({
  topics: topics.map((topic) => ({ topicId: topic.topicId, ...refuseTopic(topic, errorCode) })),
}));

refusal(OffsetFetch, ({ topics, groups }, errorCode) => ({
  errorCode,
  // Version 1 has no error code for the whole answer.
  topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, committedOffset: -1, errorCode })),
  })),
  groups: groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
}));

refusal(FindCoordinator, ({ coordinatorKeys }, errorCode) => {
  const none = { errorCode, errorMessage: null, nodeId: -1, host: '', port: -1 };
  return { ...none, coordinators: coordinatorKeys.map((key) => ({ key, ...none })) };
});

refusal(JoinGroup, ({ memberId }, errorCode) => ({
  errorCode,
  generationId: -1,
  protocolName: '',
  leader: '',
  memberId,
  members: [],
}));

refusal(LeaveGroup, (_, errorCode) => ({ errorCode, members: [] }));

refusal(DescribeGroups, ({ groups }, errorCode) => ({
  groups: groups.map((groupId) => ({
    errorCode,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
  })),
}));

refusal(ConsumerGroupDescribe, ({ groupIds }, errorCode) => ({
  groups: groupIds.map((groupId) => {
    const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] };
    return { errorCode, groupId, ...nothing };
  }),
}));

refusal(CreateTopics, ({ topics }, errorCode) => ({ topics: refuseNames(topics, errorCode) }));

refusal(DeleteTopics, ({ topics, topicNames }, errorCode) => ({
  responses: [...topics, ...topicNames.map((name) => ({ name }))].map((topic) => ({ ...topic, errorCode })),
}));

refusal(DeleteRecords, ({ topics }, errorCode) => ({
  topics: topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, lowWatermark: -1 })),
  })),
}));

refusal(OffsetForLeaderEpoch, ({ topics }, errorCode) => ({
  topics: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, errorCode })),
  })),
}));

refusal(AddPartitionsToTxn, ({ v3AndBelowTopics }, partitionErrorCode) => ({
  resultsByTopicV3AndBelow: v3AndBelowTopics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode })),
  })),
}));

refusal(TxnOffsetCommit, ({ topics }, errorCode) => ({ topics: refusePartitions(topics, errorCode) }));

refusal(CreateAcls, ({ creations }, errorCode) => ({
  results: creations.map(() => ({ errorCode, errorMessage: null })),
}));

refusal(DeleteAcls, ({ filters }, errorCode) => ({
  filterResults: filters.map(() => ({ errorCode, errorMessage: null, matchingAcls: [] })),
}));

refusal(DescribeUserScramCredentials, (_, errorCode) => ({ errorCode, errorMessage: null, results: [] }));

refusal(AlterUserScramCredentials, ({ deletions, upsertions }, errorCode) => {
  const users = new Set([...deletions, ...upsertions].map(({ name }) => name));
  return { results: [...users].map((user) => ({ user, errorCode, errorMessage: null })) };
});

refusal(DescribeConfigs, ({ resources }, errorCode) => ({
  results: refuseResources(resources, errorCode).map((resource) => ({ ...resource, configs: [] })),
}));

refusal(AlterConfigs, ({ resources }, errorCode) => ({ responses: refuseResources(resources, errorCode) }));

refusal(IncrementalAlterConfigs, ({ resources }, errorCode) => ({ responses: refuseResources(resources, errorCode) }));

refusal(CreatePartitions, ({ topics }, errorCode) => ({ results: refuseNames(topics, errorCode) }));

refusal(DeleteGroups, ({ groupsNames }, errorCode) => ({
  results: groupsNames.map((groupId) => ({ groupId, errorCode })),
}));

refusal(OffsetDelete, (_, errorCode) => ({ errorCode, topics: [] }));

refusal(DescribeCluster, (_, errorCode, { clusterId }) => ({ errorCode, clusterId, brokers: [] }));

interface NamedPartitions {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number }[];
}

function refusePartitions(topics: readonly NamedPartitions[], errorCode: number) {
  return topics.map((topic) => refuseTopic(topic, errorCode));
}

function refuseTopic({ name, partitions }: NamedPartitions, errorCode: number) {
  return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })) };
}

function refuseNames(topics: readonly { readonly name: string }[], errorCode: number) {
  return topics.map(({ name }) => ({ name, errorCode }));
}

interface NamedResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

function refuseResources(resources: readonly NamedResource[], errorCode: number) {
  return resources.map(({ resourceType, resourceName }) => ({
    resourceType,
    resourceName,
    errorCode,
    errorMessage: null,
  }));
}

refusal(DescribeProducers, ({ topics }, errorCode) => ({
  topics: topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode, activeProducers: [] })),
  })),
}));

refusal(DescribeTransactions, ({ transactionalIds }, errorCode) => ({
  transactionStates: transactionalIds.map((transactionalId) => ({
    errorCode,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: -1,
    producerId: -1,
    producerEpoch: -1,
    topics: [],
  })),
}));
