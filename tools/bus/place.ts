import type { Place } from '@event-bus/messaging-client/inspect';
import { badUsage } from './problem.ts';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `120` is an offset, `15m` and `2026-11-21T09:00:00Z` are times, `start` and `end` the ends of the partition. */
export function parsePlace(option: string, text: string, now = Date.now()): Place {
  if (text === 'start' || text === 'end') return { kind: text };
  if (/^\d{1,18}$/.test(text)) return { kind: 'offset', offset: BigInt(text) };
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago !== null) return { kind: 'time', time: new Date(now - Number(ago[1]) * UNIT_MS[ago[2]!]!) };
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return { kind: 'time', time };
  throw badUsage(
    `${option}: invalid position "${text}"`,
    'An offset (120), a time (2026-11-21T09:00:00Z), an age (30s, 15m, 2h, 3d), start or end.',
  );
}
