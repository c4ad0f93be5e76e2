import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PARTITIONS_MAX, PARTITIONS_PER_TOPIC_MAX, TOPIC_NAME_LENGTH_MAX } from '../limits.ts';
import type { LogConfig } from '../log/log-config.ts';
import { KAFKA_METADATA_FOLDER } from '../log/log-directory.ts';
import type { LogDirectory } from '../log/log-directory.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { resolveLogConfig } from './topic-config.ts';

export const OFFSETS_TOPIC = '__consumer_offsets';
export const TRANSACTIONS_TOPIC = '__transaction_state';

/** What the broker keeps in them is the last word on each key, however old. */
export const INTERNAL_CONFIGS = { 'cleanup.policy': 'compact', 'compression.type': 'producer' };

const TOPICS_FILE = 'topics.json';

export interface Topic {
  readonly name: string;
  /** 16 bytes as Kafka prints them. */
  readonly id: string;
  readonly isInternal: boolean;
  /** Settings that differ from the broker's defaults, by Kafka's names. */
  configs: Readonly<Record<string, string>>;
  readonly partitions: PartitionLog[];
}

interface StoredTopic {
  name: string;
  id: string;
  partitions: number;
  configs: Record<string, string>;
}

/** The topics there are. `topics.json` is replaced in one step with every change: what it lists exists. */
export class TopicRegistry {
  private readonly topics = new Map<string, Topic>();
  private readonly files: FileSystem;
  private readonly folder: string;
  private readonly logs: LogDirectory;
  private readonly defaults: LogConfig;

  constructor(files: FileSystem, folder: string, logs: LogDirectory, defaults: LogConfig) {
    this.files = files;
    this.folder = folder;
    this.logs = logs;
    this.defaults = defaults;
  }

  load(): void {
    const content = this.files.readFile(join(this.folder, TOPICS_FILE));
    const stored = content ? (JSON.parse(content.toString('utf8')) as { topics: StoredTopic[] }).topics : this.adopt();
    for (const { name, id, partitions, configs } of stored) {
      const topic: Topic = { name, id, isInternal: isInternalTopic(name), configs, partitions: [] };
      this.openPartitions(topic, partitions);
      this.topics.set(name, topic);
    }
    if (content) this.logs.setStraysAside();
    else this.save();
  }

  /**
   * A folder without our list of topics, but with partitions in Kafka's layout, is taken as it is. The settings of its topics
   * are not: Kafka keeps those in a log of its own.
   */
  private adopt(): StoredTopic[] {
    const found = new Map<string, StoredTopic>();
    for (const folder of this.files.list(this.folder)) {
      const match = /^(.+)-(\d+)$/.exec(folder);
      const metadata = this.files.readFile(join(this.folder, folder, 'partition.metadata'))?.toString('utf8');
      if (!match?.[1] || metadata === undefined || folder === KAFKA_METADATA_FOLDER) continue;
      const name = match[1];
      const id = /topic_id: (\S+)/.exec(metadata)?.[1] ?? newTopicId();
      const topic = found.get(name) ?? {
        name,
        id,
        partitions: 0,
        configs: isInternalTopic(name) ? INTERNAL_CONFIGS : {},
      };
      topic.partitions = Math.max(topic.partitions, Number(match[2]) + 1);
      found.set(name, topic);
    }
    return [...found.values()];
  }

  get(name: string): Topic | undefined {
    return this.topics.get(name);
  }

  byId(id: string): Topic | undefined {
    return this.all().find((topic) => topic.id === id);
  }

  all(): Topic[] {
    return [...this.topics.values()];
  }

  partition(name: string, partition: number): PartitionLog | undefined {
    return this.topics.get(name)?.partitions[partition];
  }

  configOf(topic: Topic): LogConfig {
    return resolveLogConfig(topic.configs, this.defaults);
  }

  /** @throws {KafkaError} INVALID_TOPIC_EXCEPTION, TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS or INVALID_CONFIG */
  create(name: string, partitions: number, configs: Record<string, string> = {}): Topic {
    this.checkCreate(name, partitions, configs);
    const topic: Topic = { name, id: newTopicId(), isInternal: isInternalTopic(name), configs, partitions: [] };
    this.change(
      () => {
        this.openPartitions(topic, partitions);
        this.topics.set(name, topic);
      },
      () => {
        this.topics.delete(name);
        this.closePartitions(topic, 0);
      },
    );
    return topic;
  }

  checkCreate(name: string, partitions: number, configs: Record<string, string> = {}): void {
    checkTopicName(name);
    if (this.topics.has(name)) throw new KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, `topic '${name}' already exists`);
    this.checkCollision(name);
    checkPartitionCount(partitions);
    this.checkRoom(partitions);
    resolveLogConfig(configs, this.defaults);
  }

  /** Metrics know a dot and an underscore as the same, so two topics that differ in nothing else are one too many. */
  private checkCollision(name: string): void {
    if (!/[._]/.test(name)) return;
    const flat = name.replaceAll('.', '_');
    const other = this.all().find((topic) => topic.name.replaceAll('.', '_') === flat);
    if (!other) return;
    throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `topic '${name}' collides with '${other.name}'`);
  }

  private checkRoom(more: number): void {
    if (this.logs.logs.size + more <= PARTITIONS_MAX) return;
    throw new KafkaError(ErrorCode.POLICY_VIOLATION, `the broker holds at most ${PARTITIONS_MAX} partitions`);
  }

  addPartitions(topic: Topic, total: number): void {
    checkPartitionCount(total);
    this.checkRoom(total - topic.partitions.length);
    const before = topic.partitions.length;
    this.change(
      () => this.openPartitions(topic, total),
      () => this.closePartitions(topic, before),
    );
  }

  configure(topic: Topic, configs: Record<string, string>): void {
    resolveLogConfig(configs, this.defaults);
    const before = topic.configs;
    this.change(
      () => (topic.configs = configs),
      () => (topic.configs = before),
    );
  }

  delete(topic: Topic): void {
    this.change(
      () => this.topics.delete(topic.name),
      () => this.topics.set(topic.name, topic),
    );
    this.closePartitions(topic, 0);
  }

  /** A change that is not in the file has not happened: it is taken back when the file cannot be written. */
  private change(make: () => unknown, takeBack: () => unknown): void {
    try {
      make();
      this.save();
    } catch (error) {
      takeBack();
      throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, (error as Error).message);
    }
  }

  private closePartitions(topic: Topic, from: number): void {
    for (const log of topic.partitions.splice(from)) this.logs.delete(log);
  }

  private openPartitions(topic: Topic, total: number): void {
    for (let partition = topic.partitions.length; partition < total; partition++) {
      // Resolved again only when the settings change: this is asked with every append.
      let from: unknown;
      let resolved = this.defaults;
      const config = () => {
        if (from !== topic.configs) {
          resolved = this.configOf(topic);
          from = topic.configs;
        }
        return resolved;
      };
      topic.partitions.push(this.logs.open(topic.name, partition, topic.id, config));
    }
  }

  private save(): void {
    const topics = this.all().map(({ name, id, partitions, configs }): StoredTopic => ({
      name,
      id,
      partitions: partitions.length,
      configs,
    }));
    this.files.replaceFile(join(this.folder, TOPICS_FILE), `${JSON.stringify({ topics }, null, 1)}\n`, true);
  }
}

function isInternalTopic(name: string): boolean {
  return name === OFFSETS_TOPIC || name === TRANSACTIONS_TOPIC;
}

/** Random, never beginning with '-', which tools would take for an option. */
function newTopicId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

function checkTopicName(name: string): void {
  const isLegal = /^[a-zA-Z0-9._-]+$/.test(name) && name !== '.' && name !== '..';
  if (!isLegal || name.length > TOPIC_NAME_LENGTH_MAX) {
    throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `'${name}' is not a topic name`);
  }
}

function checkPartitionCount(count: number): void {
  if (count < 1 || count > PARTITIONS_PER_TOPIC_MAX) {
    const detail = `a topic has 1 to ${PARTITIONS_PER_TOPIC_MAX} partitions, not ${count}`;
    throw new KafkaError(ErrorCode.INVALID_PARTITIONS, detail);
  }
}
