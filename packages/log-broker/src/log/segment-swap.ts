import { join } from 'node:path';
import type { FileSystem } from '../storage/file-system.ts';
import { LogSegment, SEGMENT_EXTENSIONS, segmentFileName } from './log-segment.ts';

// How a compacted segment takes the place of those that it was made from, so that a crash at any point leaves the records of
// either. The names and their order are Kafka's: each of the two recovers the folders of the other.
//
//  1. The new segment is written to files that end in `.cleaned`, and synced. A crash: they are removed.
//  2. They are renamed to `.swap`. A crash before the last of them: the new segment is removed. After it: the old segments
//     are removed, and step 4 is done.
//  3. The old segments are renamed to `.deleted`.
//  4. The new segment gets its final name.
//  5. What ends in `.deleted` is removed.

const CLEANED = '.cleaned';
const SWAP = '.swap';
const DELETED = '.deleted';

/** An empty segment for the result of a compaction. What an earlier one has left is removed. */
export function newCleanedSegment(files: FileSystem, folder: string, baseOffset: number): LogSegment {
  removeCleaned(files, folder, baseOffset);
  return new LogSegment(files, folder, baseOffset, CLEANED);
}

export function removeCleaned(files: FileSystem, folder: string, baseOffset: number): void {
  for (const extension of SEGMENT_EXTENSIONS) {
    files.removeFile(join(folder, segmentFileName(baseOffset, extension, CLEANED)));
  }
}

/**
 * Puts `cleaned`, which has been synced, in the place of `old`: the segments that it was made from, with the same base offset.
 *
 * @returns the segment under its final name, and the files that are left to be removed
 * @throws {Error} when a rename fails; then only the next start can bring the folder in order
 */
export function swapIn(
  files: FileSystem,
  folder: string,
  cleaned: LogSegment,
  old: readonly LogSegment[],
): { segment: LogSegment; leftFiles: string[] } {
  const { baseOffset } = cleaned;
  const leftFiles: string[] = [];
  const rename = (name: string, to: string) => {
    if (files.exists(join(folder, name))) files.rename(join(folder, name), join(folder, to));
  };
  const renameSegment = (from: string, to: string) => {
    for (const extension of SEGMENT_EXTENSIONS) {
      rename(segmentFileName(baseOffset, extension, from), segmentFileName(baseOffset, extension, to));
    }
  };
  cleaned.close();
  renameSegment(CLEANED, SWAP);
  for (const segment of old) {
    segment.close();
    // The new segment takes over the snapshot of producers at its own beginning.
    const isFirst = segment.baseOffset === baseOffset;
    for (const extension of isFirst ? SEGMENT_EXTENSIONS : ([...SEGMENT_EXTENSIONS, 'snapshot'] as const)) {
      const name = segmentFileName(segment.baseOffset, extension);
      if (!files.exists(join(folder, name))) continue;
      rename(name, name + DELETED);
      leftFiles.push(join(folder, name + DELETED));
    }
  }
  renameSegment(SWAP, '');
  return { segment: new LogSegment(files, folder, baseOffset), leftFiles };
}

/** Whether a folder with these files was left in the middle of a swap. */
export function isSwapUnfinished(names: readonly string[]): boolean {
  return names.some((name) => [CLEANED, SWAP, DELETED].some((suffix) => name.endsWith(suffix)));
}

/** Finishes or undoes the swap in which a crash has interrupted a broker, this one or a Kafka. */
export function finishSwaps(files: FileSystem, folder: string): void {
  const names = files.list(folder);
  const firstCleaned = Math.min(...names.filter((name) => name.endsWith(CLEANED)).map(offsetOf));
  const swaps: string[] = [];
  for (const name of names) {
    if (name.endsWith(CLEANED) || name.endsWith(DELETED)) files.removeFile(join(folder, name));
    else if (name.endsWith(SWAP)) {
      // Step 2 was not finished.
      if (offsetOf(name) >= firstCleaned) files.removeFile(join(folder, name));
      else swaps.push(name);
    }
  }
  for (const swap of swaps) {
    if (swap.endsWith(`.log${SWAP}`)) removeReplaced(files, folder, offsetOf(swap));
  }
  for (const swap of swaps) files.rename(join(folder, swap), join(folder, swap.slice(0, -SWAP.length)));
}

/** Removes the segments that a swap with this base offset replaces: step 3 may not have been finished. */
function removeReplaced(files: FileSystem, folder: string, baseOffset: number): void {
  const swap = new LogSegment(files, folder, baseOffset, SWAP);
  const endOffset = swap.endOffset();
  swap.close();
  for (const name of files.list(folder)) {
    const offset = offsetOf(name);
    const isReplaced = offset === baseOffset || (offset > baseOffset && offset < endOffset);
    const isKept = name.endsWith(SWAP) || (offset === baseOffset && name.endsWith('.snapshot'));
    if (isReplaced && !isKept) files.removeFile(join(folder, name));
  }
}

/** NaN for the name of another file. */
function offsetOf(name: string): number {
  return /^\d{20}\./.test(name) ? Number(name.slice(0, 20)) : Number.NaN;
}
