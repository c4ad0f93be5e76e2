import type { JourneySummary, StageKind } from '../api.ts';
import { placeOf, stateOf } from './journey-facts.ts';
import type { JourneyFacts } from './journey-facts.ts';
import { timelineOf } from './timeline.ts';

/** A journey in one row. undefined when no source knows the event. */
export function summarize(facts: JourneyFacts, now = Date.now()): JourneySummary | undefined {
  const { eventId, row, answer, attempts, inbox, parked, letters, mail } = facts;
  const at =
    answer === undefined
      ? (row?.createdAt ?? mail?.createdAt ?? inbox[0]?.createdAt ?? letters[0]?.createdAt)
      : begunAt(answer);
  if (at === undefined) return undefined;
  const state = stateOf(facts);
  const ended =
    mail?.acceptedAt ??
    (state === 'published' ? row?.publishedAt : null) ??
    (state === 'dead' ? (attempts.findLast(({ outcome }) => outcome === 'dead')?.at ?? letters[0]?.createdAt) : null);
  return {
    eventId,
    event: row?.event ?? letters[0]?.event ?? parked[0]?.event ?? '',
    at,
    about: mail?.recipient ?? row?.field ?? row?.key ?? eventId,
    state,
    totalMs:
      state === 'unknown' || (ended == null && (state === 'mailed' || state === 'dead' || state === 'published'))
        ? null
        : Math.max(0, Math.round((ended == null ? now : Date.parse(ended)) - Date.parse(at))),
    dueAt: parked[0]?.dueAt ?? null,
    path: {
      status: answer?.status ?? null,
      seq: row?.seq ?? null,
      record: placeOf(facts),
      attempts: Math.max(
        mail?.attempts ?? 0,
        inbox[0]?.attempts ?? 0,
        parked[0]?.attempts ?? 0,
        ...attemptsOfGroups(attempts),
      ),
      smtp: mail?.error ?? mail?.answer ?? (mail?.status === 'accepted' ? 'accepted' : null),
    },
    stages: stagesOf(facts, now),
  };
}

/** Each group counts for itself: two that handle an event at once are no second attempt, nor is a duplicate that is skipped. */
function attemptsOfGroups(attempts: JourneyFacts['attempts']): number[] {
  const made = attempts.filter(({ outcome }) => outcome !== 'repeated');
  return [...Map.groupBy(made, ({ group }) => group).values()].map(({ length }) => length);
}

/** One of each kind: groups run beside each other, so the longest stands for them. */
function stagesOf(facts: JourneyFacts, now: number): JourneySummary['stages'] {
  const longest = new Map<StageKind, number>();
  for (const { kind, startedAt, endedAt } of timelineOf(facts)) {
    if (startedAt === null) continue;
    const ms = Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
    longest.set(kind, Math.max(ms, longest.get(kind) ?? 0));
  }
  return [...longest].map(([kind, ms]) => ({ kind, ms }));
}

function begunAt({ at, ms }: { readonly at: string; readonly ms: number }): string {
  return new Date(Date.parse(at) - ms).toISOString();
}
