import { BATCH_DECOMPRESSED_BYTES_MAX, OFFSET_MAP_BYTES_MAX, OFFSET_MAP_BYTES_MIN } from '../limits.ts';
import type { LogSegment } from '../log/log-segment.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { newCleanedSegment, removeCleaned } from '../log/segment-swap.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { readBatchHeader } from '../wire/record-batch.ts';
import type { CleanableRange } from './cleanable-range.ts';
import { cleanBatch } from './clean-batch.ts';
import { readKeyOffsets } from './key-offsets.ts';
import { Pace } from './pace.ts';
import { groupSegments } from './segment-groups.ts';
import { storedBatches } from './stored-batches.ts';
import { TransactionsSeen } from './transactions-seen.ts';
import { whatStays } from './what-stays.ts';
import type { CompactionRules } from './what-stays.ts';

interface CleaningParts {
  readonly files: FileSystem;
  readonly now: number;
  readonly isStopping: () => boolean;
  /** Saves up to where the files of each log are on the disk. */
  readonly saveRecoveryPoints: () => Promise<void>;
  /** Saves up to where each log is compacted. */
  readonly saveCompactedOffsets: () => Promise<void>;
  /** For tests: the size of the map of keys. */
  readonly mapBytesMax?: number;
}

/**
 * Compacts a log: once over the keys of its dirty part, in several rounds when they are too many, and in each round once over
 * all of its closed segments. Clients are served in between.
 *
 * @throws {CleaningStoppedError} when the broker stops, the topic is deleted, or segments expire meanwhile
 * @throws {UncleanableLogError} when the log can never be compacted
 */
export async function cleanLog(log: PartitionLog, range: CleanableRange, parts: CleaningParts): Promise<void> {
  for (let from = range.dirtyFrom; from < range.end; from = log.compactedOffset) {
    await new Cleaning(log, range, parts).run(from);
  }
}

class Cleaning {
  private readonly log: PartitionLog;
  private readonly range: CleanableRange;
  private readonly parts: CleaningParts;
  private readonly decompressedBytesMax: number;
  private readonly pace: Pace;
  /** What is being read: retention can delete it meanwhile. */
  private sources: readonly LogSegment[];

  constructor(log: PartitionLog, range: CleanableRange, parts: CleaningParts) {
    this.log = log;
    this.range = range;
    this.parts = parts;
    this.decompressedBytesMax = Math.max(BATCH_DECOMPRESSED_BYTES_MAX, log.config.maxMessageBytes);
    this.sources = log.segments.filter(({ baseOffset }) => baseOffset < range.end);
    const isThere = (segment: LogSegment) => log.segments.includes(segment);
    this.pace = new Pace(() => !parts.isStopping() && !log.failure && this.sources.every(isThere));
  }

  async run(from: number): Promise<void> {
    const { log, range, parts, pace } = this;
    // Behind the recovery point a gap in the offsets is taken for a loss, so it has to be beyond the gaps that are made here.
    await pace.waitFor(log.sync());
    await pace.waitFor(parts.saveRecoveryPoints());
    const mapBytes = Math.min(Math.max(range.dirtyBytes, OFFSET_MAP_BYTES_MIN), OFFSET_MAP_BYTES_MAX);
    const keys = await readKeyOffsets(
      log,
      from,
      range.end,
      parts.mapBytesMax ?? mapBytes,
      this.decompressedBytesMax,
      pace,
    );
    const rules: CompactionRules = {
      keys,
      transactions: new TransactionsSeen(log.abortedTransactions(0, range.end)),
      producers: log.producers,
      end: range.end,
      now: parts.now,
      deleteRetentionMs: log.config.deleteRetentionMs,
    };
    for (const group of groupSegments(log.segments, keys.end, log.config.segmentBytes))
      await this.replace(group, rules);
    log.compactedOffset = keys.end;
    await pace.waitFor(parts.saveCompactedOffsets());
  }

  /** Makes one segment of a group. */
  private async replace(group: readonly LogSegment[], rules: CompactionRules): Promise<void> {
    const { log, pace } = this;
    const { files } = this.parts;
    const [first] = group as [LogSegment];
    const cleaned = newCleanedSegment(files, log.folder, first.baseOffset);
    try {
      for (const segment of group) await this.rewrite(segment, cleaned, rules);
      cleaned.seal();
      await pace.waitFor(cleaned.sync());
    } catch (error) {
      cleaned.close();
      removeCleaned(files, log.folder, first.baseOffset);
      throw error;
    }
    this.sources = this.sources.filter((segment) => !group.includes(segment));
    const leftFiles = log.replaceSegments(group, cleaned);
    await pace.waitFor(files.syncDirectoryLater(log.folder));
    for (const file of leftFiles) await pace.waitFor(files.removeFileLater(file));
  }

  private async rewrite(segment: LogSegment, cleaned: LogSegment, rules: CompactionRules): Promise<void> {
    const { pace } = this;
    const horizon = Math.min(rules.now + rules.deleteRetentionMs, Number.MAX_SAFE_INTEGER);
    for (const batch of storedBatches(segment)) {
      if (pace.isOver) await pace.pause();
      const verdict = whatStays(batch, rules);
      const stays = await cleanBatch(batch, verdict, horizon, this.decompressedBytesMax, pace);
      if (stays) cleaned.append(stays, readBatchHeader(stays));
      if (stays && verdict.abortedTransaction) cleaned.noteAborted(verdict.abortedTransaction);
    }
  }
}
