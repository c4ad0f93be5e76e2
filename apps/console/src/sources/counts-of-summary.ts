import type { SummaryAnswer } from '@event-bus/service-kit/admin';

/** Records of a group that wait for their next attempt, or behind one that does. Null: it has not been read. */
export function parkedOf(summary: SummaryAnswer | null, group: string): number | null {
  return summary === null ? null : (summary.parked.find((one) => one.group === group)?.records ?? 0);
}

/** Open dead letters of a group; of all of the service unless given. Null: it has not been read. */
export function deadOf(summary: SummaryAnswer | null, group?: string): number | null {
  const those = summary?.deadLetters.filter((one) => group === undefined || one.group === group);
  return those?.reduce((sum, { letters }) => sum + letters, 0) ?? null;
}
