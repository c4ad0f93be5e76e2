import { deadLettersAnswer, parkedAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import type { FailureCounts } from '../api.ts';
import { AdminSource } from '../sources/admin-source.ts';

/** Of all services. */
@Injectable()
export class CountsOfFailures {
  readonly #admin: AdminSource;

  constructor(admin: AdminSource) {
    this.#admin = admin;
  }

  async read(): Promise<FailureCounts> {
    const services = await Promise.all(
      this.#admin.services.map(async (service) => {
        const [parked, letters] = await Promise.all([
          this.#admin.read(service, '/admin/parked?limit=1', parkedAnswer),
          this.#admin.read(service, '/admin/dead-letters?limit=1&state=all', deadLettersAnswer),
        ]);
        const counts = letters.value?.counts ?? [];
        const open = sum(counts.filter(({ state }) => state === 'open').map((one) => one.letters));
        return {
          parked: parked.value?.records ?? 0,
          dead: open,
          resolved: sum(counts.map((one) => one.letters)) - open,
          problem: letters.problem ?? parked.problem,
        };
      }),
    );
    const problems = services.flatMap(({ problem }) => problem ?? []);
    if (problems.length > 0) return { parked: null, dead: null, resolved: null, problems };
    return {
      parked: sum(services.map(({ parked }) => parked)),
      dead: sum(services.map(({ dead }) => dead)),
      resolved: sum(services.map(({ resolved }) => resolved)),
      problems,
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
