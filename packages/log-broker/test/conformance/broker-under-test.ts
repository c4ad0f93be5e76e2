import { createCertificate } from '@event-bus/test-kit/certificate';
import type { Admin, Kafka } from 'kafkajs';
import { vi } from 'vitest';
import { addressText } from '../../src/config.ts';
import { startBroker } from '../../src/index.ts';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { Fetch } from '../../src/wire/generated/fetch.ts';
import { FindCoordinator } from '../../src/wire/generated/find-coordinator.ts';
import { InitProducerId } from '../../src/wire/generated/init-producer-id.ts';
import { ListOffsets } from '../../src/wire/generated/list-offsets.ts';
import { Metadata } from '../../src/wire/generated/metadata.ts';
import { Produce } from '../../src/wire/generated/produce.ts';
import { ZERO_UUID } from '../../src/wire/message-schema.ts';
import { encodeBatch } from '../../src/wire/record-batch.ts';
import type { BatchToWrite } from '../../src/wire/record-batch.ts';
import { temporaryFolder } from '../broker-process.ts';
import { kafkajsClient } from '../kafkajs-client.ts';
import { writeTlsFiles } from '../tls-files.ts';
import { WireClient } from '../wire-client.ts';

export type BrokerName = 'log-broker' | 'Apache Kafka';

const READ_COMMITTED = 1;

/** What only replicas say of a partition that they fetch. */
const UNUSED = { lastFetchedEpoch: -1, logStartOffset: -1, replicaDirectoryId: ZERO_UUID, highWatermark: -1 };

const LATEST = -1;

const NOT_READY: readonly number[] = [
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.CONCURRENT_TRANSACTIONS,
];

/** Types of coordinators. */
const GROUP = 0;
const TRANSACTION = 1;

/** For what a broker does after its answer, which is much in Kafka. */
export const SOON = { timeout: 20_000 };

/** The user of the listener with logins, by PLAIN. */
export const PLAIN_USER = { username: 'test', password: 'testtest' };

/** So that one broker can be used for many runs. */
export function unique(name: string): string {
  return `${name}-${process.pid}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
}

export function batchOf(values: readonly string[], rest: Partial<BatchToWrite> = {}): Buffer {
  return encodeBatch({
    records: values.map((value) => ({ key: null, value: Buffer.from(value) })),
    timestamp: Date.now(),
    ...rest,
  });
}

export interface FetchWishes {
  readonly offset?: number;
  readonly maxBytes?: number;
  readonly waitMs?: number;
  readonly committedOnly?: boolean;
  readonly leaderEpoch?: number;
  /** From version 13 on it names the topic. */
  readonly topicId?: string;
  readonly version?: number;
}

export interface ProduceWishes {
  readonly transactionalId?: string | null;
  readonly acks?: number;
  readonly version?: number;
  /** From version 13 on it names the topic. */
  readonly topicId?: string;
}

/** Kafka creates its topics for groups and transactions on the first request, which takes a while. */
async function untilCoordinated(address: string, keyType: number): Promise<void> {
  const wire = await WireClient.connect(address);
  const find = async () => (await wire.send(FindCoordinator, 2, { key: unique('any'), keyType })).errorCode;
  await vi.waitUntil(async () => (await find()) === 0, SOON);
  wire.close();
}

/** A broker with a client of each kind: a real one, and one that sends exactly what a test wants. */
export class BrokerUnderTest {
  readonly address: string;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly wire: WireClient;
  private readonly stop: () => Promise<void>;

  /** Of a listener with TLS and logins; empty without one. */
  readonly secureAddress: string;

  private constructor(
    address: string,
    secureAddress: string,
    clients: { wire: WireClient; admin: Admin; kafka: Kafka },
    stop: () => Promise<void>,
  ) {
    this.address = address;
    this.secureAddress = secureAddress;
    this.wire = clients.wire;
    this.admin = clients.admin;
    this.kafka = clients.kafka;
    this.stop = stop;
  }

  /** A log-broker of its own, empty. */
  static async ofOurs(hasLogins = false): Promise<BrokerUnderTest> {
    const folder = temporaryFolder();
    const secure = { port: 0, security: 'SASL_SSL', tls: writeTlsFiles(folder.path, createCertificate()) } as const;
    const broker = await startBroker({
      data: folder.path,
      listen: hasLogins ? [{ port: 0 }, secure] : { port: 0 },
      users: { [PLAIN_USER.username]: PLAIN_USER.password },
      compactionCheckIntervalMs: 200,
    });
    const [open = '', withLogins = ''] = broker.addresses.map(addressText);
    return BrokerUnderTest.at(open, withLogins, async () => {
      await broker.close();
      folder.remove();
    });
  }

  /** A broker that runs already, and is left running. */
  static async at(address: string, secureAddress = '', stop = () => Promise.resolve()): Promise<BrokerUnderTest> {
    const kafka = kafkajsClient(address);
    const admin = kafka.admin();
    await admin.connect();
    const wire = await WireClient.connect(address);
    await Promise.all([GROUP, TRANSACTION].map((kind) => untilCoordinated(address, kind)));
    return new BrokerUnderTest(address, secureAddress, { wire, admin, kafka }, stop);
  }

  async close(): Promise<void> {
    this.wire.close();
    await this.admin.disconnect();
    await this.stop();
  }

  async newTopic(name: string, numPartitions = 1, settings: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = unique(name);
    const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
    const topics = [{ topic, numPartitions, replicationFactor: 1, configEntries }];
    await this.admin.createTopics({ topics, waitForLeaders: false });
    // Kafka has created it, and serves it a moment later.
    await vi.waitUntil(async () => (await this.endOffsets(topic, numPartitions)).every((offset) => offset === 0), SOON);
    return topic;
  }

  /** Produces one batch as it is, and returns the partition's answer. */
  async produce(topic: string, records: Buffer, wishes: ProduceWishes = {}) {
    const { transactionalId = null, acks = -1, version = 7, topicId = '' } = wishes;
    const topicData = [{ name: topic, topicId, partitionData: [{ index: 0, records }] }];
    const answer = await this.wire.send(Produce, version, { transactionalId, acks, timeoutMs: 5_000, topicData });
    return answer.responses[0]?.partitionResponses[0];
  }

  async fetch(topic: string, wishes: FetchWishes = {}) {
    const { offset = 0, maxBytes = 1_000_000, waitMs = 0, committedOnly = false, leaderEpoch = -1 } = wishes;
    const { topicId = ZERO_UUID, version = 11 } = wishes;
    const wanted = { partition: 0, currentLeaderEpoch: leaderEpoch, fetchOffset: offset, partitionMaxBytes: maxBytes };
    const answer = await this.wire.send(Fetch, version, {
      replicaId: -1,
      maxWaitMs: waitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: committedOnly ? READ_COMMITTED : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, topicId, partitions: [{ ...wanted, ...UNUSED }] }],
      forgottenTopicsData: [],
      rackId: '',
    });
    return answer.responses[0]?.partitions[0];
  }

  /** The id of a topic. */
  async topicId(topic: string): Promise<string> {
    const topics = [{ name: topic, topicId: ZERO_UUID }];
    const answer = await this.wire.send(Metadata, 12, { topics, allowAutoTopicCreation: false });
    return answer.topics[0]?.topicId ?? '';
  }

  private async endOffsets(topic: string, count: number): Promise<(number | undefined)[]> {
    const wanted = { currentLeaderEpoch: -1, timestamp: LATEST };
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, ...wanted }));
    const answer = await this.wire.send(ListOffsets, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic, partitions }],
    });
    return answer.topics[0]?.partitions.map(({ offset }) => offset) ?? [];
  }

  async offsetAt(topic: string, timestamp: number, committedOnly = false): Promise<number | undefined> {
    const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }];
    const answer = await this.wire.send(ListOffsets, 7, {
      replicaId: -1,
      isolationLevel: committedOnly ? READ_COMMITTED : 0,
      topics: [{ name: topic, partitions }],
    });
    return answer.topics[0]?.partitions[0]?.offset;
  }

  /** A producer's identity, requested until the broker is ready. */
  async newProducer(transactionalId: string | null = null, transactionTimeoutMs = 60_000) {
    const wanted = { transactionalId, transactionTimeoutMs, producerId: -1, producerEpoch: -1 };
    const find = () => this.wire.send(InitProducerId, 4, wanted);
    let answer = await find();
    const settled = async () => {
      if (NOT_READY.includes(answer.errorCode)) answer = await find();
      return !NOT_READY.includes(answer.errorCode);
    };
    await vi.waitUntil(settled, SOON);
    return answer;
  }
}
