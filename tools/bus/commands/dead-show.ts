import type { DeadLetter } from '../../../packages/messaging-client/src/dead-letters/dead-letter.ts';
import { findDeadLetters } from '../../../packages/messaging-client/src/dead-letters/find-dead-letters.ts';
import { findActsOfLetter } from '../../../packages/messaging-client/src/dead-letters/list-acts.ts';
import type { Call, Command } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import { readFilter } from '../dead-letter-filter.ts';
import { describeLetter } from '../dead-letter-text.ts';
import { oneLine, toJson } from '../output.ts';
import { badUsage, EXIT, refused } from '../problem.ts';

export const deadShow: Command = {
  name: 'dead show',
  summary: 'One dead letter with its value, its failed attempts, and what operators have done about it.',
  takes: '<id>',
  options: { service: { type: 'string', value: 'NAME', help: 'only of this service' } },
  notes: ['With --json the value can be edited and sent again: dead redrive <id> --edit @file.'],
  examples: ['dead show 0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d', 'dead show 0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d --json'],
  run: showDeadLetter,
};

async function showDeadLetter({ given, settings, output }: Call): Promise<0> {
  if (given.positionals.length !== 1) throw badUsage('name exactly one dead letter', 'Its id, as dead list shows it.');
  const filter = readFilter(given);
  const found = await inEach(settings.databasesOf(given.text('service')), async ({ service, query }) => {
    const [letter] = await findDeadLetters(query, { ...filter, service }, 1);
    return letter === undefined ? [] : [{ letter, audit: await findActsOfLetter(query, letter.id) }];
  });
  const [one] = found.flat();
  if (one === undefined)
    throw refused(`there is no dead letter ${given.positionals[0]}`, 'dead list --state all shows them.');
  output.answer({ deadLetter: describeLetter(one.letter), audit: one.audit }, () => {
    const { history, ...letter } = describeLetter(one.letter) as DeadLetter;
    for (const [name, value] of Object.entries(letter)) {
      if (value !== null) output.say(`${name.padEnd(12)} ${textOf(value)}`);
    }
    if (history.length > 0) output.say('\nFailed attempts:');
    for (const { at, attempt, error } of history) output.say(`${at}  ${attempt}  ${oneLine(error)}`);
    output.say(one.audit.length === 0 ? '\nNo operator has acted on it.' : '');
    for (const { at, action, by, detail } of one.audit) {
      const isEdited = (detail as { edited?: unknown } | null)?.edited !== undefined;
      output.say(`${at.toISOString()}  ${action} by ${oneLine(by)}${isEdited ? ', with another value' : ''}`);
    }
  });
  return EXIT.fine;
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? oneLine(value, 2_000) : toJson(value, 2);
}
