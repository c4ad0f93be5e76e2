import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from '../observe/logger.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { SavedFile } from '../storage/saved-file.ts';
import { offsetCheckpoint, readOffsetCheckpoint } from './checkpoint-file.ts';
import type { CheckpointedOffset } from './checkpoint-file.ts';
import type { LogConfig } from './log-config.ts';
import { readLeaderEpochs, writeFirstLeaderEpoch } from './leader-epochs.ts';
import { loadLog } from './log-recovery.ts';
import { PartitionLog } from './partition-log.ts';

const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown';
const RECOVERY_POINT_FILE = 'recovery-point-offset-checkpoint';
const START_OFFSET_FILE = 'log-start-offset-checkpoint';
const HIGH_WATERMARK_FILE = 'replication-offset-checkpoint';

/** A folder with this ending is a deleted partition whose files are not all gone yet, as in Kafka. */
const DELETED_SUFFIX = '-delete';
/** One that belongs to no topic, as in Kafka. */
const STRAY_SUFFIX = '-stray';
/** Where an Apache Kafka keeps the list of its topics. It is of no use here, and stays for the Kafka that comes back. */
export const KAFKA_METADATA_FOLDER = '__cluster_metadata-0';
/** So that the name with its unique part still fits into 255 bytes. */
const FOLDER_NAME_KEPT = 200;

export interface LogDirectoryOptions {
  readonly files: FileSystem;
  readonly folder: string;
  readonly highWatermarkIs: 'written' | 'synced';
  readonly now: () => number;
  readonly logger: Logger;
}

/** The data folder: one folder per partition, checkpoints for all of them, and the mark of a clean shutdown. */
export class LogDirectory {
  readonly logs = new Map<string, PartitionLog>();
  /** Whether the broker before this one stopped in order. */
  readonly wasClean: boolean;
  private readonly options: LogDirectoryOptions;
  private readonly recoveryPoints: Map<string, number>;
  private readonly startOffsets: Map<string, number>;
  /** What was on the disk when the recovery points were last written down. */
  private checkpointedRecords = 0;
  private readonly startsCheckpoint: SavedFile;
  private readonly checkpoints: readonly SavedFile[];
  /** Of the folders of deleted partitions, one after the other. */
  private removals: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(options: LogDirectoryOptions) {
    this.options = options;
    const { files } = options;
    this.wasClean = files.exists(this.path(CLEAN_SHUTDOWN_FILE));
    if (this.wasClean) {
      files.removeFile(this.path(CLEAN_SHUTDOWN_FILE));
      // Should a power loss bring it back, the next start would trust what this one has written.
      files.syncDirectory(options.folder);
    }
    this.recoveryPoints = readOffsetCheckpoint(files, this.path(RECOVERY_POINT_FILE));
    this.startOffsets = readOffsetCheckpoint(files, this.path(START_OFFSET_FILE));
    this.startsCheckpoint = this.checkpointOf(START_OFFSET_FILE, (log) =>
      log.startOffset > (log.segments[0]?.baseOffset ?? 0) ? log.startOffset : undefined,
    );
    this.checkpoints = [
      this.checkpointOf(RECOVERY_POINT_FILE, (log) => log.syncedOffset),
      this.checkpointOf(HIGH_WATERMARK_FILE, (log) => log.highWatermark),
      this.startsCheckpoint,
    ];
    for (const name of files.list(options.folder)) {
      if (name.endsWith(DELETED_SUFFIX)) files.removeDirectory(this.path(name));
    }
  }

  private path(name: string): string {
    return join(this.options.folder, name);
  }

  /** Opens a partition's log, with recovery when the last stop was not clean; a new one begins empty. */
  open(topic: string, partition: number, topicId: string, config: () => LogConfig): PartitionLog {
    const { files, logger, highWatermarkIs, now } = this.options;
    const name = `${topic}-${partition}`;
    const folder = this.path(name);
    const metadata = `version: 0\ntopic_id: ${topicId}`;
    const known = files.readFile(join(folder, 'partition.metadata'))?.toString('utf8').trim();
    // A torn or missing file is no proof of anything; only a whole id that is another's is.
    const otherId = /topic_id: ([\w-]{22})$/.exec(known ?? '')?.[1];
    if (otherId !== undefined && otherId !== topicId) this.setAside(name);
    const isNew = known !== metadata;
    if (isNew) {
      files.makeDirectory(folder);
      writeFirstLeaderEpoch(files, folder);
      const path = join(folder, 'partition.metadata');
      if (!files.createExclusive(path, metadata)) files.replaceFile(path, metadata, false);
    }
    const loaded = loadLog(files, folder, this.recoveryPoints.get(name) ?? 0, this.wasClean);
    if (loaded.cut) logger('warn', 'torn log tail cut', { partition: name, ...loaded.cut });
    const leaderEpochs = readLeaderEpochs(files, folder);
    const options = { files, folder, topic, partition, leaderEpochs, config, highWatermarkIs, now };
    const log = new PartitionLog(loaded, this.startOffsets.get(name) ?? 0, options);
    this.logs.set(name, log);
    return log;
  }

  /**
   * Takes a partition out of service at once, and its name is free again. Returns its folder, which {@link removeFolders}
   * removes.
   */
  retire(log: PartitionLog): string {
    log.abandon();
    this.logs.delete(log.name);
    this.startOffsets.delete(log.name);
    const deleted = this.path(uniqueName(log.name, DELETED_SUFFIX));
    this.options.files.rename(log.folder, deleted);
    return deleted;
  }

  /** In the background. What is left by a crash or a stop goes with the next start. */
  removeFolders(folders: readonly string[]): void {
    this.removals = this.removals.then(() => this.removeAll(folders));
  }

  private async removeAll(folders: readonly string[]): Promise<void> {
    const { files, folder, logger } = this.options;
    if (this.isStopping || folders.length === 0) return;
    try {
      // Half a folder must not come back under its old name.
      await files.syncDirectoryLater(folder);
      for (const each of folders) if (!this.isStopping) await files.removeDirectoryLater(each);
    } catch (error) {
      logger('warn', 'deleted partitions not removed from the disk', { error: String(error) });
    }
  }

  /** Sets partition folders aside that belong to no topic: of a creation or deletion that a crash cut in two. */
  setStraysAside(): void {
    const { files, folder } = this.options;
    for (const name of files.list(folder)) {
      if (this.logs.has(name) || name.endsWith(STRAY_SUFFIX) || name === KAFKA_METADATA_FOLDER) continue;
      if (files.exists(join(folder, name, 'partition.metadata'))) this.setAside(name);
    }
  }

  /** Out of the way, but not deleted: whoever wonders where records went can look. */
  private setAside(name: string): void {
    const { files, folder, logger } = this.options;
    const aside = uniqueName(name, STRAY_SUFFIX);
    logger('warn', 'folder of no topic set aside', { folder: name, as: aside });
    files.rename(this.path(name), this.path(aside));
    files.syncDirectory(folder);
  }

  /** Syncs the logs that have changed and writes down up to where. */
  async sync(): Promise<void> {
    const changed: PartitionLog[] = [];
    for (const log of this.logs.values()) if (log.syncedOffset < log.nextOffset && !log.failure) changed.push(log);
    if (changed.length === 0 && this.syncedRecords() === this.checkpointedRecords) return;
    const results = await Promise.allSettled(changed.map((log) => log.sync()));
    for (const [index, result] of results.entries()) {
      const log = changed[index];
      // What was deleted meanwhile has no files any more, and nobody to miss them.
      if (result.status === 'rejected' && log && this.logs.get(log.name) === log) {
        this.options.logger('error', 'sync failed', { partition: log.name, error: String(result.reason) });
      }
    }
    await this.saveCheckpoints();
  }

  private syncedRecords(): number {
    let sum = 0;
    for (const { syncedOffset } of this.logs.values()) sum += syncedOffset;
    return sum;
  }

  /** Down to where recovery may trust the logs, and what may be read. An older one is only more work for recovery. */
  async saveCheckpoints(): Promise<void> {
    this.checkpointedRecords = this.syncedRecords();
    for (const checkpoint of this.checkpoints) await checkpoint.save();
  }

  /** Start offsets must be down before records are reported deleted. */
  saveStartOffsets(): Promise<void> {
    return this.startsCheckpoint.save();
  }

  private checkpointOf(file: string, offsetOf: (log: PartitionLog) => number | undefined): SavedFile {
    const { logs } = this;
    function* offsets(): Generator<CheckpointedOffset> {
      for (const log of logs.values()) {
        const offset = offsetOf(log);
        if (offset !== undefined) yield { topic: log.topic, partition: log.partition, offset };
      }
    }
    return new SavedFile(this.options.files, this.path(file), () => offsetCheckpoint(offsets()));
  }

  /** Resolves when nothing is written or removed in the background any more, nor will be. Comes before `close`. */
  async settle(): Promise<void> {
    this.isStopping = true;
    await Promise.all([this.removals, ...this.checkpoints.map((checkpoint) => checkpoint.close())]);
  }

  /** Closes every log and leaves the mark that lets the next start trust the files. */
  close(): void {
    const { files, folder } = this.options;
    let isClean = true;
    for (const log of this.logs.values()) {
      try {
        if (log.failure) throw log.failure;
        log.close();
      } catch (error) {
        isClean = false;
        this.options.logger('error', 'log not closed cleanly', { partition: log.name, error: String(error) });
      }
    }
    if (!isClean) return;
    for (const checkpoint of this.checkpoints) checkpoint.saveNow();
    files.replaceFile(join(folder, CLEAN_SHUTDOWN_FILE), '{"version":0,"brokerEpoch":-1}', true);
  }
}

function uniqueName(folder: string, suffix: string): string {
  return `${folder.slice(0, FOLDER_NAME_KEPT)}.${randomUUID().replaceAll('-', '')}${suffix}`;
}
