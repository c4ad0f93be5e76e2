import { deadLettersAnswer, inboxAnswer, outboxAnswer, parkedAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import type { Journey, JourneySearch, JourneySummary, SourceProblem } from '../api.ts';
import { ConsoleProblem } from '../http/problem.ts';
import { JOURNEY_ROWS_READ_MAX, JOURNEYS_FOUND_MAX } from '../limits.ts';
import { summaryOf } from '../mails/mail-summary.ts';
import { AbsentRows } from '../scoreboard/absent-rows.ts';
import { ADDRESS_FIELDS, MAIL_GROUP, owesMail } from '../scoreboard/owed-mails.ts';
import { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { LedgerSource } from '../sources/ledger-source.ts';
import type { LedgerRow } from '../sources/ledger-source.ts';
import { CAUSED_PUBLISHERS, isCaused } from './causes.ts';
import type { JourneyFacts, OutboxRow } from './journey-facts.ts';
import { LatestJourneys } from './latest-journeys.ts';
import { repeatsOf, withRepeats } from './repeats.ts';
import { SeenAttempts } from './seen-attempts.ts';
import { summarize } from './summarize.ts';
import { timelineOf } from './timeline.ts';

type Place = JourneySearch['places'][number]['kind'];

const PLACE_NAMES: Readonly<Record<Place, string>> = {
  ledger: 'ledger',
  outbox: 'outbox',
  'dead-letters': 'dead letters',
};

const ALL = `limit=${JOURNEY_ROWS_READ_MAX}`;

interface Looked {
  readonly place: JourneySearch['places'][number];
  /** Not when it does not answer. */
  readonly isSearched: boolean;
  readonly ids: readonly string[];
}

/** Looks an event up in every source by its id, and finds ids by what people know: an address, an order, a member, a trace. */
@Injectable()
export class JourneysService {
  readonly #admin: AdminSource;
  readonly #ledger: LedgerSource;
  readonly #seen: SeenAttempts;
  readonly #scoreboard: ScoreboardService;
  readonly #absent: AbsentRows;
  readonly #latest: LatestJourneys;

  constructor(
    admin: AdminSource,
    ledger: LedgerSource,
    seen: SeenAttempts,
    scoreboard: ScoreboardService,
    absent: AbsentRows,
    latest: LatestJourneys,
  ) {
    this.#admin = admin;
    this.#ledger = ledger;
    this.#seen = seen;
    this.#scoreboard = scoreboard;
    this.#absent = absent;
    this.#latest = latest;
  }

  async search(query: string): Promise<JourneySearch> {
    if (query === '') {
      await this.#latest.refresh();
      return { query, journeys: this.#latest.journeys, searched: [], places: [], problems: [] };
    }
    const problems: SourceProblem[] = [];
    const look = async (kind: Place, service: string, find: () => Promise<readonly string[]>): Promise<Looked> => {
      try {
        return { place: { kind, service }, isSearched: true, ids: await find() };
      } catch (error) {
        return {
          place: { kind, service },
          isSearched: isRefusal(error),
          ids: this.#note(problems, service, error, []),
        };
      }
    };
    const text = query.trim();
    const looked = await Promise.all([
      look('ledger', MAIL_GROUP, async () => {
        const by = text.includes('@') ? { to: text } : { eventId: text };
        return (await this.#ledger.read({ ...by, limit: JOURNEYS_FOUND_MAX })).map(({ eventId }) => eventId);
      }),
      ...this.#admin.services.flatMap((service) => [
        look('outbox', service, async () => {
          const by = text.length < 3 ? `eventId=${encodeURIComponent(text)}` : `search=${encodeURIComponent(text)}`;
          const { rows } = await this.#admin.get(
            service,
            `/admin/outbox?${by}&limit=${JOURNEYS_FOUND_MAX}`,
            outboxAnswer,
          );
          const ofId = isUuid(text)
            ? await this.#admin.get(service, `/admin/outbox?eventId=${encodeURIComponent(text)}`, outboxAnswer)
            : { rows: [] };
          // What another event caused is shown in the journey of that one.
          return [...ofId.rows, ...rows.filter(({ event }) => !isCaused(event))].map(({ eventId }) => eventId);
        }),
        look('dead-letters', service, async () => {
          const { rows } = await this.#admin.get(
            service,
            `/admin/dead-letters?state=all&limit=${JOURNEYS_FOUND_MAX}&eventId=${encodeURIComponent(text)}`,
            deadLettersAnswer,
          );
          return rows.flatMap(({ eventId }) => eventId ?? []);
        }),
      ]),
    ]);
    const places = looked.filter(({ isSearched }) => isSearched).map(({ place }) => place);
    const ids = new Set(looked.flatMap((one) => one.ids));
    const found = [...ids].slice(0, JOURNEYS_FOUND_MAX);
    // The ledger has an address of its own.
    const unsearched = looked.filter(({ place, isSearched }) => !isSearched && place.kind !== 'ledger');
    const silent = new Set(unsearched.map(({ place }) => place.service));
    const journeys = (await this.#factsOf(found, problems, silent))
      .flatMap((facts) => summarize(facts) ?? [])
      .sort((one, other) => one.at.localeCompare(other.at));
    const searched = places.map(({ kind, service }) => `${PLACE_NAMES[kind]} of ${service}`);
    return { query, journeys, searched, places, problems };
  }

  /** @throws ConsoleProblem 404 */
  async one(eventId: string): Promise<Journey> {
    const facts = (await this.#factsOf([eventId], []))[0]!;
    const summary = summarize(facts);
    if (summary === undefined) {
      if (this.#scoreboard.census.lost.includes(eventId)) {
        throw new ConsoleProblem(
          404,
          `The event ${eventId} was accepted, and is nowhere any more: its row was deleted from the outbox before it was published.`,
          'Find out what deletes rows of the table outbox. A backup of that database may still have the row.',
          { code: 'event-lost', params: { eventId } },
        );
      }
      const drop = await this.#dropOf(eventId);
      if (drop !== undefined) {
        const { by, service } = drop;
        throw new ConsoleProblem(
          404,
          `${by} dropped the event ${eventId} from the outbox of ${service}: it is never published.`,
          'The audit (Failures) has when.',
          { code: 'event-dropped', params: { eventId, by, service } },
        );
      }
      const silent = facts.problems.map(({ source }) => source).join(', ');
      throw new ConsoleProblem(
        404,
        `No source knows the event ${eventId}.${silent === '' ? '' : ` Not read, because they do not answer: ${silent}.`}`,
        'Search by address, order or member: an outbox keeps published rows for a day, the ledger mails for a year.',
        { code: 'event-unknown', params: { eventId, silent } },
      );
    }
    return this.#described(facts, summary, await this.#causeOf(facts));
  }

  /** undefined also where a service does not answer. */
  async #dropOf(eventId: string): Promise<{ readonly by: string; readonly service: string } | undefined> {
    const found = this.#admin.services.map(async (service) => {
      const drop = await this.#absent.dropOf(service, eventId).catch(() => undefined);
      return drop === undefined ? [] : [{ by: drop.by, service }];
    });
    return (await Promise.all(found)).flat()[0];
  }

  #described(facts: JourneyFacts, summary: JourneySummary, causedBy: Journey['causes']): Journey {
    const { eventId, row, attempts, mail, letters, caused, traceId, problems } = facts;
    const groups = [...new Set(attempts.map(({ group }) => group))].sort();
    return {
      ...summary,
      service: row?.service ?? '',
      key: row?.key ?? '',
      traceId,
      version: row?.version ?? 1,
      timeline: timelineOf(facts),
      groups: groups.map((group) => ({
        group,
        mails: group === MAIL_GROUP,
        // What is handled at once is reported without a number.
        attempts: attempts
          .filter((one) => one.group === group)
          .map((one, index) => ({ ...one, attempt: one.attempt === 0 ? index + 1 : one.attempt })),
      })),
      mail: mail === undefined ? null : summaryOf(mail),
      waits: row?.publishedAt === null ? (row.reason ?? null) : null,
      deadLetterId: letters.find(({ state }) => state === 'open')?.id ?? letters[0]?.id ?? null,
      causes: [
        ...causedBy,
        ...caused.map((one) => ({ eventId: one.eventId, event: one.event, direction: 'caused' as const })),
      ],
      notSeenBefore: this.#seen.notSeenBefore(eventId, summary.at, summary.path.attempts),
      problems,
    } satisfies Journey & { eventId: typeof eventId };
  }

  /**
   * Of each event, in their order. Each source is asked once for all of them; `silent` are services that have not answered just
   * now, and would be waited for again.
   */
  async #factsOf(
    eventIds: readonly string[],
    problems: SourceProblem[],
    silent: ReadonlySet<string> = new Set(),
  ): Promise<JourneyFacts[]> {
    if (eventIds.length === 0) return [];
    const asked = askedBy(eventIds);
    const services = this.#admin.services.filter((service) => !silent.has(service));
    const each = async <Found>(read: (service: string) => Promise<readonly Found[]>): Promise<Found[]> => {
      const ofService = async (service: string): Promise<readonly Found[]> =>
        read(service).catch((error: unknown) => this.#note(problems, service, error, []));
      return (await Promise.all(services.map(ofService))).flat();
    };
    const [rows, inboxes, parked, letters, mails, caused] = await Promise.all([
      each(async (service) => this.#outboxRows(service, eventIds)),
      each(async (service) => [await this.#admin.get(service, `/admin/inbox?${asked}&${ALL}`, inboxAnswer)]),
      each(async (service) => (await this.#admin.get(service, `/admin/parked?${asked}&${ALL}`, parkedAnswer)).rows),
      each(
        async (service) =>
          (await this.#admin.get(service, `/admin/dead-letters?state=all&${asked}&${ALL}`, deadLettersAnswer)).rows,
      ),
      this.#ledger
        .read({ ...(eventIds.length === 1 ? { eventId: eventIds[0]! } : { eventIds }), limit: JOURNEY_ROWS_READ_MAX })
        .catch((error: unknown): readonly LedgerRow[] => this.#note(problems, MAIL_GROUP, error, [])),
      each(async (service) => this.#caused(service, eventIds)),
    ]);
    const missing = new Set(this.#scoreboard.latest.events.map(({ eventId }) => eventId));
    return eventIds.map((eventId) => {
      const row = rows.find((one) => one.eventId === eventId);
      const own = letters.filter((one) => one.eventId === eventId);
      const mail = mails.find((one) => one.eventId === eventId);
      const traceId = row?.traceId ?? this.#seen.traceOf(eventId) ?? null;
      return {
        eventId,
        row,
        answer: this.#seen.answerOf(traceId),
        attempts: withRepeats(this.#seen.of(eventId), repeatsOf(eventId, inboxes)),
        inbox: inboxes.flatMap((answer) => answer.rows).filter((one) => one.eventId === eventId),
        parked: parked.filter((lane) => lane.eventIds.includes(eventId)),
        letters: own,
        mail,
        caused: caused.filter(({ key }) => key === eventId),
        isMissing: missing.has(eventId),
        owesMail: owesMail(row?.event ?? own[0]?.event ?? '') || mail !== undefined,
        traceId,
        problems,
      };
    });
  }

  async #outboxRows(service: string, eventIds: readonly string[]): Promise<OutboxRow[]> {
    const ours = eventIds.filter(isUuid);
    if (ours.length === 0) return [];
    const { rows } = await this.#admin.get(
      service,
      `/admin/outbox?${askedBy(ours)}&fields=${ADDRESS_FIELDS.join(',')}`,
      outboxAnswer,
    );
    return rows.map((row) => ({ ...row, service }));
  }

  /** What the service published because of them. */
  async #caused(service: string, eventIds: readonly string[]): Promise<OutboxRow[]> {
    const ours = eventIds.filter(isUuid);
    if (ours.length === 0 || !CAUSED_PUBLISHERS.has(service)) return [];
    const { rows } = await this.#admin.get(service, `/admin/outbox?keys=${ours.join(',')}&${ALL}`, outboxAnswer);
    return rows.filter(({ event }) => isCaused(event)).map((row) => ({ ...row, service }));
  }

  /** The event that caused it. Its name is its id where no outbox has it any more. */
  async #causeOf({ row }: JourneyFacts): Promise<Journey['causes']> {
    if (row?.key === undefined || !isCaused(row.event)) return [];
    const eventId = row.key;
    const found = await Promise.all(
      this.#admin.services.map(async (service) => this.#outboxRows(service, [eventId]).catch(() => [])),
    );
    return [{ eventId, event: found.flat()[0]?.event ?? eventId, direction: 'caused-by' }];
  }

  #note(problems: SourceProblem[], service: string, error: unknown, none: readonly never[]): readonly never[] {
    if (isRefusal(error)) return none;
    const problem = error instanceof ConsoleProblem ? error : unexpected(service, error as Error);
    if (!problems.some(({ source }) => source === service)) problems.push(this.#admin.problemOf(service, problem));
    return none;
  }
}

/** What a service refuses, such as an id that is none, is not there. */
function isRefusal(error: unknown): boolean {
  return error instanceof ConsoleProblem && error.status < 500;
}

function unexpected(source: string, { message }: Error): ConsoleProblem {
  return new ConsoleProblem(503, message, 'Repeat it in a second.', {
    code: 'source-refuses',
    params: { source, answer: message },
  });
}

/** One id may have a comma, which divides several. */
function askedBy(eventIds: readonly string[]): string {
  const [eventId] = eventIds;
  return eventIds.length === 1
    ? `eventId=${encodeURIComponent(eventId!)}`
    : `eventIds=${encodeURIComponent(eventIds.join(','))}`;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
