import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PARTITIONS_MAX, PARTITIONS_PER_TOPIC_MAX, TOPIC_NAME_LENGTH_MAX } from '../limits.ts';
import type { LogConfig } from '../log/log-config.ts';
import { KAFKA_METADATA_FOLDER } from '../log/log-directory.ts';
import type { LogDirectory } from '../log/log-directory.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { SavedFile } from '../storage/saved-file.ts';
import { atOnce, eachInSteps, inTurns } from '../turns.ts';
import type { Steps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { resolveLogConfig } from './topic-config.ts';

export const OFFSETS_TOPIC = '__consumer_offsets';
export const TRANSACTIONS_TOPIC = '__transaction_state';

/** The broker keeps the newest value of each key in them, however old it is. */
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

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly configs?: Record<string, string>;
}

/**
 * All topics. A topic exists when `topics.json` lists it: a change is valid, and visible, once the list is on the disk. The
 * list is replaced in one step, with all changes of one request.
 */
export class TopicRegistry {
  /** Changes whenever a topic or a partition is added or deleted. */
  version = 0;
  private readonly topics = new Map<string, Topic>();
  private readonly ids = new Map<string, Topic>();
  /** Names with underscores in place of dots. */
  private readonly flatNames = new Map<string, string>();
  /** Topics that are being created, changed or deleted. */
  private readonly changing = new Set<string>();
  /** Partitions that are being created. */
  private partitionsToCome = 0;
  private waiting: (() => void)[] = [];
  private isClosed = false;
  private readonly files: FileSystem;
  private readonly folder: string;
  private readonly logs: LogDirectory;
  private readonly defaults: LogConfig;
  /** The entry of each topic in the list, as it is or will be after the next write. */
  private readonly lines = new Map<string, string>();
  private readonly list: SavedFile;

  constructor(files: FileSystem, folder: string, logs: LogDirectory, defaults: LogConfig) {
    this.files = files;
    this.folder = folder;
    this.logs = logs;
    this.defaults = defaults;
    this.list = new SavedFile(files, join(folder, TOPICS_FILE), () => listOf(this.lines));
  }

  /** Opens the existing topics, a partition in each step. */
  *load(): Steps<void> {
    const content = this.files.readFile(join(this.folder, TOPICS_FILE));
    const stored = content ? (JSON.parse(content.toString('utf8')) as { topics: StoredTopic[] }).topics : this.adopt();
    for (const { name, id, partitions, configs } of stored) {
      const topic: Topic = { name, id, isInternal: isInternalTopic(name), configs, partitions: [] };
      yield* this.openPartitions(topic, 0, partitions, topic.partitions);
      this.lines.set(name, lineOf(topic, partitions));
      this.show(topic);
    }
    if (content) this.logs.setStraysAside();
    else this.list.saveNow();
  }

  /**
   * A folder without our list of topics, but with partitions in Kafka's layout, is adopted. The settings of its topics are
   * not: Kafka keeps those in a log of its own.
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
    return this.ids.get(id);
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

  /**
   * Creates topics, all with one write of the list. Resolves, for each, with the topic or the error: INVALID_TOPIC_EXCEPTION,
   * TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS, INVALID_CONFIG, POLICY_VIOLATION, KAFKA_STORAGE_ERROR.
   */
  async createAll(wanted: readonly NewTopic[]): Promise<(Topic | KafkaError)[]> {
    while (this.isAnyChanging(wanted)) await this.nextRelease();
    const prepared = await inTurns(this.prepareAll(wanted));
    const created = prepared.filter((each): each is Topic => !(each instanceof KafkaError));
    const failure = await this.store(created.map((topic) => ({ topic, line: lineOf(topic, topic.partitions.length) })));
    for (const topic of created) {
      if (failure) this.dropUnlisted(topic, topic.partitions);
      else this.show(topic);
    }
    this.release(created);
    return prepared.map((each) => (each instanceof KafkaError ? each : (failure ?? each)));
  }

  /** @throws {KafkaError} with the codes of `createAll` */
  async create(name: string, partitions: number, configs: Record<string, string> = {}): Promise<Topic> {
    const [topic] = await this.createAll([{ name, partitions, configs }]);
    if (!topic || topic instanceof KafkaError) throw topic;
    return topic;
  }

  /** As `create`, synchronously: for the broker's own topics, which are created with their first record. */
  createNow(name: string, partitions: number, configs: Record<string, string> = {}): Topic {
    const topic = atOnce(this.prepare({ name, partitions, configs }));
    if (topic instanceof KafkaError) throw topic;
    const line = lineOf(topic, partitions);
    try {
      this.list.saveNow({ apply: () => this.lines.set(name, line), undo: () => this.lines.delete(name) });
      this.show(topic);
    } catch (error) {
      this.dropUnlisted(topic, topic.partitions);
      throw storageError(error);
    } finally {
      this.release([topic]);
    }
    return topic;
  }

  private *prepareAll(wanted: readonly NewTopic[]): Steps<(Topic | KafkaError)[]> {
    const prepared: (Topic | KafkaError)[] = [];
    for (const each of wanted) {
      prepared.push(yield* this.prepare(each));
      yield;
    }
    return prepared;
  }

  /** The topic with its files, not visible yet. */
  private *prepare({ name, partitions, configs = {} }: NewTopic): Steps<Topic | KafkaError> {
    const topic: Topic = { name, id: newTopicId(), isInternal: isInternalTopic(name), configs, partitions: [] };
    try {
      this.checkCreate(name, partitions, configs);
      this.claim(name);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return error;
    }
    this.flatNames.set(flat(name), name);
    this.partitionsToCome += partitions;
    try {
      yield* this.openPartitions(topic, 0, partitions, topic.partitions);
      return topic;
    } catch (error) {
      this.dropUnlisted(topic, topic.partitions);
      this.release([topic]);
      return storageError(error);
    } finally {
      this.partitionsToCome -= partitions;
    }
  }

  checkCreate(name: string, partitions: number, configs: Record<string, string> = {}): void {
    checkTopicName(name);
    if (this.topics.has(name)) throw new KafkaError(ErrorCode.TOPIC_ALREADY_EXISTS, `topic '${name}' already exists`);
    this.checkCollision(name);
    checkPartitionCount(partitions);
    this.checkPartitionLimit(partitions);
    resolveLogConfig(configs, this.defaults);
  }

  /** Metrics do not distinguish dots from underscores, so two topics must differ in more than that. */
  private checkCollision(name: string): void {
    const other = this.flatNames.get(flat(name));
    if (other === undefined || other === name) return;
    throw new KafkaError(ErrorCode.INVALID_TOPIC_EXCEPTION, `topic '${name}' collides with '${other}'`);
  }

  private checkPartitionLimit(more: number): void {
    if (this.logs.logs.size + this.partitionsToCome + more <= PARTITIONS_MAX) return;
    throw new KafkaError(ErrorCode.POLICY_VIOLATION, `the broker holds at most ${PARTITIONS_MAX} partitions`);
  }

  /** Sets the number of partitions of a topic. @throws {KafkaError} INVALID_PARTITIONS, POLICY_VIOLATION or KAFKA_STORAGE_ERROR */
  async addPartitions(name: string, total: number): Promise<void> {
    while (this.changing.has(name)) await this.nextRelease();
    const topic = this.known(name);
    const before = topic.partitions.length;
    checkPartitionCount(total);
    if (total <= before) {
      throw new KafkaError(
        ErrorCode.INVALID_PARTITIONS,
        `topic '${name}' has ${before} partitions, ${total} is not more`,
      );
    }
    this.checkPartitionLimit(total - before);
    this.claim(name);
    this.partitionsToCome += total - before;
    const added: PartitionLog[] = [];
    let failure: KafkaError | undefined;
    try {
      await inTurns(this.openPartitions(topic, before, total, added));
      failure = await this.store([{ topic, line: lineOf(topic, total) }]);
    } catch (error) {
      failure = storageError(error);
    }
    if (failure) this.dropUnlisted(topic, added);
    else topic.partitions.push(...added);
    this.version++;
    this.partitionsToCome -= total - before;
    this.release([topic]);
    if (failure) throw failure;
  }

  /** Sets the settings of a topic. @throws {KafkaError} INVALID_CONFIG or KAFKA_STORAGE_ERROR */
  async configure(name: string, change: (now: Topic['configs']) => Record<string, string>): Promise<void> {
    while (this.changing.has(name)) await this.nextRelease();
    const topic = this.known(name);
    const configs = change(topic.configs);
    resolveLogConfig(configs, this.defaults);
    this.claim(name);
    const failure = await this.store([{ topic, line: lineOf({ ...topic, configs }, topic.partitions.length) }]);
    if (!failure) topic.configs = configs;
    this.release([topic]);
    if (failure) throw failure;
  }

  /**
   * Deletes topics, all with one write of the list. Resolves, for each, with the error or undefined. A full disk has no room for
   * the list: there the records go first, and what is still listed after a crash is empty.
   */
  async deleteAll(wanted: readonly Topic[]): Promise<(KafkaError | undefined)[]> {
    while (this.isAnyChanging(wanted)) await this.nextRelease();
    const claimed = new Set<Topic>();
    for (const topic of wanted) {
      if (this.topics.get(topic.name) !== topic || claimed.has(topic)) continue;
      this.claim(topic.name);
      claimed.add(topic);
    }
    const deleted = new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'was deleted meanwhile');
    const changes = [...claimed].map((topic) => ({ topic, line: undefined }));
    let failure = await this.store(changes);
    if (failure === undefined) await this.removeRecords(claimed);
    else if (isOfFullDisk(failure)) {
      const removal = await this.removeRecords(claimed);
      await removal.ended;
      failure = await this.store(changes, 'also when it fails');
    }
    this.release(claimed);
    return wanted.map((topic) => (claimed.has(topic) ? failure : deleted));
  }

  /** Nobody sees the topics any more. Resolves when their partitions are out of service; `ended` when their files are gone. */
  private async removeRecords(topics: Iterable<Topic>): Promise<{ readonly ended: Promise<void> }> {
    for (const topic of topics) this.hide(topic);
    const partitions = [...topics].flatMap((topic) => topic.partitions);
    const folders = await inTurns(eachInSteps(partitions, this.retireQuietly));
    return { ended: this.logs.removeFolders(folders.filter((folder) => folder !== undefined)) };
  }

  /** @throws {KafkaError} KAFKA_STORAGE_ERROR */
  async delete(topic: Topic): Promise<void> {
    const [failure] = await this.deleteAll([topic]);
    if (failure) throw failure;
  }

  /** The topic does not exist, or not any more. */
  private known(name: string): Topic {
    const topic = this.topics.get(name);
    if (!topic) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic '${name}'`);
    return topic;
  }

  private show(topic: Topic): void {
    this.topics.set(topic.name, topic);
    this.ids.set(topic.id, topic);
    this.flatNames.set(flat(topic.name), topic.name);
    this.version++;
  }

  private hide(topic: Topic): void {
    this.topics.delete(topic.name);
    this.ids.delete(topic.id);
    this.flatNames.delete(flat(topic.name));
    this.version++;
  }

  /** One change of a topic at a time. */
  private claim(name: string): void {
    if (this.changing.has(name)) {
      throw new KafkaError(ErrorCode.REQUEST_TIMED_OUT, `topic '${name}' is being changed by another request`);
    }
    this.changing.add(name);
  }

  private release(topics: Iterable<Topic>): void {
    for (const { name } of topics) this.changing.delete(name);
    for (const goOn of this.waiting.splice(0)) goOn();
  }

  private isAnyChanging(topics: readonly { readonly name: string }[]): boolean {
    return this.changing.size > 0 && topics.some(({ name }) => this.changing.has(name));
  }

  /** A caller that waited checks again and claims in the same turn, otherwise another one could be first. */
  private nextRelease(): Promise<void> {
    return new Promise((resolve) => void this.waiting.push(resolve));
  }

  /**
   * Refuses further changes, also the parts of running ones that have not begun. Resolves when the list and the folders of
   * topics are not touched any more: from then on another process may own them.
   */
  async close(): Promise<void> {
    this.isClosed = true;
    while (this.changing.size > 0) await this.nextRelease();
    await this.list.close();
  }

  /**
   * Writes the list, once for all changes. Resolves with the error if that failed; then the list is unchanged, unless the changes
   * are to be in the next one that is written.
   */
  private async store(
    changes: readonly { topic: Topic; line: string | undefined }[],
    keep: 'if it is written' | 'also when it fails' = 'if it is written',
  ): Promise<KafkaError | undefined> {
    if (changes.length === 0) return undefined;
    const before = new Map<string, string | undefined>();
    const apply = () => {
      for (const { topic, line } of changes) {
        before.set(topic.name, this.lines.get(topic.name));
        this.setEntry(topic.name, line);
      }
    };
    const undo = () => {
      if (keep === 'also when it fails') return;
      for (const [name, line] of before) this.setEntry(name, line);
    };
    return await this.list.save({ apply, undo }).then(() => undefined, storageError);
  }

  private setEntry(name: string, line: string | undefined): void {
    if (line === undefined) this.lines.delete(name);
    else this.lines.set(name, line);
  }

  /** Undoes a creation that is not in the list. */
  private dropUnlisted(topic: Topic, partitions: readonly PartitionLog[]): void {
    if (this.topics.get(topic.name) !== topic) this.flatNames.delete(flat(topic.name));
    const folders = partitions.map(this.retireQuietly).filter((folder) => folder !== undefined);
    void this.logs.removeFolders(folders);
  }

  /** A folder that cannot be renamed belongs to no topic, and the next start renames it. */
  private readonly retireQuietly = (log: PartitionLog): string | undefined => {
    try {
      return this.logs.retire(log);
    } catch {
      return undefined;
    }
  };

  private *openPartitions(topic: Topic, from: number, total: number, into: PartitionLog[]): Steps<void> {
    // Computed only when the settings change: every append reads this.
    let resolvedOf: unknown;
    let resolved = this.defaults;
    const config = () => {
      if (resolvedOf !== topic.configs) {
        resolved = this.configOf(topic);
        resolvedOf = topic.configs;
      }
      return resolved;
    };
    for (let partition = from; partition < total; partition++) {
      if (this.isClosed) throw new Error('the broker is being stopped');
      into.push(this.logs.open(topic.name, partition, topic.id, config));
      yield;
    }
  }
}

/** The file: a line for each topic. */
function* listOf(lines: ReadonlyMap<string, string>): Steps<string> {
  const all: string[] = [];
  for (const line of lines.values()) {
    all.push(line);
    if (all.length % 1_000 === 0) yield;
  }
  return `{"topics": [\n${all.join(',\n')}\n]}\n`;
}

function lineOf({ name, id, configs }: Topic, partitions: number): string {
  return JSON.stringify({ name, id, partitions, configs } satisfies StoredTopic);
}

function storageError(error: unknown): KafkaError {
  return new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, (error as Error).message, error);
}

function isOfFullDisk({ cause }: KafkaError): boolean {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function flat(name: string): string {
  return name.replaceAll('.', '_');
}

function isInternalTopic(name: string): boolean {
  return name === OFFSETS_TOPIC || name === TRANSACTIONS_TOPIC;
}

/** Random, never beginning with '-', which command line tools would read as an option. */
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
