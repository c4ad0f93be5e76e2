import type { DiskMeasures } from '../log/disk-measures.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import type { Logger } from '../observe/logger.ts';
import type { FileSystem } from '../storage/file-system.ts';
import { inTurns, eachInSteps } from '../turns.ts';
import { WireFormatError } from '../wire/byte-reader.ts';
import { cleanableRange } from './cleanable-range.ts';
import type { CleanableRange } from './cleanable-range.ts';
import { cleanLog } from './clean-log.ts';
import { CleaningStoppedError } from './pace.ts';
import { UncleanableLogError } from './stored-batches.ts';

interface LogCleanerParts {
  readonly files: FileSystem;
  readonly logger: Logger;
  readonly logs: {
    readonly logs: ReadonlyMap<string, PartitionLog>;
    readonly measures: DiskMeasures;
    saveCheckpoints(): Promise<void>;
    saveCompactedOffsets(): Promise<void>;
  };
}

/** Compacts the logs of topics with `cleanup.policy=compact` in the background, one at a time. */
export class LogCleaner {
  private readonly parts: LogCleanerParts;
  private readonly uncleanable = new WeakSet<PartitionLog>();
  private isStopping = false;

  constructor(parts: LogCleanerParts) {
    this.parts = parts;
  }

  /** Ends a running compaction at its next pause. What it had not put in place is dropped. */
  stop(): void {
    this.isStopping = true;
  }

  /** Compacts once what is due, first the log with the largest dirty share. */
  async cleanAll(now = Date.now()): Promise<void> {
    const { logs } = this.parts;
    const rangeOf = (log: PartitionLog) => (this.uncleanable.has(log) ? undefined : cleanableRange(log, now));
    const ranges = await inTurns(eachInSteps(logs.logs.values(), (log) => ({ log, range: rangeOf(log) })));
    const due = ranges.filter((each): each is { log: PartitionLog; range: CleanableRange } => each.range !== undefined);
    for (const { log, range } of due.toSorted((a, b) => b.range.dirtyRatio - a.range.dirtyRatio)) {
      if (this.isStopping) return;
      await this.clean(log, range, now);
    }
  }

  private async clean(log: PartitionLog, range: CleanableRange, now: number): Promise<void> {
    const { files, logger, logs } = this.parts;
    const closedBytes = () => log.sizeBytes - log.active.sizeBytes;
    const began = performance.now();
    const bytesBefore = closedBytes();
    try {
      await cleanLog(log, range, {
        files,
        now,
        isStopping: () => this.isStopping,
        saveRecoveryPoints: () => logs.saveCheckpoints(),
        saveCompactedOffsets: () => logs.saveCompactedOffsets(),
      });
      const bytesAfter = closedBytes();
      logs.measures.compactions += 1;
      logs.measures.compactedAwayBytes += Math.max(0, bytesBefore - bytesAfter);
      const ms = Math.round(performance.now() - began);
      logger('info', 'log compacted', { partition: log.name, upTo: range.end, bytesBefore, bytesAfter, ms });
    } catch (error) {
      if (error instanceof CleaningStoppedError || this.isStopping || log.failure) return;
      const isForEver = error instanceof UncleanableLogError || error instanceof WireFormatError;
      if (isForEver) this.uncleanable.add(log);
      const next = isForEver ? 'not before the next start' : 'at the next check';
      logger('error', 'log not compacted', { partition: log.name, error: String(error), retried: next });
    }
  }
}
