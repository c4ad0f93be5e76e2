import { dropDeadLetters } from '../../../packages/messaging-client/src/dead-letters/resolve-dead-letters.ts';
import type { Call, Command } from '../command.ts';
import { FILTER_OPTIONS, readFilterOfAct } from '../dead-letter-filter.ts';
import { resolveLetters } from '../resolve-letters.ts';
import { readBy } from '../whom.ts';

export const deadDrop: Command = {
  name: 'dead drop',
  summary: 'Closes dead letters without handling them; keys that they hold go on. They stay on record.',
  takes: '[id…]',
  options: {
    ...FILTER_OPTIONS,
    all: { type: 'boolean', help: 'every open dead letter' },
    'dry-run': { type: 'boolean', help: 'change nothing; count by event, reason and error' },
    by: { type: 'string', value: 'NAME', help: 'the operator on record; default: the name of this account' },
  },
  examples: ['dead drop --reason undecodable --dry-run', 'dead drop 0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d --by hana'],
  run: drop,
};

async function drop(call: Call): Promise<0 | 1> {
  const filter = readFilterOfAct(call.given);
  const dryRun = call.given.flag('dry-run');
  return resolveLetters(call, {
    verb: 'drop',
    done: 'dropped',
    filter,
    dryRun,
    act: ({ query }, ofService, goOn) => dropDeadLetters(query, ofService, { ...goOn, by: readBy(call.given), dryRun }),
  });
}
