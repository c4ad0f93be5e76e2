import { findDeadLetters } from '../../../packages/messaging-client/src/dead-letters/find-dead-letters.ts';
import { redriveDeadLetters } from '../../../packages/messaging-client/src/dead-letters/resolve-dead-letters.ts';
import { PAYLOAD_BYTES_MAX, REDRIVES_MAX } from '../../../packages/messaging-client/src/limits.ts';
import { checkPayload, findEvent, parseJson } from '../catalog.ts';
import type { Call, Command } from '../command.ts';
import type { Database } from '../database/open-database.ts';
import { FILTER_OPTIONS, readFilterOfAct } from '../dead-letter-filter.ts';
import { badUsage, refused } from '../problem.ts';
import { resolveLetters } from '../resolve-letters.ts';
import { readBy } from '../whom.ts';

export const deadRedrive: Command = {
  name: 'dead redrive',
  summary: 'Delivers dead letters again to the group that made them, at their position among the records of their key.',
  takes: '[id…]',
  options: {
    ...FILTER_OPTIONS,
    all: { type: 'boolean', help: 'every open dead letter' },
    'dry-run': { type: 'boolean', help: 'change nothing; count by event, reason and error' },
    edit: {
      type: 'string',
      value: 'JSON|@FILE',
      help: 'another value, for one dead letter; the original is kept',
    },
    force: {
      type: 'boolean',
      help: `also dead letters redriven ${REDRIVES_MAX} times, and values that the catalog rejects`,
    },
    by: { type: 'string', value: 'NAME', help: 'the operator on record; default: the name of this account' },
  },
  examples: [
    'dead redrive --event order.completed --error "550" --dry-run',
    'dead redrive 0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d',
    'dead redrive 0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d --edit @member.json --by hana',
  ],
  run: redrive,
};

async function redrive(call: Call): Promise<0 | 1> {
  const { given } = call;
  const filter = readFilterOfAct(given);
  const edit = given.content('edit');
  const force = given.flag('force');
  const dryRun = given.flag('dry-run');
  if (edit !== undefined && filter.ids?.length !== 1) throw badUsage('--edit is for one dead letter', 'Give its id.');
  return resolveLetters(call, {
    verb: 'redrive',
    done: 'redriven',
    filter,
    dryRun,
    act: async (database, ofService, goOn) => {
      // The letter is in one service, and every service is queried.
      const isHere = edit !== undefined && (await checkEdit(database, filter.ids![0]!, edit, force));
      return redriveDeadLetters(database.query, ofService, {
        ...goOn,
        by: readBy(given),
        dryRun,
        force,
        ...(isHere && { edit }),
      });
    },
  });
}

/** A value that the consumer rejects would only become a dead letter again. @returns whether the letter is in this database */
async function checkEdit({ service, query }: Database, id: string, edit: Buffer, force: boolean): Promise<boolean> {
  const [letter] = await findDeadLetters(query, { ids: [id], service, state: 'open' }, 1);
  if (letter === undefined) return false;
  if (edit.length > PAYLOAD_BYTES_MAX) {
    throw refused(
      `--edit has ${edit.length} bytes`,
      `At most ${PAYLOAD_BYTES_MAX} are allowed, as for every publisher.`,
    );
  }
  const event = letter.event === null ? undefined : findEvent(letter.event);
  if (event !== undefined && !force) await checkPayload(event, parseJson('--edit', edit), '--edit');
  return true;
}
