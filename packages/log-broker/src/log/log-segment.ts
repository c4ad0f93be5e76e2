import { join } from 'node:path';
import { SLAB_BYTES } from '../limits.ts';
import { BATCH_HEADER_BYTES, batchSizeAt, lastOffsetAt, readBatchHeader } from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';
import type { AnswerSlabs, SequentialSource } from '../slab-pool.ts';
import type { FileSystem, StoredFile } from '../storage/file-system.ts';
import type { IndexFile } from './index-file.ts';
import { abortedTransactionIndex, offsetIndex, timeIndex } from './segment-indexes.ts';
import type { AbortedTransaction, OffsetEntry, TimeEntry } from './segment-indexes.ts';

/** An index entry for every so many bytes of log, Kafka's default `log.index.interval.bytes`. */
const INDEX_INTERVAL_BYTES = 4_096;

/** Read ahead while walking batch headers: covers the distance between two index entries in one read. A smaller segment is read whole. */
const HEADER_WINDOW_BYTES = 8 * 1024;

/** The files of a segment, the log first. */
export const SEGMENT_EXTENSIONS = ['log', 'index', 'timeindex', 'txnindex'] as const;

/** The suffix is that of a segment that is being replaced: see segment-swap.ts. */
export function segmentFileName(
  baseOffset: number,
  extension: (typeof SEGMENT_EXTENSIONS)[number] | 'snapshot',
  suffix = '',
): string {
  return `${String(baseOffset).padStart(20, '0')}.${extension}${suffix}`;
}

export interface PositionedBatch {
  readonly position: number;
  readonly header: BatchHeader;
}

/** A part of a partition's log: one file of record batches and its indexes. Only the newest segment is appended to. */
export class LogSegment implements SequentialSource {
  readonly baseOffset: number;
  /** Bytes of whole batches. The file may be longer after a failed write; the next write overwrites the rest. */
  sizeBytes: number;
  maxTimestamp = -1;

  private readonly folder: string;
  private readonly files: FileSystem;
  private readonly log: StoredFile;
  private readonly offsets: IndexFile<OffsetEntry>;
  private readonly times: IndexFile<TimeEntry>;
  private readonly aborts: IndexFile<AbortedTransaction>;
  private readonly unindexedAborts: AbortedTransaction[] = [];
  /** Of a small segment, while its log is being loaded. */
  private content: Buffer | undefined;
  private offsetOfMaxTimestamp = -1;
  private bytesSinceIndexEntry = 0;
  private firstTimestamp: number | undefined;
  private hasGarbageBehind = false;
  private isChanged = false;
  private isClosed = false;
  /** The indexes are complete, but may not be on the disk yet. */
  hasUnsyncedIndexes = false;

  /** `names` are those in the folder, if the caller knows them. */
  constructor(files: FileSystem, folder: string, baseOffset: number, suffix = '', names?: ReadonlySet<string>) {
    this.files = files;
    this.folder = folder;
    this.baseOffset = baseOffset;
    const locate = (extension: (typeof SEGMENT_EXTENSIONS)[number]) => {
      const name = segmentFileName(baseOffset, extension, suffix);
      return { files, path: `${folder}/${name}`, isThere: names?.has(name) };
    };
    this.log = files.open(locate('log').path);
    this.sizeBytes = this.log.size;
    this.offsets = offsetIndex(locate('index'), baseOffset);
    this.times = timeIndex(locate('timeindex'), baseOffset);
    this.aborts = abortedTransactionIndex(locate('txnindex'));
    if (this.isSmall) {
      if (names) this.content = this.log.read(0, this.sizeBytes);
      for (const { header } of this.headers()) this.noteTimestamp(header);
    } else {
      const newest = this.times.last();
      if (newest) {
        this.maxTimestamp = newest.timestamp;
        this.offsetOfMaxTimestamp = newest.offset;
      }
    }
  }

  /** Read whole in less time than its indexes are opened. */
  get isSmall(): boolean {
    return this.sizeBytes <= HEADER_WINDOW_BYTES;
  }

  /** Called when the log is loaded. */
  forgetContent(): void {
    this.content = undefined;
  }

  /** Writes one batch at the end. A write that fails leaves the segment as it was. */
  append(batch: Buffer, header: BatchHeader): void {
    const position = this.sizeBytes;
    try {
      this.log.write([batch], position);
    } catch (error) {
      this.hasGarbageBehind = true;
      throw error;
    }
    this.sizeBytes = position + batch.length;
    this.noteBatch({ position, header });
  }

  /** Updates the indexes and the newest timestamp, for a batch just written or found by recovery. */
  noteBatch({ position, header }: PositionedBatch): void {
    this.isChanged = true;
    this.noteTimestamp(header);
    if (this.bytesSinceIndexEntry > INDEX_INTERVAL_BYTES) {
      try {
        this.offsets.append({ offset: header.lastOffset, position });
        this.noteMaxTimestamp();
        this.bytesSinceIndexEntry = 0;
      } catch {
        // The batch is in the log and valid. An index without this entry is slower, not wrong; the next batch adds one.
      }
    }
    this.bytesSinceIndexEntry += header.sizeBytes;
  }

  private noteTimestamp(header: BatchHeader): void {
    this.firstTimestamp ??= header.maxTimestamp;
    // A batch that compaction has emptied has no record with its timestamp.
    if (header.maxTimestamp > this.maxTimestamp && header.recordCount > 0) {
      this.maxTimestamp = header.maxTimestamp;
      this.offsetOfMaxTimestamp = header.lastOffset;
    }
  }

  private noteMaxTimestamp(): void {
    if (this.maxTimestamp > (this.times.last()?.timestamp ?? -1)) {
      this.times.append({ timestamp: this.maxTimestamp, offset: this.offsetOfMaxTimestamp });
    }
  }

  /** Time of the last write, in milliseconds since 1970. */
  get modifiedMs(): number {
    return this.log.modifiedMs;
  }

  /** Timestamp from which `segment.ms` counts: that of the first batch, as in Kafka. */
  rollsFrom(): number | undefined {
    if (this.firstTimestamp === undefined) {
      for (const { header } of this.headers()) {
        this.firstTimestamp = header.maxTimestamp;
        break;
      }
    }
    return this.firstTimestamp;
  }

  noteAborted(transaction: AbortedTransaction): void {
    this.unindexedAborts.push(transaction);
    try {
      this.indexAborts();
    } catch {
      // The marker is in the log and valid. It is indexed with the next one, when the segment is sealed, or by recovery.
    }
  }

  private indexAborts(): void {
    for (let first = this.unindexedAborts[0]; first; first = this.unindexedAborts[0]) {
      this.aborts.append(first);
      this.unindexedAborts.shift();
    }
  }

  /** Aborted transactions whose marker is in this segment. */
  abortedTransactions(): AbortedTransaction[] {
    return [...this.aborts.all(), ...this.unindexedAborts];
  }

  /** Where the first batch that ends at or after `offset` begins, or undefined when this segment has none. */
  positionOf(offset: number): number | undefined {
    const from = this.offsets.lastWhere((entry) => entry.offset <= offset)?.position ?? 0;
    for (const { position, header } of this.headers(from)) {
      if (header.lastOffset >= offset) return position;
    }
    return undefined;
  }

  /** The first batch at or behind `from` with a record of `timestamp` or later. */
  firstBatchAtOrAfter(timestamp: number, from = 0): PositionedBatch | undefined {
    if (this.maxTimestamp < timestamp) return undefined;
    // Up to the newest entry below, no record is late enough.
    const before = this.times.lastWhere((entry) => entry.timestamp < timestamp);
    const indexed = before && this.offsets.lastWhere((entry) => entry.offset <= before.offset);
    for (const batch of this.headers(Math.max(from, indexed?.position ?? 0))) {
      if (batch.header.maxTimestamp >= timestamp && batch.header.recordCount > 0) return batch;
    }
    return undefined;
  }

  /** Where a scan to the end of the segment may begin. */
  lastIndexedPosition(): number {
    return this.offsets.last()?.position ?? 0;
  }

  /** The offset after the last record; the base offset when there is none. */
  endOffset(): number {
    let end = this.baseOffset;
    for (const { header } of this.headers(this.lastIndexedPosition())) end = header.lastOffset + 1;
    return end;
  }

  /** Batch headers from a batch's position to the end. Payloads are not read. */
  *headers(from = 0): Generator<PositionedBatch> {
    let windowStart = from;
    let window = this.readRaw(from, Math.min(HEADER_WINDOW_BYTES, this.sizeBytes - from));
    for (let position = from; position + BATCH_HEADER_BYTES <= this.sizeBytes;) {
      if (position + BATCH_HEADER_BYTES > windowStart + window.length) {
        windowStart = position;
        window = this.readRaw(position, Math.min(HEADER_WINDOW_BYTES, this.sizeBytes - position));
        if (window.length < BATCH_HEADER_BYTES) return;
      }
      const header = readBatchHeader(window, position - windowStart);
      if (header.sizeBytes < BATCH_HEADER_BYTES) return;
      yield { position, header };
      position += header.sizeBytes;
    }
  }

  /**
   * Whole batches from `position`, at most `maxBytes` of them but always at least one, unless all must fit, ending before the first
   * batch that reaches `limitOffset`.
   */
  read(position: number, maxBytes: number, limitOffset: number, slabs?: AnswerSlabs, mustFit = false): Buffer {
    const wanted = Math.min(Math.max(maxBytes, BATCH_HEADER_BYTES), this.sizeBytes - position);
    let bytes = slabs?.takeAhead(this, position, wanted) ?? this.log.read(position, wanted, slabs?.take);
    if (bytes.length < BATCH_HEADER_BYTES) return Buffer.alloc(0);
    const first = batchSizeAt(bytes, 0);
    if (first > bytes.length && mustFit) return Buffer.alloc(0);
    if (first > bytes.length) bytes = this.log.read(position, first, slabs?.take);
    let end = 0;
    while (end + BATCH_HEADER_BYTES <= bytes.length) {
      const size = batchSizeAt(bytes, end);
      if (end + size > bytes.length || lastOffsetAt(bytes, end) >= limitOffset) break;
      end += size;
    }
    if (wanted === SLAB_BYTES && end > 0) slabs?.expect({ source: this, position: position + end });
    return bytes.subarray(0, end);
  }

  fill(buffer: Buffer, position: number): boolean {
    // Reading the file of a closed segment would create it again, or find another in its place.
    if (this.isClosed || this.sizeBytes - position < buffer.length) return false;
    return this.log.read(position, buffer.length, () => buffer).length === buffer.length;
  }

  /** Raw bytes, for recovery, which trusts nothing in them. */
  readRaw(position: number, length: number): Buffer {
    return this.content?.subarray(position, position + length) ?? this.log.read(position, length);
  }

  /** Drops everything behind `sizeBytes`, and the indexes; the caller scans the rest again. */
  resetTo(sizeBytes: number): void {
    this.log.truncate(sizeBytes);
    this.sizeBytes = sizeBytes;
  }

  clearIndexes(): void {
    this.isChanged = true;
    this.offsets.clear();
    this.times.clear();
    this.aborts.clear();
    this.maxTimestamp = -1;
    this.offsetOfMaxTimestamp = -1;
    this.firstTimestamp = undefined;
    this.bytesSinceIndexEntry = 0;
  }

  /**
   * Called when the segment is full or the broker stops: the file ends where the batches end, the time index is complete. A small
   * segment needs none.
   */
  seal(): void {
    if (this.hasGarbageBehind) {
      this.resetTo(this.sizeBytes);
      // Otherwise a power loss undoes it, in a segment that recovery does not check.
      this.log.syncNow();
      this.hasGarbageBehind = false;
    }
    if (this.isChanged && !this.isSmall) this.noteMaxTimestamp();
    this.indexAborts();
    this.hasUnsyncedIndexes = this.indexes().some(({ isUnsynced }) => isUnsynced);
  }

  /**
   * Called by recovery for a full segment whose indexes it has rebuilt. On a full disk its time index may end early: then a search
   * for a time in its last 4 KB finds what comes later.
   */
  sealRebuilt(): void {
    try {
      this.seal();
    } catch {
      this.hasUnsyncedIndexes = true;
    }
  }

  /** For a sealed segment, the indexes too: once all of it is on the disk, recovery trusts them. */
  async sync(): Promise<void> {
    const indexes = this.hasUnsyncedIndexes ? this.indexes() : [];
    await Promise.all([this.log, ...indexes].map(async (file) => file.sync()));
    if (indexes.length === 0) return;
    if (indexes.some(({ wasCreated }) => wasCreated)) await this.files.syncDirectoryLater(this.folder);
    this.hasUnsyncedIndexes = false;
  }

  syncNow(): void {
    const indexes = this.indexes();
    for (const file of [this.log, ...indexes]) file.syncNow();
    if (indexes.some(({ wasCreated }) => wasCreated)) this.files.syncDirectory(this.folder);
    this.hasUnsyncedIndexes = false;
  }

  private indexes(): Pick<IndexFile<unknown>, 'isUnsynced' | 'wasCreated' | 'sync' | 'syncNow' | 'close'>[] {
    return [this.offsets, this.times, this.aborts];
  }

  close(): void {
    this.isClosed = true;
    for (const file of [this.log, ...this.indexes()]) file.close();
  }

  delete(): void {
    this.close();
    for (const extension of [...SEGMENT_EXTENSIONS, 'snapshot'] as const) {
      this.files.removeFile(join(this.folder, segmentFileName(this.baseOffset, extension)));
    }
  }
}
