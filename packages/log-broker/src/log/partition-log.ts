import { join } from 'node:path';
import { BATCH_DECOMPRESSED_BYTES_MAX } from '../limits.ts';
import type { AnswerSlabs } from '../slab-pool.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { decompress } from '../wire/decompress.ts';
import {
  BATCH_HEADER_BYTES,
  NO_PRODUCER_ID,
  placeBatch,
  readBatchHeader,
  readRecords,
  stampAppendTime,
} from '../wire/record-batch.ts';
import type { BatchHeader, LogRecord } from '../wire/record-batch.ts';
import type { LeaderEpoch } from './leader-epochs.ts';
import type { DiskMeasures } from './disk-measures.ts';
import type { LogConfig } from './log-config.ts';
import { LogSegment, segmentFileName } from './log-segment.ts';
import type { PositionedBatch } from './log-segment.ts';
import { isReadWhole } from './log-recovery.ts';
import type { LoadedLog } from './log-recovery.ts';
import { encodeProducerSnapshot } from './producer-snapshot.ts';
import type { ProducerState } from './producer-state.ts';
import type { AbortedTransaction } from './segment-indexes.ts';
import { swapIn } from './segment-swap.ts';
import { readMarker } from './transaction-marker.ts';

/** Relative offsets and positions in indexes are 32 bits. */
const RELATIVE_OFFSET_MAX = 2 ** 31 - 1;

/** Sequential readers whose next position is cached, so that they need no index lookup. */
const READ_POSITIONS_REMEMBERED = 32;

export interface Appended {
  readonly baseOffset: number;
  /** Timestamp set by the broker, or -1 when the producer's is kept. */
  readonly logAppendTime: number;
  /** True when the log already holds this batch. */
  readonly duplicate: boolean;
}

export interface PartitionLogOptions {
  readonly files: FileSystem;
  readonly folder: string;
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpochs: readonly LeaderEpoch[];
  readonly config: () => LogConfig;
  /** With `synced`, readers see a record only once it is on the disk. */
  readonly highWatermarkIs: 'written' | 'synced';
  readonly now: () => number;
  readonly measures: DiskMeasures;
}

/** One partition: its segments in order, appended to at the end, read from anywhere. */
export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly folder: string;
  readonly producers: ProducerState;
  readonly segments: LogSegment[];
  /** Readers get nothing before this. */
  startOffset: number;
  /** Offset of the next record: Kafka's log end offset. */
  nextOffset: number;
  /** Everything before this is on the disk itself. */
  syncedOffset: number;
  /** Everything before this has been compacted; where the next compaction begins to look for new keys. */
  compactedOffset = 0;
  /** Set after a disk failure that leaves its content unknown; the log takes no more appends. */
  failure: Error | undefined;

  /** Bytes appended since the log was opened, and how many of them are on the disk. */
  private writtenBytes = 0;
  private syncedBytes = 0;
  /** Files were created in the folder, and a power loss could still remove them. */
  private hasUnsyncedFiles: boolean;
  /** The sync that is running; every other caller waits for it. */
  private folderSync: Promise<void> | undefined;
  private readonly options: PartitionLogOptions;
  private readonly readPositions = new Map<number, { segment: LogSegment; position: number }>();
  private readonly advanceListeners = new Set<() => void>();

  constructor(loaded: LoadedLog, startOffset: number, options: PartitionLogOptions) {
    this.options = options;
    this.topic = options.topic;
    this.partition = options.partition;
    this.folder = options.folder;
    this.segments = loaded.segments;
    this.producers = loaded.producers;
    this.nextOffset = loaded.nextOffset;
    this.syncedOffset = loaded.syncedOffset;
    // Also a log of an earlier process: while it is empty, or not all of it was synced, its folder may never have been.
    this.hasUnsyncedFiles = this.active.sizeBytes === 0 || this.syncedOffset < this.nextOffset;
    this.startOffset = Math.min(Math.max(startOffset, this.segments[0]?.baseOffset ?? 0), this.nextOffset);
  }

  get name(): string {
    return `${this.topic}-${this.partition}`;
  }

  /** There is one leader and never an election, so it never moves. */
  get leaderEpoch(): number {
    return this.options.leaderEpochs.at(-1)?.epoch ?? 0;
  }

  /** Where the newest epoch up to `epoch` ends, or undefined when all are newer. */
  endOfEpoch(epoch: number): { epoch: number; endOffset: number } | undefined {
    const { leaderEpochs } = this.options;
    const index = leaderEpochs.findLastIndex((each) => each.epoch <= epoch);
    const found = leaderEpochs[index];
    return found && { epoch: found.epoch, endOffset: leaderEpochs[index + 1]?.startOffset ?? this.highWatermark };
  }

  get config(): LogConfig {
    return this.options.config();
  }

  get active(): LogSegment {
    return this.segments.at(-1) as LogSegment;
  }

  /** Records before this offset may be read. */
  get highWatermark(): number {
    return this.options.highWatermarkIs === 'synced' ? this.syncedOffset : this.nextOffset;
  }

  /** A counter of the bytes that readers may see; only differences have a meaning. */
  get readableBytes(): number {
    return this.options.highWatermarkIs === 'synced' ? this.syncedBytes : this.writtenBytes;
  }

  /** Records before this offset belong to no open transaction. */
  get lastStableOffset(): number {
    return Math.min(this.producers.firstOpenOffset() ?? this.highWatermark, this.highWatermark);
  }

  /** What the next start may trust unchecked: the records that are synced, but not a closed segment with unsynced indexes. */
  get recoveryPoint(): number {
    const unsynced = this.segments.find(({ hasUnsyncedIndexes }) => hasUnsyncedIndexes);
    return unsynced ? Math.min(this.syncedOffset, this.segmentEnd(unsynced) - 1) : this.syncedOffset;
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /**
   * Writes a batch that has been validated. Its base offset and leader epoch are set in place.
   *
   * @throws {KafkaError} a sequence error for an idempotent producer; KAFKA_STORAGE_ERROR when the write fails, which
   *   leaves the log unchanged
   */
  append(batch: Buffer): Appended {
    if (this.failure) throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, this.failure.message);
    const { timestampType } = this.config;
    const produced = readBatchHeader(batch);
    if (produced.producerId !== NO_PRODUCER_ID && !produced.isControl && produced.baseSequence >= 0) {
      const resent = this.producers.check(produced);
      if (resent) {
        const baseOffset = resent.lastOffset - (produced.lastOffset - produced.baseOffset);
        return { baseOffset, logAppendTime: -1, duplicate: true };
      }
    }
    const logAppendTime = timestampType === 'LogAppendTime' ? this.options.now() : -1;
    if (logAppendTime >= 0) stampAppendTime(batch, logAppendTime);
    placeBatch(batch, this.nextOffset, this.leaderEpoch);
    const header = readBatchHeader(batch);
    try {
      if (this.mustRoll(header)) this.roll();
      this.active.append(batch, header);
    } catch (error) {
      this.options.measures.failedAppends += 1;
      throw new KafkaError(ErrorCode.KAFKA_STORAGE_ERROR, `${this.name}: ${(error as Error).message}`);
    }
    this.nextOffset = header.lastOffset + 1;
    this.writtenBytes += batch.length;
    this.noteProducer(header, batch);
    if (this.options.highWatermarkIs === 'written') this.announceAdvance();
    return { baseOffset: header.baseOffset, logAppendTime, duplicate: false };
  }

  private noteProducer(header: BatchHeader, batch: Buffer): void {
    if (header.producerId === NO_PRODUCER_ID) return;
    if (!header.isControl) {
      this.producers.note(header);
      return;
    }
    const marker = readMarker(batch);
    const ended = this.producers.noteMarker(header, marker.coordinatorEpoch);
    if (!ended || marker.committed) return;
    this.active.noteAborted({
      ...ended,
      lastOffset: header.lastOffset,
      lastStableOffset: this.producers.firstOpenOffset() ?? header.lastOffset + 1,
    });
  }

  private mustRoll(header: BatchHeader): boolean {
    const { active } = this;
    if (active.sizeBytes === 0) return false;
    const { segmentBytes, timestampAfterMaxMs } = this.config;
    const rollsFrom = active.rollsFrom() ?? header.maxTimestamp;
    const age = header.maxTimestamp - rollsFrom;
    return (
      // A timestamp that producers may no longer send would keep the segment young for ever.
      rollsFrom > this.options.now() + timestampAfterMaxMs ||
      active.sizeBytes + header.sizeBytes > segmentBytes ||
      age > segmentMsOf(this.config) ||
      header.lastOffset - active.baseOffset > RELATIVE_OFFSET_MAX
    );
  }

  /** Begins a new segment at the end of the log. */
  roll(): void {
    const { files, folder } = this.options;
    // An empty segment would get the same name again.
    if (this.active.sizeBytes === 0) return;
    this.active.seal();
    this.writeProducerSnapshot();
    this.segments.push(new LogSegment(files, folder, this.nextOffset));
    this.hasUnsyncedFiles = true;
  }

  /** Whether the next start can restore the producers without reading the log. */
  private hasSnapshot(): boolean {
    const { files } = this.options;
    const isUnchanged = this.writtenBytes === 0 && files.exists(this.snapshotPath());
    return isReadWhole(this.segments) || isUnchanged;
  }

  private snapshotPath(): string {
    return join(this.options.folder, segmentFileName(this.nextOffset, 'snapshot'));
  }

  /** Without `durable` a power loss may lose it; then recovery begins with an older one. */
  private writeProducerSnapshot(durable = false): void {
    this.options.files.replaceFile(this.snapshotPath(), encodeProducerSnapshot(this.producers), durable);
  }

  /**
   * Whole batches from the one holding `offset` on, up to `limitOffset` (the high watermark or the last stable offset).
   * The first may begin before `offset`: consumers skip what they did not request. Empty when there is nothing yet.
   *
   * @throws {KafkaError} OFFSET_OUT_OF_RANGE when the log does not hold this offset
   */
  read(offset: number, maxBytes: number, limitOffset: number): Buffer {
    return this.readOnce(offset, maxBytes, limitOffset, undefined, false).bytes;
  }

  /**
   * As `read`, in buffers of at most `partBytes` each, unless a batch is larger, so that those of large reads have one size: those of
   * `slabs`, if the caller has them.
   */
  readInParts(offset: number, maxBytes: number, limitOffset: number, partBytes: number, slabs?: AnswerSlabs): Buffer[] {
    const parts: Buffer[] = [];
    let from = offset;
    for (let left = maxBytes; left > 0 || parts.length === 0;) {
      const wanted = Math.min(partBytes, left);
      // Only the first batch is read however large it is.
      const { bytes, next } = this.readOnce(from, wanted, limitOffset, slabs, parts.length > 0 && wanted === left);
      if (bytes.length === 0 || (parts.length > 0 && bytes.length > left)) break;
      parts.push(bytes);
      if (wanted === left) break;
      left -= bytes.length;
      from = next;
    }
    return parts;
  }

  private readOnce(
    offset: number,
    maxBytes: number,
    limitOffset: number,
    slabs: AnswerSlabs | undefined,
    mustFit: boolean,
  ): { bytes: Buffer; next: number } {
    const nothing = { bytes: Buffer.alloc(0), next: offset };
    if (offset < this.startOffset || offset > this.nextOffset) {
      const detail = `${this.name} holds ${this.startOffset} to ${this.nextOffset}, not ${offset}`;
      throw new KafkaError(ErrorCode.OFFSET_OUT_OF_RANGE, detail);
    }
    if (offset >= limitOffset) return nothing;
    const found = this.locate(offset);
    if (!found) return nothing;
    const bytes = found.segment.read(found.position, maxBytes, limitOffset, slabs, mustFit);
    if (bytes.length === 0) return nothing;
    return { bytes, next: this.rememberEnd(found.segment, found.position, bytes) };
  }

  private locate(offset: number): { segment: LogSegment; position: number } | undefined {
    const remembered = this.readPositions.get(offset);
    if (remembered && remembered.position < remembered.segment.sizeBytes) return remembered;
    for (let index = this.segmentIndexOf(offset); index < this.segments.length; index++) {
      const segment = this.segments[index] as LogSegment;
      const position = segment.positionOf(offset);
      if (position !== undefined) return { segment, position };
    }
    return undefined;
  }

  /** Index of the last segment that begins at or before `offset`. */
  private segmentIndexOf(offset: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.segments[middle] as LogSegment).baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** The next offset after the bytes. */
  private rememberEnd(segment: LogSegment, position: number, bytes: Buffer): number {
    let last = 0;
    for (let at = 0; at < bytes.length; at += readBatchHeader(bytes, at).sizeBytes) last = at;
    const next = readBatchHeader(bytes, last).lastOffset + 1;
    this.readPositions.delete(next);
    this.readPositions.set(next, { segment, position: position + bytes.length });
    if (this.readPositions.size > READ_POSITIONS_REMEMBERED) {
      const [oldest] = this.readPositions.keys();
      if (oldest !== undefined) this.readPositions.delete(oldest);
    }
    return next;
  }

  /** The first record with a timestamp of `timestamp` or later. */
  firstRecordAtOrAfter(timestamp: number): LogRecord | undefined {
    for (const segment of this.segments) {
      for (let found = segment.firstBatchAtOrAfter(timestamp); found;) {
        for (const record of this.recordsOf(segment, found)) {
          if (record.timestamp >= timestamp && record.offset >= this.startOffset) return record;
        }
        found = segment.firstBatchAtOrAfter(timestamp, found.position + found.header.sizeBytes);
      }
    }
    return undefined;
  }

  /** The record with the newest timestamp, the first of those that share it. */
  newestRecord(): LogRecord | undefined {
    const newest = Math.max(...this.segments.map((segment) => segment.maxTimestamp));
    return newest < 0 ? undefined : this.firstRecordAtOrAfter(newest);
  }

  private recordsOf(segment: LogSegment, { position, header }: PositionedBatch): Iterable<LogRecord> {
    const payload = segment.readRaw(position, header.sizeBytes).subarray(BATCH_HEADER_BYTES);
    try {
      return [
        ...readRecords(
          header,
          decompress(payload, header.compression, Math.max(BATCH_DECOMPRESSED_BYTES_MAX, this.config.maxMessageBytes)),
        ),
      ];
    } catch {
      // Written before produced batches were validated. Readers start at its first record and decide what to do with it.
      return [{ offset: header.baseOffset, timestamp: header.maxTimestamp, key: null, value: null }];
    }
  }

  /** Aborted transactions with records in `[from, to)`, for readers of committed records. */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let index = this.segmentIndexOf(from); index < this.segments.length; index++) {
      for (const aborted of (this.segments[index] as LogSegment).abortedTransactions()) {
        if (aborted.lastOffset >= from && aborted.firstOffset < to) found.push(aborted);
      }
    }
    return found;
  }

  /** Calls back whenever readers may see more, or the log failed. Returns how to unsubscribe. */
  onAdvanced(listener: () => void): () => void {
    this.advanceListeners.add(listener);
    return () => void this.advanceListeners.delete(listener);
  }

  private announceAdvance(): void {
    for (const listener of this.advanceListeners) listener();
  }

  /** Syncs what was written so far to the disk. A failure makes the log refuse further appends. */
  async sync(): Promise<void> {
    const upTo = this.nextOffset;
    const bytes = this.writtenBytes;
    const dirty = this.segments.filter((segment) => this.isDirty(segment));
    const began = performance.now();
    try {
      await this.syncFolder();
      await Promise.all(dirty.map((segment) => this.syncSegment(segment)));
    } catch (error) {
      // After a failed fsync it is unknown which pages are on the disk (fsyncgate).
      this.failure ??= error as Error;
      throw error;
    }
    this.options.measures.noteSync((performance.now() - began) / 1_000);
    if (upTo > this.syncedOffset) {
      this.syncedOffset = upTo;
      this.syncedBytes = bytes;
    }
    if (this.options.highWatermarkIs === 'synced') this.announceAdvance();
  }

  private async syncSegment(segment: LogSegment): Promise<void> {
    try {
      await segment.sync();
    } catch (error) {
      // Its files were removed meanwhile: its records have expired, or are in a compacted segment.
      if (this.segments.includes(segment)) throw error;
    }
  }

  /** A synced record is durable only if its file is still in its folder after a power loss. */
  private syncFolder(): Promise<void> | undefined {
    if (!this.hasUnsyncedFiles) return this.folderSync;
    // Files created from now on need the next sync.
    this.hasUnsyncedFiles = false;
    const sync = this.options.files.syncDirectoryLater(this.folder);
    const forget = () => {
      if (this.folderSync === sync) this.folderSync = undefined;
    };
    this.folderSync = sync;
    sync.then(forget, forget);
    return sync;
  }

  private isDirty(segment: LogSegment): boolean {
    return segment.hasUnsyncedIndexes || this.segmentEnd(segment) > this.syncedOffset;
  }

  private segmentEnd(segment: LogSegment): number {
    const index = this.segments.indexOf(segment);
    return this.segments[index + 1]?.baseOffset ?? this.nextOffset;
  }

  /** Moves the start of the log up; whole segments before it are deleted. */
  advanceStart(offset: number): number {
    this.startOffset = Math.max(this.startOffset, Math.min(offset, this.highWatermark));
    let dropped = 0;
    while (this.segments.length > 1 && (this.segments[1] as LogSegment).baseOffset <= this.startOffset) {
      this.segments.shift()?.delete();
      dropped++;
    }
    if (dropped > 0) this.readPositions.clear();
    return dropped;
  }

  /**
   * Puts a compacted segment in the place of those that it was made from. All of them have been synced. Returns the files that
   * are left to be removed.
   *
   * @throws {Error} when a file cannot be renamed; then the log takes no more appends
   */
  replaceSegments(old: readonly LogSegment[], cleaned: LogSegment): string[] {
    const from = this.segments.indexOf(old[0] as LogSegment);
    try {
      const { segment, leftFiles } = swapIn(this.options.files, this.folder, cleaned, old);
      this.segments.splice(from, old.length, segment);
      this.readPositions.clear();
      return leftFiles;
    } catch (error) {
      this.failure ??= error as Error;
      throw error;
    }
  }

  /** Clean shutdown: indexes complete, producers saved, everything on the disk. */
  close(): void {
    this.active.seal();
    if (!this.hasSnapshot()) this.writeProducerSnapshot(true);
    // A log without records loses nothing with its files.
    if (this.hasUnsyncedFiles && this.nextOffset > 0) this.options.files.syncDirectory(this.folder);
    this.hasUnsyncedFiles = false;
    for (const segment of this.segments) {
      if (this.isDirty(segment)) segment.syncNow();
      segment.close();
    }
    this.syncedOffset = this.nextOffset;
    // What is written after the marker of a clean shutdown would be trusted unchecked.
    this.failure = new Error(`${this.name} is closed`);
    this.announceAdvance();
  }

  /** Closes the files without a clean shutdown, before the folder is deleted. */
  abandon(): void {
    for (const segment of this.segments) segment.close();
    this.failure = new Error(`${this.name} was deleted`);
    this.announceAdvance();
  }
}

/** Only closed segments are compacted, so `max.compaction.lag.ms` closes them, too. */
function segmentMsOf({ segmentMs, maxCompactionLagMs, cleanupPolicy }: LogConfig): number {
  return cleanupPolicy.includes('compact') ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs;
}
