import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@event-bus/test-kit/until';
import { Partitioners } from 'kafkajs';
import type { Admin, PartitionMetadata, Producer, RetryOptions } from 'kafkajs';
import type { KafkaClient, TopicOptions } from '../systems/kafka.ts';
import type { ClusterSwitch, Experiment, Lab } from './experiment.ts';
import { isListening, untilGone } from './listening.ts';
import { withinTime } from './within-time.ts';

/** Longer than a broker takes to start, and to be missed, on a busy machine, too. */
const PATIENCE_MS = 120_000;
/** kafkajs has no event for a changed leader. */
const LOOK_MS = 20;
const BROKERS = 3;
const ANSWER_TIMEOUT_MS = 10_000;
const BROKER_RESOURCE = 4;
/** How long a broker may be silent. */
const KRAFT_TIMEOUT = 'broker.session.timeout.ms';
const ZOOKEEPER_TIMEOUT = 'zookeeper.session.timeout.ms';

export type Partition = Pick<PartitionMetadata, 'leader' | 'replicas' | 'isr'>;

/** Why an experiment with a cluster does not run on the other systems. */
export const NO_CLUSTER: Experiment['notOffered'] = {
  'log-broker': { en: 'it is one process, without replicas', ko: '복제본이 없는 단일 프로세스이다' },
  ...Object.fromEntries(
    (['rabbitmq', 'redis', 'activemq', 'sqs'] as const).map((name) => [
      name,
      { en: 'the lab runs it as one broker', ko: '랩은 브로커 하나로 실행한다' },
    ]),
  ),
};

/** Why an experiment with a cluster does not hold. */
export const CONFIRMED_ARE_GONE = { en: 'Confirmed messages are gone.', ko: '확인된 메시지가 사라졌다.' };

/** Three brokers of Apache Kafka, which can be killed and started one by one. All run again at the end. */
export class KafkaCluster {
  readonly ids: readonly number[];
  readonly sessionTimeoutMs: number;
  readonly #client: KafkaClient;
  #admin: Admin | undefined;
  readonly #switch: ClusterSwitch;
  readonly #places: ReadonlyMap<number, string>;
  readonly #down = new Set<number>();

  private constructor(
    client: KafkaClient,
    clusterSwitch: ClusterSwitch,
    places: ReadonlyMap<number, string>,
    sessionTimeoutMs: number,
  ) {
    this.#client = client;
    this.#switch = clusterSwitch;
    this.#places = places;
    this.ids = [...places.keys()].toSorted((a, b) => a - b);
    this.sessionTimeoutMs = sessionTimeoutMs;
  }

  static async of(client: KafkaClient, lab: Lab): Promise<KafkaCluster> {
    const { admin } = client;
    const { brokers } = await admin.describeCluster();
    if (brokers.length < BROKERS) throw new Error(`it has ${brokers.length} brokers, and ${BROKERS} are needed`);
    const { resources } = await admin.describeConfigs({
      resources: [{ type: BROKER_RESOURCE, name: String(brokers[0]!.nodeId) }],
      includeSynonyms: false,
    });
    const settings = new Map(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    const cluster = new KafkaCluster(
      client,
      lab.cluster!,
      new Map(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`])),
      Number(settings.get(lab.system === 'kafka' ? KRAFT_TIMEOUT : ZOOKEEPER_TIMEOUT)),
    );
    lab.closeAtEnd(async () => cluster.#admin?.disconnect());
    // Together: without a majority none of them is known.
    lab.closeAtEnd(async () => {
      await Promise.all([...cluster.#down].map(async (id) => cluster.start(id)));
      // Brokers are told only when every partition has a leader again, and only then are topics deleted without long retries.
      await cluster.until(async () => (await cluster.#placeOf(cluster.ids[0]!)) !== undefined);
    });
    return cluster;
  }

  async kill(id: number): Promise<void> {
    this.#down.add(id);
    await this.#switch.kill(id);
    await untilGone(this.#places.get(id)!);
  }

  /**
   * Resolves when it answers. A new one has to be known by the others first; one that was there is not looked for, as they may not have
   * missed it yet, and as kafkajs cannot list brokers while any partition of the cluster has no leader.
   */
  async start(id: number): Promise<void> {
    await this.#switch.start(id);
    this.#down.delete(id);
    const isBack = await this.until(async () => {
      const place = this.#places.get(id) ?? (await this.#placeOf(id));
      return place !== undefined && (await isListening(place));
    });
    if (!isBack) throw new Error(`broker ${id} did not come back`);
  }

  /** After a failure by a new client: one that has known a killed broker may go on asking that. */
  async #ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    let admin = this.#admin;
    try {
      if (admin === undefined) {
        // Each of the brokers is tried.
        admin = this.#client.kafka.admin({ retry: { retries: BROKERS, initialRetryTime: LOOK_MS } });
        await admin.connect();
        this.#admin = admin;
      }
      return await withinTime(question(admin), ANSWER_TIMEOUT_MS);
    } catch (error) {
      this.#admin = undefined;
      await admin?.disconnect();
      throw error;
    }
  }

  /** As the others know it. */
  async #placeOf(id: number): Promise<string | undefined> {
    const { brokers } = await this.#ask(async (admin) => admin.describeCluster());
    const broker = brokers.find(({ nodeId }) => nodeId === id);
    return broker && `${broker.host}:${broker.port}`;
  }

  /** Starts a broker with an id that the cluster does not have; it is ended with the experiment. Returns its id. */
  async add(lab: Lab): Promise<number> {
    const id = Math.max(...this.ids) + 1;
    lab.closeAtEnd(async () => {
      await this.#switch.kill(id);
      await this.until(async () => (await this.#placeOf(id)) === undefined);
    });
    await this.start(id);
    return id;
  }

  /** Rejects soon where it cannot be created now; the client itself would retry for minutes. */
  async createTopic(options: TopicOptions): Promise<string> {
    return this.#ask(async (admin) => this.#client.createTopic(options, admin));
  }

  /** By their number. Rejects while one has no leader. */
  async partitions(topic: string): Promise<Partition[]> {
    const { topics } = await this.#ask(async (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    return topics[0]!.partitions.toSorted((a, b) => a.partitionId - b.partitionId);
  }

  /** Resolves when each of the partitions is on exactly these brokers, and led by the first. */
  async move(topic: string, assignment: ReadonlyMap<number, readonly number[]>): Promise<void> {
    const partitionAssignment = [...assignment].map(([partition, replicas]) => ({
      partition,
      replicas: [...replicas],
    }));
    await this.#ask(async (admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] }));
    const isMoved = await this.until(async () => {
      const partitions = await this.partitions(topic);
      return [...assignment].every(([partition, replicas]) => {
        const { leader, isr } = partitions[partition]!;
        return leader === replicas[0] && isr.length === replicas.length && isr.every((id) => replicas.includes(id));
      });
    });
    if (!isMoved) throw new Error('the partitions were not moved');
  }

  /** Resolves when every copy has all of the topic. The broker that is asked next may not know a new topic yet. */
  async untilInSync(topic: string, replicas: number): Promise<Partition[]> {
    let partitions: Partition[] = [];
    const isInSync = await this.until(async () => {
      partitions = await this.partitions(topic);
      return partitions.every(({ isr }) => isr.length === replicas);
    });
    if (!isInSync) throw new Error('the copies did not come together again');
    return partitions;
  }

  /** What is in a topic, from its first record to the end that it has now. */
  async readAll(topic: string): Promise<string[]> {
    const { kafka, admin } = this.#client;
    const total = await this.#count(topic);
    // By its place: a rebalance begins again at the first record, as nothing is committed.
    const read = new Map<string, string>();
    const { promise: isRead, resolve } = Promise.withResolvers<void>();
    const groupId = `${topic}-all`;
    const consumer = kafka.consumer({ groupId });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch: { partition, messages } }) => {
          for (const { offset, value } of messages) read.set(`${partition} ${offset}`, String(value));
          if (read.size >= total) resolve();
        },
      });
      await withinTime(isRead, PATIENCE_MS);
    } finally {
      await consumer.disconnect();
    }
    await admin.deleteGroups([groupId]);
    return [...read.values()];
  }

  /** A new leader does not tell its end before the copies have confirmed it, and kafkajs does not ask again. */
  async #count(topic: string): Promise<number> {
    const { admin } = this.#client;
    const ends = await until(`the end of ${topic}`, async () => admin.fetchTopicOffsets(topic), PATIENCE_MS);
    return ends.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  }

  /** False when it did not come true in time. An error counts as not yet. */
  async until(isTrue: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<boolean> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < patienceMs) {
      if (await isTrue().catch(() => false)) return true;
      await delay(LOOK_MS);
    }
    return false;
  }
}

/** Connected until the experiment ends; it never creates a topic. `retry` replaces the retries of kafkajs. */
export async function connectProducer({ kafka }: KafkaClient, lab: Lab, retry?: RetryOptions): Promise<Producer> {
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    ...(retry && { retry }),
  });
  lab.closeAtEnd(async () => producer.disconnect());
  await producer.connect();
  return producer;
}
