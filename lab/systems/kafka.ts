import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type { Admin, Consumer as KafkaConsumer, ISocketFactory, Producer } from 'kafkajs';
import { CONNECT_TIMEOUT_MS, KAFKA_SESSION_MS } from '../basics/limits.ts';
import { Cleanup } from './cleanup.ts';
import { Consumers } from './consumers.ts';
import { OWN_VERSION } from './names.ts';
import { Together } from './together.ts';
import type {
  Client,
  ConsumeOptions,
  Consumer,
  Handler,
  Message,
  Queue,
  QueueOptions,
  Received,
  Start,
  Through,
} from './system.ts';

/** Less waiting for an empty partition, so that short experiments stay short. */
const FETCH_WAIT_MS = 100;

const LEADER_TIMEOUT_MS = 30_000;
const LOOK_MS = 20;

/** `ConfigResourceTypes.BROKER`, which kafkajs exports in a form that ES modules cannot name. */
const BROKER_RESOURCE = 4;

export type KafkaKind = 'Apache Kafka' | 'Apache Kafka with ZooKeeper' | 'log-broker';

export interface TopicOptions {
  readonly partitions?: number;
  readonly replicas?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

export class KafkaClient implements Client {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly #brokers: string[];
  readonly #producer: Producer;
  readonly #consumers = new Consumers();
  readonly #cleanup = new Cleanup(async () => this.#consumers.stop());
  /** Those whose creation was confirmed. */
  readonly #created = new Set<string>();
  version = '';

  private constructor(address: string, through?: Through) {
    this.#brokers = address.split(',');
    this.kafka = new Kafka({
      clientId: 'lab',
      brokers: this.#brokers,
      logLevel: logLevel.NOTHING,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      retry: { retries: 8 },
      ...(through !== undefined && { socketFactory: socketsThrough(through) }),
    });
    this.admin = this.kafka.admin();
    this.#producer = this.kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      idempotent: false,
    });
  }

  static async connect(address: string, kind: KafkaKind, through?: Through): Promise<KafkaClient> {
    const client = new KafkaClient(address, through);
    try {
      await client.admin.connect();
      const found = await client.#identify();
      if (found.kind !== kind) throw new Error(`it is ${found.kind}`);
      client.version = found.version;
      await client.#producer.connect();
      return client;
    } catch (error) {
      await client.admin.disconnect();
      throw error;
    }
  }

  /** The protocol has no field for product and version; the settings of a broker show them. */
  async #identify(): Promise<{ kind: KafkaKind; version: string }> {
    const settings = await this.brokerSettings();
    // From 4.0 on no setting has it.
    const version =
      settings.get('inter.broker.protocol.version')?.split('-')[0] ?? process.env['LAB_KAFKA_VERSION'] ?? 'unknown';
    if (settings.get('zookeeper.connect')) return { kind: 'Apache Kafka with ZooKeeper', version };
    // No broker of Apache Kafka runs without its quorum, and log-broker has none.
    if (settings.get('controller.quorum.voters') || settings.get('controller.quorum.bootstrap.servers'))
      return { kind: 'Apache Kafka', version };
    return { kind: 'log-broker', version: OWN_VERSION };
  }

  /** Of one broker, by their names. */
  async brokerSettings(): Promise<ReadonlyMap<string, string>> {
    const { brokers } = await this.admin.describeCluster();
    const { resources } = await this.admin.describeConfigs({
      resources: [{ type: BROKER_RESOURCE, name: String(brokers[0]?.nodeId) }],
      includeSynonyms: false,
    });
    return new Map(
      resources.flatMap(({ configEntries }) => configEntries.map((entry) => [entry.configName, entry.configValue])),
    );
  }

  async create({ partitions = 1 }: QueueOptions = {}): Promise<Queue> {
    return this.open(await this.createTopic({ partitions }));
  }

  /** Returns its name. It is deleted at the end. */
  async createTopic(
    { partitions = 1, replicas = 1, settings = {} }: TopicOptions,
    admin: Admin = this.admin,
  ): Promise<string> {
    const topic = `lab-${randomUUID()}`;
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    this.deleteAtEnd(topic);
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: replicas, configEntries }],
      waitForLeaders: false,
      timeout: LEADER_TIMEOUT_MS,
    });
    this.#created.add(topic);
    await this.#untilLed(topic, admin);
    return topic;
  }

  /** In a cluster the broker that is asked may not know the topic yet, which ends the wait of kafkajs itself. */
  async #untilLed(topic: string, admin: Admin): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      try {
        await admin.fetchTopicMetadata({ topics: [topic] });
        return;
      } catch (error) {
        if (performance.now() - startedAt > LEADER_TIMEOUT_MS) throw error;
        await delay(LOOK_MS);
      }
    }
  }

  /** A topic that something else may create. */
  deleteAtEnd(topic: string): void {
    this.#cleanup.add(async () => this.#deleteTopic(topic));
  }

  async #deleteTopic(topic: string): Promise<void> {
    // kafkajs asks for minutes to delete one that was never created.
    if (!this.#created.has(topic) && !(await this.admin.listTopics()).includes(topic)) return;
    try {
      await this.admin.deleteTopics({ topics: [topic] });
    } catch (error) {
      // It is deleted already. kafkajs asks again before it says so.
      const { cause = error } = error as { cause?: unknown };
      if ((cause as { type?: string }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
    }
  }

  open(topic: string): Queue {
    return {
      name: topic,
      send: async (messages) => {
        await this.#producer.send({
          topic,
          acks: -1,
          messages: messages.map(({ key, body }: Message) => ({ key: key ?? null, value: body })),
        });
      },
      consume: async (options, handler) =>
        this.#consumers.start(handler, async (tracked) => this.#consume(topic, options, tracked)),
      deadLetters: async () => undefined,
    };
  }

  async #consume(topic: string, options: ConsumeOptions, handler: Handler): Promise<Consumer> {
    const groupId = `${topic}-${options.group ?? 'group'}`;
    this.deleteGroupAtEnd(groupId);
    if (typeof options.from === 'object') await this.#moveGroup(groupId, topic, options.from);
    const consumer = this.kafka.consumer({
      groupId,
      sessionTimeout: KAFKA_SESSION_MS,
      rebalanceTimeout: KAFKA_SESSION_MS,
      heartbeatInterval: KAFKA_SESSION_MS / 12,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      ...(options.prefetchBytes !== undefined && {
        maxBytes: options.prefetchBytes,
        maxBytesPerPartition: options.prefetchBytes,
      }),
      allowAutoTopicCreation: false,
    });
    // Also of one that has connected, and then could not join.
    this.#cleanup.add(async () => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: options.from !== 'next' });
    const joined = new Promise<void>((resolve) => {
      const off = consumer.on(consumer.events.GROUP_JOIN, () => {
        off();
        resolve();
      });
    });
    // The offset of the last one of a batch stands for all before it.
    const handled = new Together<Offset>(options.together ?? 1, async (offsets) => commit(consumer, offsets.at(-1)!));
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: options.atOnce ?? 1,
      eachMessage: async ({ partition, message }) => {
        const next = { topic, partition, offset: String(BigInt(message.offset) + 1n) };
        const received: Received = { body: message.value?.toString() ?? '', partition, place: message.offset };
        if (options.acknowledge === 'before') await commit(consumer, next);
        const settlement = await handler(received);
        if (settlement === 'again') consumer.seek({ topic, partition, offset: message.offset });
        else if (options.acknowledge === 'after') await handled.add(next);
      },
    });
    await joined;
    return {
      stop: async () => {
        await consumer.stop();
        await consumer.disconnect();
      },
    };
  }

  async #moveGroup(groupId: string, topic: string, to: Extract<Start, object>): Promise<void> {
    const partitions =
      'place' in to
        ? [{ partition: 0, offset: to.place }]
        : await this.admin.fetchTopicOffsetsByTimestamp(topic, to.time);
    const offsets = partitions.map(({ partition, offset }) => [partition, Number(offset)] as const);
    await commitOffset({ broker: this.#brokers[0]! }, groupId, topic, Object.fromEntries(offsets));
  }

  readonly #groups = new Set<string>();

  deleteGroupAtEnd(groupId: string): void {
    if (this.#groups.has(groupId)) return;
    this.#groups.add(groupId);
    this.#cleanup.add(async () => this.#deleteGroup(groupId));
  }

  /** A member that the broker did not hear of for too long comes back when it is stopped, and stays until its session ends. */
  async #deleteGroup(groupId: string): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      try {
        await this.admin.deleteGroups([groupId]);
        return;
      } catch (error) {
        const type = (error as { groups?: Array<{ error: { type?: string } }> }).groups?.[0]?.error.type;
        if (type === 'GROUP_ID_NOT_FOUND') return;
        if (type !== 'NON_EMPTY_GROUP' || performance.now() - startedAt > LEADER_TIMEOUT_MS) throw error;
        await delay(LOOK_MS);
      }
    }
  }

  async close(): Promise<void> {
    try {
      await this.#cleanup.run();
    } finally {
      await Promise.all([this.#producer.disconnect(), this.admin.disconnect()]);
    }
  }
}

interface Offset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** A commit that a rebalance overtakes is refused; the message then comes again, as after any crash. */
async function commit(consumer: KafkaConsumer, offset: Offset): Promise<void> {
  await consumer.commitOffsets([offset]);
}

/** A client goes to the addresses that the brokers give it, so it is its sockets that have to go elsewhere. */
function socketsThrough(through: Through): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const socket = new Socket().setNoDelay(true);
    socket.once('connect', onConnect);
    through(`${host}:${port}`).then(
      (place) => socket.connect(Number(place.split(':')[1]), '127.0.0.1'),
      (error: unknown) => socket.destroy(error as Error),
    );
    return socket;
  };
}
