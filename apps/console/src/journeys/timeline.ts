import type { Stage } from '../api.ts';
import { MAIL_GROUP } from '../scoreboard/owed-mails.ts';
import { placeOf } from './journey-facts.ts';
import type { JourneyFacts } from './journey-facts.ts';
import type { SeenAttempt } from './seen-attempts.ts';

/** The stages of an event in the order in which it passes them; each group has its own. */
export function timelineOf(facts: JourneyFacts): Stage[] {
  return [
    ...requestStage(facts),
    ...outboxStage(facts),
    ...recordStage(facts),
    ...groupStages(facts),
    ...mailStages(facts),
  ];
}

const NO_MARKS: Stage['marks'] = [];

function requestStage({ answer, row }: JourneyFacts): Stage[] {
  if (answer === undefined) {
    return row === undefined
      ? []
      : [
          {
            id: 'http',
            kind: 'http',
            label: '',
            group: null,
            startedAt: null,
            endedAt: null,
            outcome: 'not-kept',
            marks: NO_MARKS,
          },
        ];
  }
  const { method, route, status, at, ms } = answer;
  return [
    {
      id: 'http',
      kind: 'http',
      label: `${method} ${route} → ${status}`,
      group: null,
      startedAt: new Date(Date.parse(at) - ms).toISOString(),
      endedAt: at,
      outcome: status < 400 ? 'done' : 'failed',
      marks: NO_MARKS,
    },
  ];
}

function outboxStage({ row, inbox, mail }: JourneyFacts): Stage[] {
  const base = { id: 'outbox', kind: 'outbox', group: null, marks: NO_MARKS } as const;
  if (row === undefined) {
    // Published rows are deleted after a day.
    const isKnown = inbox.length > 0 || mail !== undefined;
    return isKnown ? [{ ...base, label: '', startedAt: null, endedAt: null, outcome: 'not-kept' }] : [];
  }
  const shard = row.shard === undefined ? '' : ` · shard ${row.shard}`;
  const why = row.reason == null ? '' : ` · ${row.reason.kind}`;
  return [
    {
      ...base,
      label: `seq ${row.seq}${shard}${why}`,
      startedAt: row.createdAt,
      endedAt: row.publishedAt,
      outcome: row.publishedAt === null ? (row.reason?.kind === 'rejected' ? 'failed' : 'open') : 'done',
    },
  ];
}

function recordStage(facts: JourneyFacts): Stage[] {
  const label = placeOf(facts);
  if (label === null) return [];
  const startedAt = facts.row?.publishedAt ?? null;
  const endedAt = earliest([
    ...facts.inbox.map((one) => one.createdAt),
    ...facts.attempts.map(begunAt),
    ...facts.letters.map((one) => one.createdAt),
    ...(facts.mail === undefined ? [] : [facts.mail.createdAt]),
  ]);
  return [
    {
      id: 'record',
      kind: 'record',
      label,
      group: null,
      startedAt,
      endedAt: endedAt !== null && startedAt !== null && endedAt < startedAt ? startedAt : endedAt,
      outcome: endedAt === null ? 'open' : 'done',
      marks: NO_MARKS,
    },
  ];
}

function groupStages({ attempts, inbox, parked, letters }: JourneyFacts): Stage[] {
  const groups = [...new Set([...attempts, ...inbox, ...parked, ...letters].map(({ group }) => group))].sort();
  return groups.flatMap((group): Stage[] => {
    const seen = attempts.filter((one) => one.group === group);
    const row = inbox.find((one) => one.group === group);
    const lane = parked.find((one) => one.group === group);
    const letter = letters.find((one) => one.group === group);
    const startedAt = earliest([
      ...seen.map(begunAt),
      ...(row === undefined ? [] : [row.createdAt]),
      ...(letter === undefined ? [] : [letter.createdAt]),
    ]);
    const doneAt = row?.doneAt ?? seen.find(({ outcome }) => outcome === 'handled')?.at ?? null;
    // The letter's time is when its transaction began, which is before the last attempt ended.
    const failedAt = seen.findLast(({ outcome }) => outcome === 'dead')?.at;
    const givenUpAt = letter === undefined || letter.state === 'redriven' ? null : (failedAt ?? letter.createdAt);
    // From there on its attempts are those of the parked record, a stage of its own.
    const parkedAt = seen.find(({ outcome }) => outcome === 'parked')?.at ?? null;
    const isOwn = ({ at }: SeenAttempt) => parkedAt === null || at <= parkedAt;
    const stage: Stage = {
      id: `group:${group}`,
      kind: 'group',
      label: row?.handler ?? group,
      group,
      startedAt: startedAt ?? lane?.parkedAt ?? null,
      endedAt: parkedAt ?? doneAt ?? givenUpAt,
      outcome:
        parkedAt !== null
          ? 'failed'
          : doneAt !== null
            ? 'done'
            : givenUpAt !== null
              ? 'dead'
              : lane !== undefined
                ? 'waiting'
                : 'open',
      marks: [
        ...seen.filter(isOwn).flatMap(failureMark),
        ...(letter?.state === 'redriven' && letter.resolvedAt !== null
          ? [
              // Of an attempt that was not seen, the letter has the error.
              ...(failedAt === undefined
                ? [{ at: letter.createdAt, kind: 'failed' as const, text: letter.error }]
                : []),
              { at: letter.resolvedAt, kind: 'redriven' as const, text: letter.resolvedBy ?? '' },
            ]
          : []),
      ],
    };
    return [stage, ...parkedStage(group, seen, lane)];
  });
}

function parkedStage(
  group: string,
  seen: readonly SeenAttempt[],
  lane: JourneyFacts['parked'][number] | undefined,
): Stage[] {
  const first = seen.find(({ outcome }) => outcome === 'parked');
  const startedAt = first?.at ?? lane?.parkedAt;
  if (startedAt === undefined) return [];
  const last = seen.findLast(({ outcome }) => outcome === 'parked');
  const ended =
    lane === undefined ? seen.find(({ at, outcome }) => at > (last?.at ?? '') && outcome !== 'parked') : undefined;
  const failures = seen.filter(({ at, outcome }) => at > startedAt && outcome !== 'dead').flatMap(failureMark);
  return [
    {
      id: `parked:${group}`,
      kind: 'parked',
      label: lane?.error ?? last?.error ?? '',
      group,
      startedAt,
      endedAt: ended === undefined ? null : begunAt(ended),
      outcome: lane === undefined ? 'done' : 'waiting',
      marks: [...failures, ...(lane?.dueAt == null ? [] : [{ at: lane.dueAt, kind: 'due' as const, text: '' }])],
    },
  ];
}

/** Its last attempt: the ledger's row is as old as the first, and the time between them was no conversation. */
function smtpStage({ mail, attempts, letters }: JourneyFacts): Stage[] {
  if (mail === undefined) return [];
  const last = attempts.findLast(({ group, outcome }) => group === MAIL_GROUP && outcome !== 'repeated');
  const begun = last === undefined ? mail.createdAt : begunAt(last);
  const startedAt = begun > mail.createdAt ? begun : mail.createdAt;
  const failedAt = last?.at ?? letters.find(({ group }) => group === MAIL_GROUP)?.createdAt ?? startedAt;
  return [
    {
      id: 'smtp',
      kind: 'smtp',
      label: mail.error ?? mail.answer ?? mail.status,
      group: null,
      startedAt: mail.acceptedAt !== null && mail.acceptedAt < startedAt ? mail.createdAt : startedAt,
      endedAt: mail.acceptedAt ?? (mail.status === 'rejected' || mail.status === 'waiting' ? failedAt : null),
      outcome:
        mail.status === 'accepted'
          ? 'done'
          : mail.status === 'rejected'
            ? 'dead'
            : mail.status === 'waiting'
              ? 'failed'
              : 'open',
      marks: NO_MARKS,
    },
  ];
}

function mailStages(facts: JourneyFacts): Stage[] {
  return [
    ...smtpStage(facts),
    ...facts.caused.map((row): Stage => ({
      id: `event:${row.eventId}`,
      kind: 'email-event',
      label: row.event,
      group: null,
      startedAt: row.createdAt,
      endedAt: row.publishedAt,
      outcome: row.publishedAt === null ? 'open' : 'done',
      marks: NO_MARKS,
    })),
  ];
}

function failureMark({ outcome, at, error }: SeenAttempt): Stage['marks'] {
  const isFailure = outcome === 'retry' || outcome === 'parked' || outcome === 'dead' || outcome === 'ambiguous';
  return isFailure && error !== null ? [{ at, kind: 'failed', text: error }] : [];
}

function begunAt({ at, durationMs }: SeenAttempt): string {
  return new Date(Date.parse(at) - (durationMs ?? 0)).toISOString();
}

function earliest(times: readonly string[]): string | null {
  return times.toSorted()[0] ?? null;
}
