import type { DeadLetterList, DeadLetterRow } from '../../src/api.ts';
import type { serveFixture } from './serve-fixture.ts';

const PAGE_ROWS = 500;

/** So many open dead letters, of four reasons and two errors; every seventh has the text `refused`. */
export function serveLetters(served: Awaited<ReturnType<typeof serveFixture>>, count: number): void {
  const rows = Array.from({ length: count }, (_, n) => letter(n));
  const counts = { parked: 0, dead: count, resolved: 0, problems: [] };
  served.answer('/api/failures/counts', () => counts);
  served.answer('/api/failures/dead', (query): DeadLetterList => {
    const end = Number(query.get('after') ?? 0) + PAGE_ROWS;
    return { counts, rows: rows.slice(end - PAGE_ROWS, end), next: end < count ? String(end) : null, problems: [] };
  });
}

/** The n-th of them. */
export function letter(n: number): DeadLetterRow {
  const id = String(n).padStart(12, '0');
  return {
    service: 'mail-service',
    id: `01a1fde8-0017-7b63-95cf-${id}`,
    group: 'mail-service',
    topic: 'member',
    partition: n % 12,
    offset: String(100_000 + n),
    eventId: `01a1fde8-0018-7b63-95cf-${id}`,
    event: 'member.signed-up',
    reason: ['permanent', 'exhausted', 'expired', 'undecodable'][n % 4]!,
    error: n % 7 === 0 ? 'connect refused by 127.0.0.1:1025' : '550 5.1.1 user unknown: there is no such recipient',
    attempts: 1 + (n % 6),
    redrives: n % 3,
    waiting: n % 5 === 0 ? n % 1_300 : 0,
    state: 'open',
    createdAt: new Date(Date.now() - n * 7_000).toISOString(),
  };
}
