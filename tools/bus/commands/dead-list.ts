import { findDeadLetters } from '../../../packages/messaging-client/src/dead-letters/find-dead-letters.ts';
import type { Call, Command } from '../command.ts';
import { inEach } from '../database/open-database.ts';
import { FILTER_OPTIONS, readFilter } from '../dead-letter-filter.ts';
import { describeLetter } from '../dead-letter-text.ts';
import { oneLine } from '../output.ts';
import { EXIT } from '../problem.ts';

const LISTED_DEFAULT = 100;
const LISTED_MAX = 10_000;
const STATES = ['open', 'redriven', 'dropped', 'all'] as const;

export const deadList: Command = {
  name: 'dead list',
  summary: 'Dead letters, newest first.',
  takes: '[id…]',
  options: {
    ...FILTER_OPTIONS,
    state: { type: 'string', value: 'STATE', help: `${STATES.join(', ')}; open when not given` },
    limit: { type: 'string', value: 'N', help: `letters of each service; ${LISTED_DEFAULT} when not given` },
  },
  examples: [
    'dead list',
    'dead list --service mail-service --event order.completed --error "550" --from 2h',
    'dead list --state all --json',
  ],
  run: listDeadLetters,
};

async function listDeadLetters({ given, settings, output }: Call): Promise<0> {
  const limit = given.count('limit', { otherwise: LISTED_DEFAULT, max: LISTED_MAX });
  const state = given.oneOf('state', STATES) ?? 'open';
  const filter = { ...readFilter(given), ...(state !== 'all' && { state }) };
  const found = await inEach(settings.databasesOf(given.text('service')), ({ service, query }) =>
    findDeadLetters(query, { ...filter, service }, limit),
  );
  const letters = found.flat().sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
  output.answer({ deadLetters: letters.map(describeLetter) }, () => {
    if (letters.length === 0) return output.say('No dead letter matches.');
    output.table(
      ['id', 'made at', 'group', 'record', 'event', 'reason', 'state', 'redrives', 'error'],
      letters.map((letter) => [
        letter.id,
        letter.createdAt.toISOString(),
        letter.group,
        `${letter.topic}/${letter.partition}/${letter.offset}${letter.lastOffset === null ? '' : `–${letter.lastOffset}`}`,
        letter.event,
        letter.reason,
        letter.state === 'open' && letter.policy === 'hold' ? 'open, holds its key' : letter.state,
        letter.redrives,
        oneLine(letter.error, 80),
      ]),
    );
  });
  if (found.some((ofService) => ofService.length === limit)) {
    output.note(`There may be more than ${limit}; --limit shows them.`);
  }
  return EXIT.fine;
}
