import type { LogSegment } from '../log/log-segment.ts';

/** Offsets in indexes are relative to that of the segment, in 32 bits. */
const OFFSETS_MAX = 2 ** 31 - 1;

/**
 * The segments before `end` in groups, each of which becomes one segment: compaction makes them smaller, and many small ones
 * would cost a reader more. A group is not larger than `bytesMax`, unless a single segment is.
 */
export function groupSegments(all: readonly LogSegment[], end: number, bytesMax: number): LogSegment[][] {
  const groups: LogSegment[][] = [];
  let bytes = 0;
  for (const [index, segment] of all.entries()) {
    if (segment.baseOffset >= end) break;
    const group = groups.at(-1);
    const nextOffset = all[index + 1]?.baseOffset ?? end;
    const fits = group?.[0] !== undefined && nextOffset - 1 - group[0].baseOffset <= OFFSETS_MAX;
    if (group && fits && bytes + segment.sizeBytes <= bytesMax) {
      group.push(segment);
      bytes += segment.sizeBytes;
    } else {
      groups.push([segment]);
      bytes = segment.sizeBytes;
    }
  }
  return groups;
}
