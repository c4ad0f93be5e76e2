import { Fetch } from '../../src/wire/generated/fetch.ts';
import { ConsumerGroupHeartbeat } from '../../src/wire/generated/consumer-group-heartbeat.ts';
import { CreatePartitions } from '../../src/wire/generated/create-partitions.ts';
import { CreateTopics } from '../../src/wire/generated/create-topics.ts';
import { DeleteGroups } from '../../src/wire/generated/delete-groups.ts';
import { DeleteRecords } from '../../src/wire/generated/delete-records.ts';
import { DeleteTopics } from '../../src/wire/generated/delete-topics.ts';
import { DescribeConfigs } from '../../src/wire/generated/describe-configs.ts';
import { DescribeGroups } from '../../src/wire/generated/describe-groups.ts';
import { DescribeLogDirs } from '../../src/wire/generated/describe-log-dirs.ts';
import { Heartbeat } from '../../src/wire/generated/heartbeat.ts';
import { ListOffsets } from '../../src/wire/generated/list-offsets.ts';
import { Metadata } from '../../src/wire/generated/metadata.ts';
import { OffsetCommit } from '../../src/wire/generated/offset-commit.ts';
import { OffsetFetch } from '../../src/wire/generated/offset-fetch.ts';
import { Produce } from '../../src/wire/generated/produce.ts';
import { encodeBatch } from '../../src/wire/record-batch.ts';
import { encodeRequest } from '../broker-in-memory.ts';
import type { WireClient } from '../wire-client.ts';

const MEGABYTE = 1024 * 1024;

/** Topics for the requests that name many. */
const MANY_TOPICS = 1_500;
const BROAD = 'broad';
const BROAD_PARTITIONS = 3_000;
const GROUPS = 1_000;
const MEMBERS = 100;

/** Epochs of a member of a consumer group. */
const [JOINS, LEAVES] = [0, -1];

/** A request that is a lot of work. The order matters: later ones use what earlier ones have created. */
export interface ExpensiveRequest {
  readonly name: string;
  run(connect: () => Promise<WireClient>): Promise<void>;
}

const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

const newTopic = (name: string, numPartitions: number) => ({
  name,
  numPartitions,
  replicationFactor: 1,
  assignments: [],
  configs: [],
});

const broadPartitions = many(BROAD_PARTITIONS, (n) => n);

const wantedOf = (partition: number, fetchOffset = 0) => ({
  partition,
  fetchOffset,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  logStartOffset: -1,
  partitionMaxBytes: 99 * MEGABYTE,
  replicaDirectoryId: '',
  highWatermark: 0,
});

const fetchOf = (partitions: ReturnType<typeof wantedOf>[], maxWaitMs = 0) => ({
  replicaId: -1,
  maxWaitMs,
  minBytes: 1,
  maxBytes: 99 * MEGABYTE,
  topics: [{ topic: BROAD, topicId: '', partitions }],
});

const commitOf = (groupId: string, partitions: readonly number[]) => ({
  groupId,
  generationIdOrMemberEpoch: -1,
  memberId: '',
  topics: [
    {
      name: BROAD,
      topicId: '',
      partitions: partitions.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: 1,
        committedLeaderEpoch: -1,
        committedMetadata: 'm',
      })),
    },
  ],
});

const records = (bytes: number) => encodeBatch({ records: [{ key: null, value: Buffer.alloc(bytes) }], timestamp: 1 });

export const EXPENSIVE_REQUESTS: readonly ExpensiveRequest[] = [
  {
    name: 'create 300 topics of 3 partitions',
    async run(connect) {
      const topics = many(300, (n) => newTopic(`few-${n}`, 3));
      await (await connect()).send(CreateTopics, 5, { topics, timeoutMs: 60_000, validateOnly: false });
    },
  },
  {
    name: `create ${MANY_TOPICS} topics`,
    async run(connect) {
      const topics = many(MANY_TOPICS, (n) => newTopic(`many-${n}`, 1));
      await (await connect()).send(CreateTopics, 5, { topics, timeoutMs: 60_000, validateOnly: false });
    },
  },
  {
    name: 'metadata of 10,000 unknown names that may be created',
    async run(connect) {
      const topics = many(10_000, (n) => ({ name: `auto-${n}`, topicId: '' }));
      await (await connect()).send(Metadata, 4, { topics, allowAutoTopicCreation: true });
    },
  },
  {
    name: `create a topic of 1 partition and give it ${BROAD_PARTITIONS}`,
    async run(connect) {
      const client = await connect();
      await client.send(CreateTopics, 5, { topics: [newTopic(BROAD, 1)], timeoutMs: 60_000, validateOnly: false });
      const topics = [{ name: BROAD, count: BROAD_PARTITIONS, assignments: null }];
      await client.send(CreatePartitions, 1, { topics, timeoutMs: 60_000, validateOnly: false });
    },
  },
  {
    name: 'metadata of all topics, from 20 clients at once',
    async run(connect) {
      const describe = async () => void (await (await connect()).send(Metadata, 4, { topics: null }));
      await Promise.all(many(20, describe));
    },
  },
  {
    name: `produce a record to each of ${BROAD_PARTITIONS} partitions, three times`,
    async run(connect) {
      const client = await connect();
      for (let n = 0; n < 3; n++) {
        const partitionData = broadPartitions.map((index) => ({ index, records: records(10) }));
        const topicData = [{ name: BROAD, topicId: '', partitionData }];
        await client.send(Produce, 3, { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData });
      }
    },
  },
  {
    name: 'a request of 90 MB',
    async run(connect) {
      const partitionData = many(90, (n) => ({ index: n, records: records(MEGABYTE - 100) }));
      const topicData = [{ name: BROAD, topicId: '', partitionData }];
      await (await connect()).send(Produce, 3, { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData });
    },
  },
  {
    name: 'a request of 90 MB that is no request',
    async run(connect) {
      const client = await connect();
      client.sendFrame(Buffer.concat([encodeRequest(Metadata, 4, { topics: null }), Buffer.alloc(90 * MEGABYTE)]));
      await client.nextFrame();
    },
  },
  {
    name: 'metadata of as many names as a request may have',
    async run(connect) {
      const topics = many(99_000, () => ({ name: 'x', topicId: '' }));
      const client = await connect();
      await client.send(Metadata, 4, { topics, allowAutoTopicCreation: false }).catch(() => undefined);
    },
  },
  {
    name: `fetch ${BROAD_PARTITIONS} partitions`,
    async run(connect) {
      const client = await connect();
      await client.send(Fetch, 5, fetchOf(broadPartitions.map((n) => wantedOf(n))));
    },
  },
  {
    name: `40 fetches of ${BROAD_PARTITIONS} partitions wait while records arrive`,
    async run(connect) {
      const wanted = fetchOf(
        broadPartitions.map((n) => wantedOf(n, n < 90 ? 4 : 3)),
        500,
      );
      const waiting = many(
        40,
        async () => void (await (await connect()).send(Fetch, 5, { ...wanted, minBytes: MEGABYTE })),
      );
      const writer = await connect();
      for (let n = 0; n < 20; n++) {
        const topicData = [{ name: BROAD, topicId: '', partitionData: [{ index: n, records: records(10) }] }];
        await writer.send(Produce, 3, { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData });
      }
      await Promise.all(waiting);
    },
  },
  {
    name: '100 readers of 8 MB each that take it slowly',
    async run(connect) {
      const readers = await Promise.all(many(100, connect));
      for (const { socket } of readers) socket.pause();
      const wanted = fetchOf(many(90, (n) => wantedOf(n)));
      for (const reader of readers) reader.sendFrame(encodeRequest(Fetch, 5, wanted));
      // When they use up the budget, this one is disconnected or gets no records: both are right.
      await (await connect()).send(Fetch, 5, { ...wanted, minBytes: 0 }).catch(() => undefined);
      for (const reader of readers) reader.close();
    },
  },
  {
    name: '20 readers of 8 MB each, three times',
    async run(connect) {
      const read = async () => {
        const client = await connect();
        for (let n = 0; n < 3; n++) await client.send(Fetch, 5, fetchOf(many(90, (p) => wantedOf(p))));
      };
      await Promise.all(many(20, read)).catch(() => undefined);
    },
  },
  {
    name: `list offsets of ${BROAD_PARTITIONS} partitions, by time`,
    async run(connect) {
      const partitions = broadPartitions.map((partitionIndex) => ({
        partitionIndex,
        currentLeaderEpoch: -1,
        timestamp: 1,
      }));
      const topics = [{ name: BROAD, partitions }];
      await (await connect()).send(ListOffsets, 4, { replicaId: -1, isolationLevel: 0, topics });
    },
  },
  {
    name: `commit ${BROAD_PARTITIONS} offsets of one group`,
    async run(connect) {
      await (await connect()).send(OffsetCommit, 5, commitOf('greedy', broadPartitions));
    },
  },
  {
    name: `fetch ${BROAD_PARTITIONS} offsets of one group`,
    async run(connect) {
      const topics = [{ name: BROAD, partitionIndexes: broadPartitions }];
      await (await connect()).send(OffsetFetch, 7, { groupId: 'greedy', topics, requireStable: true });
    },
  },
  {
    name: `describe the settings of ${MANY_TOPICS} topics`,
    async run(connect) {
      const resources = many(MANY_TOPICS, (n) => ({
        resourceType: 2,
        resourceName: `many-${n}`,
        configurationKeys: null,
      }));
      const client = await connect();
      await client
        .send(DescribeConfigs, 3, { resources, includeSynonyms: true, includeDocumentation: true })
        .catch(() => undefined);
    },
  },
  {
    name: 'sizes of all partitions, one by one',
    async run(connect) {
      const topics = [{ topic: BROAD, partitions: broadPartitions }];
      await (await connect()).send(DescribeLogDirs, 2, { topics });
    },
  },
  {
    name: `delete the records of ${BROAD_PARTITIONS} partitions`,
    async run(connect) {
      const partitions = broadPartitions.map((partitionIndex) => ({ partitionIndex, offset: -1 }));
      await (await connect()).send(DeleteRecords, 1, { topics: [{ name: BROAD, partitions }], timeoutMs: 60_000 });
    },
  },
  {
    name: `a group each for ${GROUPS} commits, described and deleted`,
    async run(connect) {
      const client = await connect();
      const groups = many(GROUPS, (n) => `group-${n}`);
      for (const group of groups) client.sendFrame(encodeRequest(OffsetCommit, 5, commitOf(group, [0, 1, 2, 3, 4])));
      for (const _ of groups) await client.nextFrame();
      await client.send(DescribeGroups, 4, { groups });
      await client.send(DeleteGroups, 1, { groupsNames: groups });
    },
  },
  {
    name: '20,000 small requests at once on one connection',
    async run(connect) {
      const client = await connect();
      const frame = encodeRequest(Heartbeat, 0, { groupId: 'unknown', generationId: 1, memberId: 'x' });
      const length = Buffer.alloc(4);
      length.writeInt32BE(frame.length);
      client.socket.write(Buffer.concat(many(20_000, () => Buffer.concat([length, frame]))));
      for (let n = 0; n < 20_000; n++) await client.nextFrame();
    },
  },
  {
    name: '20,000 small records at once on one connection',
    async run(connect) {
      const client = await connect();
      const topicData = [{ name: BROAD, topicId: '', partitionData: [{ index: 0, records: records(10) }] }];
      const frame = encodeRequest(Produce, 3, { transactionalId: null, acks: 1, timeoutMs: 1_000, topicData });
      const length = Buffer.alloc(4);
      length.writeInt32BE(frame.length);
      client.socket.write(Buffer.concat(many(20_000, () => Buffer.concat([length, frame]))));
      for (let n = 0; n < 20_000; n++) await client.nextFrame();
    },
  },
  {
    name: `${MEMBERS} members of a consumer group that reads ${MANY_TOPICS} topics by an expression`,
    async run(connect) {
      const client = await connect();
      const beat = (memberId: string, memberEpoch: number) => ({
        groupId: 'readers',
        memberId,
        memberEpoch,
        instanceId: null,
        rackId: null,
        rebalanceTimeoutMs: 60_000,
        subscribedTopicNames: null,
        subscribedTopicRegex: '(many|few)-[0-9]+',
        serverAssignor: null,
        topicPartitions: [],
      });
      for (const id of many(MEMBERS, (n) => `member-${n}`)) {
        await client.send(ConsumerGroupHeartbeat, 1, beat(id, JOINS));
      }
      for (const id of many(MEMBERS, (n) => `member-${n}`)) {
        await client.send(ConsumerGroupHeartbeat, 1, beat(id, LEAVES));
      }
    },
  },
  {
    name: `delete the topic of ${BROAD_PARTITIONS} partitions`,
    async run(connect) {
      const wanted = { topicNames: [BROAD], topics: [], timeoutMs: 60_000 };
      await (await connect()).send(DeleteTopics, 3, wanted);
    },
  },
  {
    name: `delete ${MANY_TOPICS} topics`,
    async run(connect) {
      const wanted = { topicNames: many(MANY_TOPICS, (n) => `many-${n}`), topics: [], timeoutMs: 60_000 };
      await (await connect()).send(DeleteTopics, 3, wanted);
    },
  },
];
