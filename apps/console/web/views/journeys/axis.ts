import type { Stage } from '../../../src/api.ts';
import { TIMELINE_WAIT_MS, TIMELINE_WAIT_SHARE, TIMELINE_WAITS_SHARE_MAX } from '../../limits.ts';

export interface Axis {
  /** Percent of the width. */
  readonly place: (ms: number) => number;
  readonly ticks: readonly Tick[];
  readonly hasWaits: boolean;
}

export interface Tick {
  readonly ms: number;
  readonly place: number;
  /** At an end of a wait that is shortened. */
  readonly isDashed: boolean;
  /** Others stand too close to the one before. */
  readonly hasLabel: boolean;
}

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly isWait: boolean;
}

/** Between two figures under the axis, in percent. */
const LABEL_GAP = 7;
/** To the last figure, which ends where the others have their middle. */
const LAST_LABEL_GAP = 11;

/**
 * Piecewise: stretches in which something runs are to scale, waits are shortened to a fixed width. Milliseconds count from
 * `start`; what is still open ends at `end`.
 */
export function timeAxis(timeline: readonly Stage[], start: number, end: number): Axis {
  const segments = segmentsOf(timeline, start, Math.max(end - start, 1));
  const waits = segments.filter(({ isWait }) => isWait).length;
  const running = segments.reduce((sum, { from, to, isWait }) => sum + (isWait ? 0 : to - from), 0);
  const waitShare = waits === 0 ? 0 : Math.min(TIMELINE_WAIT_SHARE, TIMELINE_WAITS_SHARE_MAX / waits);
  const scale = (100 - waits * waitShare) / Math.max(running, 1);
  const placed: (Segment & { readonly left: number; readonly width: number })[] = [];
  let left = 0;
  for (const segment of segments) {
    const width = segment.isWait ? waitShare : (segment.to - segment.from) * scale;
    placed.push({ ...segment, left, width });
    left += width;
  }
  const place = (ms: number) => {
    const at = placed.find(({ to }) => ms <= to) ?? placed.at(-1)!;
    const share = at.to === at.from ? 1 : (ms - at.from) / (at.to - at.from);
    return at.left + Math.min(1, Math.max(0, share)) * at.width;
  };
  return { place, hasWaits: waits > 0, ticks: ticksOf(segments, place, scale) };
}

/** From the first moment to the last, without a gap. */
function segmentsOf(timeline: readonly Stage[], start: number, length: number): readonly Segment[] {
  const since = (time: string) => Math.min(length, Math.max(0, Date.parse(time) - start));
  const moments = new Set([0, length]);
  const running: (readonly [from: number, to: number])[] = [];
  for (const { kind, startedAt, endedAt, marks } of timeline) {
    if (startedAt === null) continue;
    const from = since(startedAt);
    const to = endedAt === null ? length : since(endedAt);
    for (const moment of [from, to, ...marks.map(({ at }) => since(at))]) moments.add(moment);
    if (kind === 'http' || kind === 'smtp' || kind === 'email-event' || (kind === 'group' && marks.length === 0)) {
      running.push([from, to]);
    }
  }
  const runningMs = running.reduce((sum, [from, to]) => sum + to - from, 0);
  // A wait of some attempts would make what ran for milliseconds invisible.
  const longest = Math.min(TIMELINE_WAIT_MS, Math.max(50, 2 * runningMs));
  const sorted = [...moments].sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const [index, to] of sorted.entries()) {
    if (index === 0) continue;
    const from = sorted[index - 1]!;
    const isWait = to - from > longest && !running.some((each) => each[0] < to && each[1] > from);
    const before = segments.at(-1);
    if (before !== undefined && !before.isWait && !isWait) segments[segments.length - 1] = { ...before, to };
    else segments.push({ from, to, isWait });
  }
  return segments;
}

function ticksOf(segments: readonly Segment[], place: (ms: number) => number, scale: number): readonly Tick[] {
  const ends = new Map<number, boolean>([[0, false]]);
  for (const { from, to, isWait } of segments) {
    if (isWait) {
      ends.set(from, true);
      ends.set(to, true);
      continue;
    }
    const step = roundStep(LABEL_GAP / scale);
    for (let ms = Math.ceil(from / step) * step; ms < to; ms += step) if (!ends.has(ms)) ends.set(ms, false);
  }
  const last = segments.at(-1)!.to;
  ends.set(last, false);
  let labelled = Number.NEGATIVE_INFINITY;
  return [...ends]
    .toSorted(([a], [b]) => a - b)
    .map(([ms, isDashed]) => {
      const at = place(ms);
      const hasLabel = ms === last || (at - labelled >= LABEL_GAP && place(last) - at >= LAST_LABEL_GAP);
      if (hasLabel) labelled = at;
      return { ms, place: at, isDashed, hasLabel };
    })
    .filter(({ isDashed, hasLabel }) => isDashed || hasLabel);
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least)!;
}
