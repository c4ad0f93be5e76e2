import type { JourneySummary } from '../api.ts';
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
    (state === 'dead' ? letters[0]?.createdAt : null);
  return {
    eventId,
    event: row?.event ?? letters[0]?.event ?? parked[0]?.event ?? '',
    at,
    about: mail?.recipient ?? row?.key ?? eventId,
    state,
    totalMs: Math.max(0, Math.round((ended == null ? now : Date.parse(ended)) - Date.parse(at))),
    dueAt: parked[0]?.dueAt ?? null,
    path: {
      status: answer?.status ?? null,
      seq: row?.seq ?? null,
      record: placeOf(facts),
      attempts: Math.max(mail?.attempts ?? 0, inbox[0]?.attempts ?? 0, parked[0]?.attempts ?? 0, attempts.length),
      smtp: mail?.error ?? (mail?.status === 'accepted' ? 'accepted' : null),
    },
    stages: timelineOf(facts).flatMap(({ kind, startedAt, endedAt }) =>
      startedAt === null
        ? []
        : [{ kind, ms: Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt)) }],
    ),
  };
}

function begunAt({ at, ms }: { readonly at: string; readonly ms: number }): string {
  return new Date(Date.parse(at) - ms).toISOString();
}
