import type { DeadLettersAnswer, InboxAnswer, OutboxAnswer, ParkedAnswer } from '@event-bus/service-kit/admin';
import type { JourneyState, SourceProblem } from '../api.ts';
import type { LedgerRow } from '../sources/ledger-source.ts';
import type { SeenAnswer, SeenAttempt } from './seen-attempts.ts';

export type OutboxRow = Pick<
  OutboxAnswer['rows'][number],
  'seq' | 'eventId' | 'event' | 'topic' | 'traceId' | 'field' | 'createdAt' | 'publishedAt' | 'partition' | 'offset'
> &
  Partial<OutboxAnswer['rows'][number]> & { readonly service: string };

/** What each source knows of one event. */
export interface JourneyFacts {
  readonly eventId: string;
  readonly row: OutboxRow | undefined;
  readonly answer: SeenAnswer | undefined;
  readonly attempts: readonly SeenAttempt[];
  readonly inbox: InboxAnswer['rows'];
  readonly parked: ParkedAnswer['rows'];
  readonly letters: DeadLettersAnswer['rows'];
  readonly mail: LedgerRow | undefined;
  /** Of the outbox of the group: what the event caused. */
  readonly caused: readonly OutboxRow[];
  /** Where the scoreboard has it, for those whose rows were not read. */
  readonly seenPlace?: string | undefined;
  readonly isMissing: boolean;
  readonly owesMail: boolean;
  readonly traceId: string | null;
  readonly problems: readonly SourceProblem[];
}

export function stateOf({
  row,
  mail,
  parked,
  letters,
  isMissing,
  owesMail,
  seenPlace,
  problems,
}: JourneyFacts): JourneyState {
  if (mail?.status === 'accepted') return mail.ambiguous ? 'ambiguous' : 'mailed';
  if (isMissing) return 'missing';
  if (seenPlace === 'mailed' || seenPlace === 'dead' || seenPlace === 'parked') return seenPlace;
  if (letters.some(({ state }) => state !== 'redriven')) return 'dead';
  if (parked.length > 0) return 'parked';
  if (!owesMail && row?.publishedAt != null) return 'published';
  return problems.length > 0 ? 'unknown' : 'in-flight';
}

/** Where its record is: as the outbox says, or else whoever has consumed it. */
export function placeOf({ row, inbox, letters }: JourneyFacts): string | null {
  const found = row?.offset != null ? row : (inbox[0] ?? letters[0]);
  return found === undefined ? null : `${found.topic}/${found.partition}@${found.offset}`;
}
