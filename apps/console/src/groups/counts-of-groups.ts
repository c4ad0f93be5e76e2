import { deadLettersAnswer, inboxAnswer, parkedAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { AdminSource } from '../sources/admin-source.ts';
import type { GroupSummary } from '../api.ts';

type Counts = Pick<GroupSummary, 'inFlight' | 'parked' | 'dead'>;

/** What a group has in its service's database. A group is named like its service. */
@Injectable()
export class CountsOfGroups {
  readonly #admin: AdminSource;

  constructor(admin: AdminSource) {
    this.#admin = admin;
  }

  /** Null: the service does not answer, or the group is not of a service. */
  async of(group: string): Promise<Counts> {
    if (!this.#admin.services.includes(group)) return { inFlight: null, parked: null, dead: null };
    const [inbox, parked, dead] = await Promise.all([
      this.#admin.read(group, '/admin/inbox?limit=1', inboxAnswer),
      this.#admin.read(group, '/admin/parked?limit=1', parkedAnswer),
      this.#admin.read(group, '/admin/dead-letters?limit=1', deadLettersAnswer),
    ]);
    const claimed = inbox.value?.counts.filter(({ state }) => state === 'claimed');
    return {
      inFlight: inbox.problem === null ? sum(claimed?.map(({ rows }) => rows)) : null,
      parked: parked.problem === null ? (parked.value?.records ?? null) : null,
      dead: dead.problem === null ? sum(dead.value?.counts.map(({ letters }) => letters)) : null,
    };
  }
}

function sum(numbers: readonly number[] | undefined): number | null {
  return numbers?.reduce((total, number) => total + number, 0) ?? null;
}
