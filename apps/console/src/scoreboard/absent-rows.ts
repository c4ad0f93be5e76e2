import { auditAnswer, outboxAnswer } from '@event-bus/service-kit/admin';
import type { AuditAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { ABSENT_ROWS_ASKED_MAX } from '../limits.ts';
import { AdminSource } from '../sources/admin-source.ts';

/** Why a row that has waited is not in its outbox: an operator has dropped it; or it is `lost`, and can never be published. */
export type Absence = 'dropped' | 'lost';

/** Looks for rows that have waited in an outbox and are not in it any more. */
@Injectable()
export class AbsentRows {
  readonly #admin: AdminSource;
  /** By service: how many of the rows that wait have been looked for in this turn. */
  readonly #lookedFor = new Map<string, number>();

  constructor(admin: AdminSource) {
    this.#admin = admin;
  }

  /** The next that are looked for: where more wait than a service answers for in one request, they take turns. */
  nextOf(service: string, waiting: readonly string[]): string[] {
    const before = this.#lookedFor.get(service) ?? 0;
    const from = before < waiting.length ? before : 0;
    const next = waiting.slice(from, from + ABSENT_ROWS_ASKED_MAX);
    this.#lookedFor.set(service, from + next.length);
    return next;
  }

  /** Those that are in the outbox no more, by event id. @param eventIds at most ABSENT_ROWS_ASKED_MAX */
  async absentOf(service: string, eventIds: readonly string[]): Promise<Map<string, Absence>> {
    const absent = new Map<string, Absence>();
    if (eventIds.length === 0) return absent;
    const path = `/admin/outbox?eventIds=${eventIds.map(encodeURIComponent).join(',')}`;
    const { rows } = await this.#admin.get(service, path, outboxAnswer);
    const found = new Set(rows.map(({ eventId }) => eventId));
    for (const eventId of eventIds) {
      if (found.has(eventId)) continue;
      absent.set(eventId, (await this.dropOf(service, eventId)) === undefined ? 'lost' : 'dropped');
    }
    return absent;
  }

  /** What an operator did: undefined when the row was not dropped from the outbox of the service. */
  async dropOf(service: string, eventId: string): Promise<AuditAnswer['rows'][number] | undefined> {
    const path = `/admin/audit?eventId=${encodeURIComponent(eventId)}`;
    const { rows } = await this.#admin.get(service, path, auditAnswer);
    return rows.find(({ about, action }) => about === 'outbox-row' && action === 'drop');
  }
}
