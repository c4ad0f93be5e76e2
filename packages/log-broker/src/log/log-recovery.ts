import { join } from 'node:path';
import type { FileSystem } from '../storage/file-system.ts';
import { BATCH_HEADER_BYTES, NO_PRODUCER_ID, batchDefect, batchSizeAt, readBatchHeader } from '../wire/record-batch.ts';
import type { BatchHeader } from '../wire/record-batch.ts';
import { LogSegment, segmentFileName } from './log-segment.ts';
import { ProducerState } from './producer-state.ts';
import { restoreProducerSnapshot } from './producer-snapshot.ts';
import { finishSwaps, isSwapUnfinished } from './segment-swap.ts';
import { readMarker } from './transaction-marker.ts';

/** Bytes read at a time while a segment is checked. A longer batch is read whole. */
const SCAN_CHUNK_BYTES = 1024 * 1024;

export interface LoadedLog {
  readonly segments: LogSegment[];
  readonly producers: ProducerState;
  readonly nextOffset: number;
  /** Everything before this is known to be on the disk. A killed process may have left the rest in the page cache. */
  readonly syncedOffset: number;
  /** What was cut off at the end; undefined when nothing was. */
  readonly cut: CutTail | undefined;
}

export interface CutTail {
  readonly file: string;
  readonly position: number;
  readonly bytes: number;
  readonly segmentsDropped: number;
  readonly reason: string;
}

/**
 * Loads a partition's folder.
 *
 * After a clean shutdown the files are trusted. Otherwise every batch from the recovery point on (all before it was
 * synced) is checked by size, checksum and offset; the log is cut at the first that fails, later segments are dropped,
 * and the indexes of what was scanned are rebuilt. Nothing before the first bad batch is ever cut. What was found is not synced
 * here: all logs are synced together, before the broker serves what is in them.
 *
 * With thousands of partitions the time of a start is the number of files that are opened: a small log is read once, whole.
 *
 * @param known the names in the folder
 */
export function loadLog(
  files: FileSystem,
  folder: string,
  known: readonly string[],
  recoveryPoint: number,
  wasClean: boolean,
): LoadedLog {
  let names = known;
  if (isSwapUnfinished(names)) {
    finishSwaps(files, folder);
    names = files.list(folder);
  }
  const baseOffsets = names
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => Number(name.slice(0, 20)))
    .sort((a, b) => a - b);
  if (baseOffsets.length === 0) baseOffsets.push(0);
  removeOrphans(files, folder, names, new Set(baseOffsets));
  const present = new Set(names);
  const segments = baseOffsets.map((baseOffset) => new LogSegment(files, folder, baseOffset, '', present));

  const checkedFrom = wasClean ? undefined : firstToCheck(segments, recoveryPoint);
  const cut = checkedFrom && checkTail(files, folder, segments, recoveryPoint);
  const last = segments.at(-1) as LogSegment;
  const nextOffset = last.endOffset();
  const snapshots = snapshotsIn(cut ? files.list(folder) : names);
  const producers = rebuildProducers(files, folder, {
    segments,
    snapshots,
    trustedUpTo: checkedFrom?.baseOffset ?? nextOffset,
  });
  const rebuilt = checkedFrom ? segments.slice(segments.indexOf(checkedFrom)) : [];
  for (const segment of rebuilt) if (segment !== last) segment.sealRebuilt();
  for (const segment of segments) segment.forgetContent();
  const syncedOffset = wasClean ? nextOffset : Math.min(recoveryPoint, nextOffset);
  return { segments, producers, nextOffset, syncedOffset, cut };
}

/** Index and snapshot files whose segment no longer exists, and files of a replacement that a crash interrupted. */
function removeOrphans(
  files: FileSystem,
  folder: string,
  names: readonly string[],
  baseOffsets: ReadonlySet<number>,
): void {
  for (const name of names) {
    const match = /^(\d{20})\.(index|timeindex|txnindex)$/.exec(name);
    if ((match && !baseOffsets.has(Number(match[1]))) || name.endsWith('.tmp')) files.removeFile(join(folder, name));
  }
}

/**
 * The first segment that has data behind the recovery point, or ends at it: it may have been the newest one when the point was
 * saved, and its indexes were not synced then.
 */
function firstToCheck(segments: readonly LogSegment[], recoveryPoint: number): LogSegment | undefined {
  return segments.find((_, index) => (segments[index + 1]?.baseOffset ?? Number.POSITIVE_INFINITY) >= recoveryPoint);
}

function checkTail(
  files: FileSystem,
  folder: string,
  segments: LogSegment[],
  recoveryPoint: number,
): CutTail | undefined {
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next && next.baseOffset < recoveryPoint) continue;
    const scanned = scanSegment(segment, recoveryPoint);
    // A power loss can lose the end of a segment and keep the next one: what comes after the hole is lost too.
    const isHole = next !== undefined && next.baseOffset !== scanned.endOffset && scanned.endOffset >= recoveryPoint;
    const defect = scanned.defect ?? (isHole ? `records up to ${next.baseOffset} are missing` : undefined);
    if (defect === undefined) continue;
    const dropped = segments.splice(index + 1);
    for (const later of dropped) later.delete();
    for (const name of files.list(folder)) {
      if (name.endsWith('.snapshot') && Number(name.slice(0, 20)) > scanned.endOffset)
        files.removeFile(join(folder, name));
    }
    const bytes = segment.sizeBytes - scanned.endPosition;
    segment.resetTo(scanned.endPosition);
    segment.syncNow();
    // A dropped segment that reappeared after the next power loss would follow records it does not belong to.
    files.syncDirectory(folder);
    return {
      file: join(folder, segmentFileName(segment.baseOffset, 'log')),
      position: scanned.endPosition,
      bytes,
      segmentsDropped: dropped.length,
      reason: defect,
    };
  }
  return undefined;
}

interface ScannedSegment {
  /** Where the last whole, valid batch ends. */
  readonly endPosition: number;
  readonly endOffset: number;
  readonly defect: string | undefined;
}

/** Checks every batch of a segment and rebuilds its indexes. */
function scanSegment(segment: LogSegment, recoveryPoint: number): ScannedSegment {
  segment.clearIndexes();
  let position = 0;
  let expected = segment.baseOffset;
  while (position < segment.sizeBytes) {
    let chunk = segment.readRaw(position, SCAN_CHUNK_BYTES);
    if (chunk.length >= BATCH_HEADER_BYTES && batchSizeAt(chunk, 0) > chunk.length) {
      chunk = segment.readRaw(position, Math.min(batchSizeAt(chunk, 0), segment.sizeBytes - position));
    }
    let at = 0;
    while (at < chunk.length) {
      const available = chunk.length - at;
      const isRestOfFile = position + chunk.length >= segment.sizeBytes;
      const incomplete = available < BATCH_HEADER_BYTES || batchSizeAt(chunk, at) > available;
      if (at > 0 && incomplete && !isRestOfFile) break; // the next chunk begins with this batch
      const defect =
        batchDefect(chunk, at, available) ?? offsetDefect(readBatchHeader(chunk, at), expected, recoveryPoint);
      if (defect !== undefined) return { endPosition: position + at, endOffset: expected, defect };
      const header = readBatchHeader(chunk, at);
      segment.noteBatch({ position: position + at, header });
      expected = header.lastOffset + 1;
      at += header.sizeBytes;
    }
    position += at;
  }
  return { endPosition: position, endOffset: expected, defect: undefined };
}

function offsetDefect({ baseOffset }: BatchHeader, expected: number, recoveryPoint: number): string | undefined {
  // Compaction leaves gaps, but only in what was synced long ago. Behind the recovery point a gap is a loss.
  const isInPlace = baseOffset === expected || (baseOffset > expected && expected < recoveryPoint);
  return isInPlace ? undefined : `offset ${baseOffset} where ${expected} was due`;
}

/** Whether loading the log reads all that was ever written to it, so that it needs no snapshot of the producers. */
export function isReadWhole(segments: readonly LogSegment[]): boolean {
  const [only, next] = segments;
  return only !== undefined && next === undefined && only.baseOffset === 0 && only.isSmall;
}

/** Their offsets, newest first. */
function snapshotsIn(names: readonly string[]): number[] {
  return names
    .filter((name) => /^\d{20}\.snapshot$/.test(name))
    .map((name) => Number(name.slice(0, 20)))
    .sort((a, b) => b - a);
}

/**
 * Producer state: the newest snapshot that may be trusted, and every batch after it. Behind `trustedUpTo` the indexes were
 * cleared, so aborted transactions are indexed again.
 */
function rebuildProducers(
  files: FileSystem,
  folder: string,
  { segments, snapshots, trustedUpTo }: { segments: LogSegment[]; snapshots: readonly number[]; trustedUpTo: number },
): ProducerState {
  const producers = new ProducerState();
  let from = 0;
  for (const offset of snapshots) {
    const path = join(folder, segmentFileName(offset, 'snapshot'));
    if (isReadWhole(segments) && offset <= trustedUpTo) break;
    const content = offset <= trustedUpTo ? files.readFile(path) : undefined;
    if (content && restoreProducerSnapshot(content, producers)) {
      from = offset;
      break;
    }
    files.removeFile(path);
  }
  for (const [index, segment] of segments.entries()) {
    const end = segments[index + 1]?.baseOffset;
    if (end !== undefined && end <= from) continue;
    const firstPosition = from <= segment.baseOffset ? 0 : (segment.positionOf(from) ?? segment.sizeBytes);
    for (const { position, header } of segment.headers(firstPosition)) {
      if (header.producerId === NO_PRODUCER_ID) continue;
      if (header.isControl) {
        const marker = readMarker(segment.readRaw(position, header.sizeBytes));
        const ended = producers.noteMarker(header, marker.coordinatorEpoch);
        if (ended && !marker.committed && segment.baseOffset >= trustedUpTo) {
          segment.noteAborted({
            producerId: ended.producerId,
            firstOffset: ended.firstOffset,
            lastOffset: header.lastOffset,
            lastStableOffset: producers.firstOpenOffset() ?? header.lastOffset + 1,
          });
        }
      } else {
        producers.note(header);
      }
    }
  }
  return producers;
}
