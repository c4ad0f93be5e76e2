import { inboxAnswer, summaryAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { AdminSource } from '../sources/admin-source.ts';
import { deadOf, parkedOf } from '../sources/counts-of-summary.ts';
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
      inFlight: inbox.problem === null ? (claimed?.reduce((sum, { rows }) => sum + rows, 0) ?? null) : null,
      parked: parkedOf(fresh, group),
      dead: deadOf(fresh, group),
    };
  }
}
