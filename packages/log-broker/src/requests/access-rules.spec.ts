import { describe, expect, it } from 'vitest';
import { brokerInMemory, CLIENT, send } from '../../test/broker-in-memory.ts';
import { recordedFrames } from '../../test/recorded-frames.ts';
import { Operation, PatternType, Permission, ResourceType } from '../security/acl.ts';
import type { Acl } from '../security/acl.ts';
import { ANONYMOUS } from '../security/principal.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { AddPartitionsToTxn } from '../wire/generated/add-partitions-to-txn.ts';
import { CreateTopics } from '../wire/generated/create-topics.ts';
import { Fetch } from '../wire/generated/fetch.ts';
import { InitProducerId } from '../wire/generated/init-producer-id.ts';
import { ListGroups } from '../wire/generated/list-groups.ts';
import { Metadata } from '../wire/generated/metadata.ts';
import { OffsetCommit } from '../wire/generated/offset-commit.ts';
import { OffsetFetch } from '../wire/generated/offset-fetch.ts';
import { Produce } from '../wire/generated/produce.ts';
import { encodeBatch } from '../wire/record-batch.ts';
import { accessRule } from './access-rules.ts';
import { answerRequest } from './answer-request.ts';
import { advertisedVersions, handlerOf } from './registry.ts';

const { NONE, TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED } = ErrorCode;
const { TRANSACTIONAL_ID_AUTHORIZATION_FAILED, OPERATION_NOT_ATTEMPTED } = ErrorCode;
const AUTHORIZATION_ERRORS: readonly number[] = [
  TOPIC_AUTHORIZATION_FAILED,
  GROUP_AUTHORIZATION_FAILED,
  CLUSTER_AUTHORIZATION_FAILED,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
];

/** They say nothing of a topic that exists: the recorded ids are those of another broker, and so are the sessions. */
const REVEALING_NOTHING: readonly number[] = [ErrorCode.UNKNOWN_TOPIC_ID, ErrorCode.FETCH_SESSION_ID_NOT_FOUND];

/** Their answers have no error: they are for everyone, or list only what the client may see. */
const WITHOUT_ERROR = ['ApiVersions', 'SaslHandshake', 'DescribeCluster', 'ListGroups', 'ListTransactions'];

const acl = (rest: Partial<Acl>): Acl => ({
  resourceType: ResourceType.TOPIC,
  resourceName: 'mine',
  patternType: PatternType.PREFIXED,
  principal: ANONYMOUS,
  host: '*',
  operation: Operation.ALL,
  permissionType: Permission.ALLOW,
  ...rest,
});

async function brokerWith(...acls: Acl[]) {
  const broker = brokerInMemory();
  for (const topic of ['mine', 'mine-too', 'theirs']) broker.topics.createNow(topic, 1);
  await broker.acls.add([acl({ principal: 'User:other' }), ...acls]);
  return broker;
}

it('every request has a rule: one without would be refused while there are entries', () => {
  const missing = advertisedVersions().filter(({ apiKey }) => accessRule(apiKey) === undefined);
  expect(missing.map(({ apiKey }) => handlerOf(apiKey)?.api.name)).toEqual([]);
});

describe('a client without any right', () => {
  const frames = recordedFrames().filter(({ direction, key, version, bytes }) => {
    const handler = handlerOf(key);
    const isKnown = handler && version >= handler.versions[0] && version <= handler.versions[1];
    return direction === 'request' && isKnown && bytes.length < 10_000 && !WITHOUT_ERROR.includes(handler.api.name);
  });

  for (const [key, ofKey] of Map.groupBy(frames, (frame) => frame.key)) {
    it(`${handlerOf(key)?.api.name}: each recorded request gets nothing but authorization errors`, async () => {
      const broker = await brokerWith();
      const { api } = handlerOf(key)!;
      const topics = broker.topics.all().length;
      const seen = new Set<number>();
      for (const { bytes, version } of ofKey) {
        // Without an answer (acks=0) the connection is closed.
        const refused = (error: Error) => void (error.message.includes('refused with 29') && seen.add(29));
        const answer = await Promise.resolve()
          .then(() => answerRequest(broker, bytes, CLIENT))
          .catch(refused);
        if (!Array.isArray(answer)) continue;
        const reader = new ByteReader(Buffer.concat(answer), api.response.isFlexible(version) ? 9 : 8);
        const codes = errorCodesIn(api.response.read(reader, version));
        for (const code of codes) seen.add(code);
      }
      // Some name nothing that could be refused.
      for (const code of [NONE, ...REVEALING_NOTHING]) seen.delete(code);
      expect(seen.size).toBeGreaterThan(0);
      expect([...seen].filter((code) => !AUTHORIZATION_ERRORS.includes(code))).toEqual([]);
      expect(broker.topics.all()).toHaveLength(topics);
    });
  }
});

function errorCodesIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    /errorcode$/i.test(name) ? [inner as number] : errorCodesIn(inner),
  );
}

describe('a client with rights on some topics', () => {
  const records = () => encodeBatch({ records: [{ key: null, value: Buffer.from('a') }], timestamp: 1 });
  const produced = (name: string) => ({ name, topicId: '', partitionData: [{ index: 0, records: records() }] });

  it('writes to those, and is refused the others in the same request', async () => {
    const broker = await brokerWith(acl({}));
    const request = {
      transactionalId: null,
      acks: -1,
      timeoutMs: 1_000,
      topicData: [produced('theirs'), produced('mine')],
    };
    const { responses } = await send(broker, Produce, 9, request);
    const codes = responses.map(({ name, partitionResponses }) => [name, partitionResponses[0]?.errorCode]);
    expect(Object.fromEntries(codes)).toEqual({ mine: NONE, theirs: TOPIC_AUTHORIZATION_FAILED });
    expect(broker.topics.partition('theirs', 0)?.nextOffset).toBe(0);
    expect(broker.topics.partition('mine', 0)?.nextOffset).toBe(1);
  });

  it('does not wait for records of topics that it may not read', async () => {
    const broker = await brokerWith(acl({}));
    const partition = {
      partition: 0,
      currentLeaderEpoch: -1,
      fetchOffset: 0,
      logStartOffset: -1,
      partitionMaxBytes: 9_999,
    };
    const topics = ['mine', 'theirs'].map((topic) => ({
      topic,
      topicId: '',
      partitions: [{ ...partition, lastFetchedEpoch: -1, replicaDirectoryId: '', highWatermark: 0 }],
    }));
    const request = { replicaId: -1, maxWaitMs: 3_600_000, minBytes: 1, maxBytes: 9_999, isolationLevel: 0, topics };
    const { responses } = await send(broker, Fetch, 11, request);
    const codes = responses.map(({ topic, partitions }) => [topic, partitions[0]?.errorCode]);
    expect(Object.fromEntries(codes)).toEqual({ mine: NONE, theirs: TOPIC_AUTHORIZATION_FAILED });
  });

  it('names them by id, and is refused the ids of others', async () => {
    const group = acl({ resourceType: ResourceType.GROUP, resourceName: 'readers' });
    const broker = await brokerWith(acl({}), group);
    const ids = ['theirs', 'mine'].map((name) => broker.topics.get(name)?.id ?? '');
    const partition = { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0, partitionMaxBytes: 9 };
    const offset = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null };
    const topics = (rest: object) => ids.map((topicId) => ({ ...rest, topicId })) as never[];
    const named = { name: '', partitionData: [{ index: 0, records: records() }] };
    const produced = await send(broker, Produce, 13, { transactionalId: null, acks: -1, topicData: topics(named) });
    const fetched = await send(broker, Fetch, 13, { maxBytes: 9, topics: topics({ partitions: [partition] }) });
    const found = await send(broker, Metadata, 12, { topics: topics({ name: null }) });
    const sender = { groupId: 'readers', memberId: '', groupInstanceId: null, generationIdOrMemberEpoch: -1 };
    const committed = await send(broker, OffsetCommit, 10, { ...sender, topics: topics({ partitions: [offset] }) });
    const wanted = { ...sender, memberId: null, memberEpoch: -1, topics: topics({ partitionIndexes: [0] }) };
    const read = await send(broker, OffsetFetch, 10, { groups: [wanted] });
    for (const answer of [
      produced.responses,
      fetched.responses,
      found.topics,
      committed.topics,
      read.groups?.[0]?.topics,
    ]) {
      const codes = (answer ?? []).map((topic) => [topic.topicId, errorCodesIn(topic).find((code) => code !== NONE)]);
      expect(Object.fromEntries(codes)).toEqual({
        [ids[0] ?? '']: TOPIC_AUTHORIZATION_FAILED,
        [ids[1] ?? '']: undefined,
      });
    }
    expect(found.topics.find(({ topicId }) => topicId === ids[0])?.name).toBeNull();
  });

  it('finds only those in a list of all topics, and creates none by requesting it', async () => {
    const broker = await brokerWith(acl({ operation: Operation.READ }));
    const all = await send(broker, Metadata, 4, { topics: null, allowAutoTopicCreation: false });
    expect(all.topics.map(({ name }) => name)).toEqual(['mine', 'mine-too']);
    const topics = ['mine', 'mine-new', 'theirs'].map((name) => ({ name, topicId: '' }));
    const named = await send(broker, Metadata, 4, { topics, allowAutoTopicCreation: true });
    expect(Object.fromEntries(named.topics.map(({ name, errorCode }) => [name, errorCode]))).toEqual({
      mine: NONE,
      'mine-new': TOPIC_AUTHORIZATION_FAILED,
      theirs: TOPIC_AUTHORIZATION_FAILED,
    });
  });

  it('creates topics of its prefix only, and any with the right on the cluster', async () => {
    const cluster = {
      resourceType: ResourceType.CLUSTER,
      resourceName: 'kafka-cluster',
      patternType: PatternType.LITERAL,
    };
    const create = async (...acls: Acl[]) => {
      const broker = await brokerWith(...acls);
      const topics = ['mine-new', 'new'].map((name) => ({
        name,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [],
      }));
      const created = await send(broker, CreateTopics, 5, { topics, timeoutMs: 1_000, validateOnly: false });
      return Object.fromEntries(created.topics.map(({ name, errorCode }) => [name, errorCode]));
    };
    expect(await create(acl({}))).toEqual({ 'mine-new': NONE, new: TOPIC_AUTHORIZATION_FAILED });
    expect(await create(acl(cluster))).toEqual({ 'mine-new': NONE, new: NONE });
  });

  it('commits and fetches offsets of those only, with a right on the group', async () => {
    const group = acl({ resourceType: ResourceType.GROUP, resourceName: 'readers' });
    const broker = await brokerWith(acl({}), group);
    const partition = { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null };
    const topics = ['mine', 'theirs'].map((name) => ({
      name,
      topicId: '',
      partitions: [{ ...partition, commitTimestamp: -1 }],
    }));
    const commit = { groupId: 'readers', generationIdOrMemberEpoch: -1, memberId: '', groupInstanceId: null, topics };
    const committed = await send(broker, OffsetCommit, 7, commit);
    const codes = committed.topics.map(({ name, partitions }) => [name, partitions[0]?.errorCode]);
    expect(Object.fromEntries(codes)).toEqual({ mine: NONE, theirs: TOPIC_AUTHORIZATION_FAILED });
    const named = ['mine', 'theirs'].map((name) => ({ name, partitionIndexes: [0] }));
    const fetched = await send(broker, OffsetFetch, 7, { groupId: 'readers', topics: named, requireStable: false });
    expect(fetched.topics?.map(({ name, partitions }) => [name, partitions?.[0]?.errorCode])).toEqual([
      ['mine', NONE],
      ['theirs', TOPIC_AUTHORIZATION_FAILED],
    ]);
    const other = await send(broker, OffsetCommit, 7, { ...commit, groupId: 'others' });
    expect(errorCodesIn(other)).toEqual([GROUP_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED]);
    expect((await send(broker, ListGroups, 4, {})).groups.map(({ groupId }) => groupId)).toEqual(['readers']);
  });

  it('gets a producer id where it may write to a topic, and its transactional id only', async () => {
    const id = acl({ resourceType: ResourceType.TRANSACTIONAL_ID, resourceName: 'my-tx' });
    const broker = await brokerWith(acl({}), id);
    const init = async (transactionalId: string | null) =>
      send(broker, InitProducerId, 2, { transactionalId, transactionTimeoutMs: 1_000 });
    expect(await init(null)).toMatchObject({ errorCode: NONE });
    expect(await init('their-tx')).toMatchObject({ errorCode: TRANSACTIONAL_ID_AUTHORIZATION_FAILED });
    const { producerId, producerEpoch } = await init('my-tx');
    const added = await send(broker, AddPartitionsToTxn, 1, {
      v3AndBelowTransactionalId: 'my-tx',
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: ['mine', 'theirs'].map((name) => ({ name, partitions: [0] })),
    });
    const codes = added.resultsByTopicV3AndBelow?.map(
      ({ resultsByPartition }) => resultsByPartition[0]?.partitionErrorCode,
    );
    expect(codes).toEqual([OPERATION_NOT_ATTEMPTED, TOPIC_AUTHORIZATION_FAILED]);
    const readOnly = await brokerWith(acl({ operation: Operation.READ }));
    expect(
      await send(readOnly, InitProducerId, 2, { transactionalId: null, transactionTimeoutMs: 1_000 }),
    ).toMatchObject({
      errorCode: CLUSTER_AUTHORIZATION_FAILED,
    });
  });
});
