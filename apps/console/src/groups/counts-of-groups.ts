import { deadLettersAnswer, inboxAnswer, parkedAnswer } from '@event-bus/service-kit/admin';
import type { ParkedAnswer } from '@event-bus/service-kit/admin';
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
    const [inbox, parked, dead] = await Promise.all([
      this.#admin.read(service, '/admin/inbox?limit=1', inboxAnswer),
      this.#admin.read(service, '/admin/parked?limit=1', parkedAnswer),
      this.#admin.read(service, '/admin/dead-letters?limit=1', deadLettersAnswer),
    ]);
    const claimed = inbox.value?.counts.filter((one) => one.group === group && one.state === 'claimed');
    const letters = dead.value?.counts.filter((one) => one.group === group);
    return {
      inFlight: inbox.problem === null ? sum(claimed?.map(({ rows }) => rows)) : null,
      parked: parked.problem === null ? recordsOf(parked.value, group) : null,
      dead: dead.problem === null ? sum(letters?.map((one) => one.letters)) : null,
    };
  }
}

/** Null: it has not been read. */
export function recordsOf(parked: ParkedAnswer | null, group: string): number | null {
  return parked === null ? null : (parked.groups.find((one) => one.group === group)?.records ?? 0);
}

function sum(numbers: readonly number[] | undefined): number | null {
  return numbers?.reduce((total, number) => total + number, 0) ?? null;
}
