import {
  countDeadLetters,
  findDeadLetters,
} from '../../packages/messaging-client/src/dead-letters/find-dead-letters.ts';
import type {
  DeadLetterCount,
  DeadLetterFilter,
} from '../../packages/messaging-client/src/dead-letters/find-dead-letters.ts';
import type { LetterPlace, Resolved } from '../../packages/messaging-client/src/dead-letters/resolve-dead-letters.ts';
import { DEAD_LETTERS_AT_ONCE_MAX, REDRIVES_MAX } from '../../packages/messaging-client/src/limits.ts';
import type { Call } from './command.ts';
import { inEach } from './database/open-database.ts';
import type { Database } from './database/open-database.ts';
import { oneLine } from './output.ts';
import { EXIT } from './problem.ts';

export interface Act {
  /** `redrive`; `done` is `redriven`. */
  readonly verb: string;
  readonly done: string;
  readonly filter: DeadLetterFilter;
  readonly dryRun: boolean;
  act(database: Database, filter: DeadLetterFilter, goOn: { readonly after?: LetterPlace }): Promise<Resolved>;
}

interface ResolvedOfService extends Resolved {
  readonly service: string;
  readonly counts: readonly DeadLetterCount[];
  readonly errors: ReadonlyArray<{ readonly error: string; readonly letters: number }>;
}

/** Resolves them in each service, one transaction for each, and prints a summary. */
export async function resolveLetters({ given, settings, output }: Call, act: Act): Promise<0 | 1> {
  const services = await inEach(settings.databasesOf(given.text('service')), async (database) => {
    output.progress(`${act.verb}: ${database.service}`);
    return database.transaction(async (): Promise<ResolvedOfService> => {
      const { service, query } = database;
      const filter: DeadLetterFilter = { ...act.filter, service, state: 'open' };
      const counts = await countDeadLetters(query, filter);
      const errors = countErrors(await findDeadLetters(query, filter, DEAD_LETTERS_AT_ONCE_MAX));
      return { service, counts, errors, ...(await actBehindRefused(act, database, filter)) };
    });
  });
  output.endProgress();
  const resolved = services.flatMap((service) => service.resolved);
  const tooOften = services.flatMap((service) => service.refused);
  const batches = services.flatMap((service) => service.batches);
  const more = services.some((service) => service.next !== undefined);
  output.answer({ dryRun: act.dryRun, [act.done]: resolved, refused: tooOften, batches, more, services }, () => {
    for (const { service, counts, errors } of services.filter((one) => one.counts.length > 0)) {
      output.say(service);
      output.table(
        ['  letters', 'group', 'event', 'topic', 'reason'],
        counts.map(({ letters, group, event, topic, reason }) => [letters, group, event, topic, reason]),
      );
      output.table(
        ['  letters', 'error'],
        errors.map(({ letters, error }) => [letters, error]),
      );
    }
    output.say(`${act.dryRun ? `would be ${act.done}` : act.done}: ${resolved.length}`);
  });
  if (tooOften.length > 0) {
    output.note(
      `✗ ${tooOften.length} rejected: redriven ${REDRIVES_MAX} times already, and failed each time.\n` +
        '  Fix the cause or edit the value first; --force tries once more, dead drop closes them.\n' +
        tooOften.map((id) => `  ${id}`).join('\n'),
    );
  }
  if (batches.length > 0) {
    output.note(
      `✗ ${batches.length} not ${act.done}: each is a whole batch that could not be decoded, so it has no record to handle.\n` +
        '  Have its events published again, or read it again after an update; then dead drop. See docs/errors.md, BATCH_UNDECODABLE.\n' +
        batches.map((id) => `  ${id}`).join('\n'),
    );
  }
  if (more)
    output.note(
      `There are more: one command changes at most ${DEAD_LETTERS_AT_ONCE_MAX} of a service. Repeat it for the rest.`,
    );
  const undone = tooOften.length + batches.length;
  if (resolved.length === 0 && undone === 0) output.note('No open dead letter matches.');
  return undone > 0 || resolved.length === 0 ? EXIT.problem : EXIT.fine;
}

/** Letters that are refused stay open, and a command that is repeated would meet them first each time. */
async function actBehindRefused({ act }: Act, database: Database, filter: DeadLetterFilter): Promise<Resolved> {
  let all = await act(database, filter, {});
  while (all.next !== undefined && all.resolved.length === 0) {
    const further = await act(database, filter, { after: all.next });
    all = {
      ...further,
      refused: [...all.refused, ...further.refused],
      batches: [...all.batches, ...further.batches],
    };
  }
  return all;
}

function countErrors(letters: ReadonlyArray<{ error: string }>): Array<{ error: string; letters: number }> {
  const counts = new Map<string, number>();
  for (const { error } of letters) counts.set(oneLine(error), (counts.get(oneLine(error)) ?? 0) + 1);
  return [...counts]
    .map(([error, count]) => ({ error, letters: count }))
    .sort((one, other) => other.letters - one.letters);
}
