import { inboxAnswer, summaryAnswer } from '@event-bus/service-kit/admin';
import type { SummaryAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { AdminSource } from '../sources/admin-source.ts';
import { serviceOf } from '../sources/service-of-group.ts';
import type { GroupSummary } from '../api.ts';

type Counts = Pick<GroupSummary, 'inFlight' | 'parked' | 'dead'>;

/** What a group has in its service's database. */
@Injectable()
export class CountsOfGroups {
  readonly #admin: AdminSource;

  constructor(admin: AdminSource) {
    this.#admin = admin;
  }

  /** Null: the service does not answer, or the group is not of a service. */
  async of(group: string): Promise<Counts> {
    const service = serviceOf(group);
    if (!this.#admin.services.includes(service)) return { inFlight: null, parked: null, dead: null };
    const [inbox, summary] = await Promise.all([
      this.#admin.read(service, '/admin/inbox?limit=1', inboxAnswer),
      this.#admin.read(service, '/admin/summary', summaryAnswer),
    ]);
    const claimed = inbox.value?.counts.filter((one) => one.group === group && one.state === 'claimed');
    const fresh = summary.problem === null ? summary.value : null;
    return {
      inFlight: inbox.problem === null ? sum(claimed?.map(({ rows }) => rows)) : null,
      parked: parkedOf(fresh, group),
      dead: deadOf(fresh, group),
    };
  }
}

/** Records of a group that wait for their next attempt, or behind one that does. Null: it has not been read. */
export function parkedOf(summary: SummaryAnswer | null, group: string): number | null {
  return summary === null ? null : (summary.parked.find((one) => one.group === group)?.records ?? 0);
}

/** Open dead letters of a group; of all of the service unless given. Null: it has not been read. */
export function deadOf(summary: SummaryAnswer | null, group?: string): number | null {
  const those = summary?.deadLetters.filter((one) => group === undefined || one.group === group);
  return sum(those?.map(({ letters }) => letters));
}

function sum(numbers: readonly number[] | undefined): number | null {
  return numbers?.reduce((total, number) => total + number, 0) ?? null;
}
