import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from '../observe/logger.ts';
import type { DiskSpace, FileSystem } from '../storage/file-system.ts';
import { SavedFile } from '../storage/saved-file.ts';
import { offsetCheckpoint, readOffsetCheckpoint } from './checkpoint-file.ts';
import type { CheckpointedOffset } from './checkpoint-file.ts';
import { DiskMeasures } from './disk-measures.ts';
import type { LogConfig } from './log-config.ts';
import { readLeaderEpochs, writeFirstLeaderEpoch } from './leader-epochs.ts';
import { loadLog } from './log-recovery.ts';
import { PartitionLog } from './partition-log.ts';

const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown';
const RECOVERY_POINT_FILE = 'recovery-point-offset-checkpoint';
const START_OFFSET_FILE = 'log-start-offset-checkpoint';
const COMPACTED_OFFSET_FILE = 'cleaner-offset-checkpoint';
const HIGH_WATERMARK_FILE = 'replication-offset-checkpoint';

const METADATA_FILE = 'partition.metadata';

/** A folder with this suffix is a deleted partition whose files are still being removed, as in Kafka. */
const DELETED_SUFFIX = '-delete';
/** A folder with this suffix belongs to no topic, as in Kafka. */
const STRAY_SUFFIX = '-stray';
/** Where an Apache Kafka keeps its list of topics. Not used here, and kept for a Kafka that opens the folder later. */
export const KAFKA_METADATA_FOLDER = '__cluster_metadata-0';
/** So that the name with its unique suffix still fits into 255 bytes. */
const FOLDER_NAME_KEPT = 200;

export interface LogDirectoryOptions {
  readonly files: FileSystem;
  readonly folder: string;
  readonly highWatermarkIs: 'written' | 'synced';
  readonly now: () => number;
  readonly logger: Logger;
}

/** The data folder: one folder per partition, checkpoints for all of them, and the marker of a clean shutdown. */
export class LogDirectory {
  readonly logs = new Map<string, PartitionLog>();
  readonly measures = new DiskMeasures();
  /** Whether the previous broker on this folder was shut down cleanly. */
  readonly wasClean: boolean;
  private readonly options: LogDirectoryOptions;
  private readonly recoveryPoints: Map<string, number>;
  private readonly startOffsets: Map<string, number>;
  private readonly compactedOffsets: Map<string, number>;
  /** What was on the disk when the recovery points were last saved. */
  private checkpointedRecords = 0;
  private readonly startsCheckpoint: SavedFile;
  private readonly compactionCheckpoint: SavedFile;
  private readonly checkpoints: readonly SavedFile[];
  /** Removal of the folders of deleted partitions, one after the other. */
  private removals: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(options: LogDirectoryOptions) {
    this.options = options;
    const { files } = options;
    this.wasClean = files.exists(this.path(CLEAN_SHUTDOWN_FILE));
    if (this.wasClean) files.removeFile(this.path(CLEAN_SHUTDOWN_FILE));
    // What is served from now on must be durable, and a killed process may have left a file that it had not synced yet, such as the
    // list of topics. And if a power loss restored the marker, the next start would trust what this one has written.
    files.syncDirectory(options.folder);
    this.recoveryPoints = readOffsetCheckpoint(files, this.path(RECOVERY_POINT_FILE));
    this.startOffsets = readOffsetCheckpoint(files, this.path(START_OFFSET_FILE));
    this.compactedOffsets = readOffsetCheckpoint(files, this.path(COMPACTED_OFFSET_FILE));
    this.compactionCheckpoint = this.checkpointOf(COMPACTED_OFFSET_FILE, (log) => log.compactedOffset || undefined);
    this.startsCheckpoint = this.checkpointOf(START_OFFSET_FILE, (log) =>
      log.startOffset > (log.segments[0]?.baseOffset ?? 0) ? log.startOffset : undefined,
    );
    this.checkpoints = [
      this.checkpointOf(RECOVERY_POINT_FILE, (log) => log.recoveryPoint),
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

  /** Of the disk with the data folder; undefined where it is not known. */
  space(): Promise<DiskSpace | undefined> {
    return this.options.files.space(this.options.folder);
  }

  /** Opens a partition's log, with recovery when the last shutdown was not clean. A new log begins empty. */
  open(topic: string, partition: number, topicId: string, config: () => LogConfig): PartitionLog {
    const { files, logger, highWatermarkIs, now } = this.options;
    const { measures } = this;
    const name = `${topic}-${partition}`;
    const folder = this.path(name);
    const metadata = `version: 0\ntopic_id: ${topicId}`;
    let names = files.list(folder);
    const known = names.includes(METADATA_FILE)
      ? files.readFile(join(folder, METADATA_FILE))?.toString('utf8').trim()
      : undefined;
    const isNew = known !== metadata;
    if (isNew) {
      // A torn or missing file proves nothing; only the complete id of another topic does.
      const otherId = /topic_id: ([\w-]{22})$/.exec(known ?? '')?.[1];
      if (otherId !== undefined && otherId !== topicId) {
        this.setAside(name);
        names = [];
      }
      files.makeDirectory(folder);
      writeFirstLeaderEpoch(files, folder);
      const path = join(folder, METADATA_FILE);
      if (!files.createExclusive(path, metadata)) files.replaceFile(path, metadata, false);
    }
    const loaded = loadLog(files, folder, names, this.recoveryPoints.get(name) ?? 0, this.wasClean);
    if (loaded.cut) logger('warn', 'torn log tail cut', { partition: name, ...loaded.cut });
    const leaderEpochs = readLeaderEpochs(files, folder);
    const options = { files, folder, topic, partition, leaderEpochs, config, highWatermarkIs, now, measures };
    const log = new PartitionLog(loaded, this.startOffsets.get(name) ?? 0, options);
    const compactedOffset = this.compactedOffsets.get(name) ?? 0;
    // Beyond the end: it is that of a deleted topic of the same name, or of a log that recovery has cut.
    if (!isNew && compactedOffset <= log.nextOffset) log.compactedOffset = compactedOffset;
    this.logs.set(name, log);
    return log;
  }

  /**
   * Takes a partition out of service at once and frees its name. Returns its folder, which {@link removeFolders} removes.
   */
  retire(log: PartitionLog): string {
    log.abandon();
    this.logs.delete(log.name);
    this.startOffsets.delete(log.name);
    this.compactedOffsets.delete(log.name);
    const deleted = this.path(uniqueName(log.name, DELETED_SUFFIX));
    this.options.files.rename(log.folder, deleted);
    return deleted;
  }

  /** In the background; resolves when it is done. What a crash or a stop leaves is removed by the next start. */
  removeFolders(folders: readonly string[]): Promise<void> {
    return (this.removals = this.removals.then(() => this.removeAll(folders)));
  }

  private async removeAll(folders: readonly string[]): Promise<void> {
    const { files, folder, logger } = this.options;
    if (this.isStopping || folders.length === 0) return;
    try {
      // A half-removed folder must not reappear under its old name.
      await files.syncDirectoryLater(folder);
      for (const each of folders) if (!this.isStopping) await files.removeDirectoryLater(each);
    } catch (error) {
      logger('warn', 'deleted partitions not removed from the disk', { error: String(error) });
    }
  }

  /** Renames partition folders that belong to no topic: a crash interrupted their creation or deletion. */
  setStraysAside(): void {
    const { files, folder } = this.options;
    for (const name of files.list(folder)) {
      if (this.logs.has(name) || name.endsWith(STRAY_SUFFIX) || name === KAFKA_METADATA_FOLDER) continue;
      if (files.exists(join(folder, name, METADATA_FILE))) this.setAside(name);
    }
  }

  /** Renamed, not deleted: an operator who misses records can still find them. */
  private setAside(name: string): void {
    const { files, folder, logger } = this.options;
    const aside = uniqueName(name, STRAY_SUFFIX);
    logger('warn', 'folder without a topic renamed', { folder: name, as: aside });
    files.rename(this.path(name), this.path(aside));
    files.syncDirectory(folder);
  }

  /** Syncs the logs that have changed and saves the new recovery points. */
  async sync(): Promise<void> {
    const isSynced = await this.syncChanged();
    if (isSynced || this.recoverableRecords() !== this.checkpointedRecords) await this.saveCheckpoints();
  }

  /**
   * Syncs the logs that have changed, or that recovery has found so. Resolves with whether there were any; a log that cannot be
   * synced is reported and takes no more appends.
   */
  async syncChanged(): Promise<boolean> {
    const changed: PartitionLog[] = [];
    for (const log of this.logs.values()) if (log.recoveryPoint < log.nextOffset && !log.failure) changed.push(log);
    const results = await Promise.allSettled(changed.map((log) => log.sync()));
    for (const [index, result] of results.entries()) {
      const log = changed[index];
      // A log that was deleted meanwhile has no files, which is not an error.
      if (result.status === 'rejected' && log && this.logs.get(log.name) === log) {
        this.options.logger('error', 'sync failed', { partition: log.name, error: String(result.reason) });
      }
    }
    return changed.length > 0;
  }

  private recoverableRecords(): number {
    let sum = 0;
    for (const { recoveryPoint } of this.logs.values()) sum += recoveryPoint;
    return sum;
  }

  /** Saves up to where recovery may trust the logs, and what may be read. An older state only means more work for recovery. */
  async saveCheckpoints(): Promise<void> {
    this.checkpointedRecords = this.recoverableRecords();
    for (const checkpoint of this.checkpoints) await checkpoint.save();
  }

  /** Start offsets must be on the disk before records are reported deleted. */
  saveStartOffsets(): Promise<void> {
    return this.startsCheckpoint.save();
  }

  /** Only makes the next compaction shorter. */
  saveCompactedOffsets(): Promise<void> {
    return this.compactionCheckpoint.save();
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

  /** Resolves when the background work has ended for good. Called before `close`. */
  async settle(): Promise<void> {
    this.isStopping = true;
    const saved = [...this.checkpoints, this.compactionCheckpoint];
    await Promise.all([this.removals, ...saved.map((checkpoint) => checkpoint.close())]);
  }

  /** Closes every log and writes the marker that lets the next start trust the files. */
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
