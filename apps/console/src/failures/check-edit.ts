import { eventCatalog } from '@event-bus/event-catalog';
import { deadLetterAnswer } from '@event-bus/service-kit/admin';
import { Injectable } from '@nestjs/common';
import { ConsoleProblem } from '../http/problem.ts';
import { AdminSource } from '../sources/admin-source.ts';
import type { DryRun } from './failure-queries.ts';

/** A value that an operator has changed must be what the event's contract allows, or the record would be a dead letter again. */
@Injectable()
export class CheckEdit {
  readonly #admin: AdminSource;

  constructor(admin: AdminSource) {
    this.#admin = admin;
  }

  /** @throws ConsoleProblem 400 that names every wrong field */
  async check(act: string, { service, ids, edit }: DryRun): Promise<void> {
    if (edit === undefined) return;
    const [id] = ids ?? [];
    if (act !== 'redrive' || ids?.length !== 1 || id === undefined) {
      throw new ConsoleProblem(400, 'An edit is for the redrive of one dead letter.', 'Give the id of one letter.', {
        code: 'edit-of-many',
        params: {},
      });
    }
    const value = valueOf(edit);
    const { deadLetter } = await this.#admin.get(
      service,
      `/admin/dead-letters/${encodeURIComponent(id)}`,
      deadLetterAnswer,
    );
    // An event that the catalog does not have can only be checked by its consumer.
    const event = eventCatalog.findLast(({ name }) => name === deadLetter.event);
    const read = event?.schema.safeParse(value);
    if (read === undefined || read.success) return;
    const problems = read.error.issues.map(({ path, message }) => `${path.join('.') || '(all)'}: ${message}`);
    const answer = `${problems.join('; ')}.`;
    throw new ConsoleProblem(400, `Not a valid ${deadLetter.event}: ${answer}`, 'Correct the value.', {
      code: 'edit-wrong',
      params: { event: deadLetter.event ?? '', answer },
    });
  }
}

function valueOf(edit: string): unknown {
  try {
    return JSON.parse(edit);
  } catch (error) {
    const answer = `${(error as Error).message}.`;
    throw new ConsoleProblem(400, `The value is not JSON: ${answer}`, 'Correct the value.', {
      code: 'edit-not-json',
      params: { answer },
    });
  }
}
