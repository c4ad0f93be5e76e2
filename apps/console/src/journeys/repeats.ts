import type { InboxAnswer } from '@event-bus/service-kit/admin';
import { REPEAT_STAMPS_MS_MAX } from '../limits.ts';
import type { SeenAttempt } from './seen-attempts.ts';

/** Records of the event that services have skipped, as their inboxes list the newest ones. */
export function repeatsOf(eventId: string, inboxes: readonly InboxAnswer[]): SeenAttempt[] {
  return inboxes.flatMap(({ service, repeats }) =>
    repeats.newest
      .filter((one) => one.eventId === eventId)
      .map(({ at, topic, partition, offset }) => ({
        eventId,
        group: service,
        at,
        outcome: 'repeated',
        attempt: 0,
        record: `${topic}/${partition}@${offset}`,
        error: null,
        durationMs: null,
        nextInMs: null,
      })),
  );
}

/** The attempts that the console has seen, and the repeats of the time when it was not running or not connected. */
export function withRepeats(seen: readonly SeenAttempt[], repeats: readonly SeenAttempt[]): readonly SeenAttempt[] {
  const unseen = repeats.filter((repeat) => !seen.some((one) => isSame(one, repeat)));
  return unseen.length === 0 ? seen : [...seen, ...unseen].sort((one, other) => one.at.localeCompare(other.at));
}

function isSame(one: SeenAttempt, other: SeenAttempt): boolean {
  return (
    one.outcome === other.outcome &&
    one.group === other.group &&
    one.record === other.record &&
    Math.abs(Date.parse(one.at) - Date.parse(other.at)) <= REPEAT_STAMPS_MS_MAX
  );
}
