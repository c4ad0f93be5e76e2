import type { DeadLetterFilter } from '../../packages/messaging-client/src/dead-letters/find-dead-letters.ts';
import type { Options } from './command.ts';
import type { Given } from './given.ts';
import { badUsage } from './problem.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const REASONS = ['undecodable', 'invalid', 'unknown-version', 'permanent', 'exhausted', 'poison', 'expired'] as const;

export const FILTER_OPTIONS: Options = {
  service: { type: 'string', value: 'NAME', help: 'only of this service' },
  group: { type: 'string', value: 'NAME', help: 'of this consumer group' },
  event: { type: 'string', value: 'NAME', help: 'of this event' },
  topic: { type: 'string', value: 'NAME', help: 'from this topic' },
  key: { type: 'string', value: 'TEXT', help: 'with this key' },
  error: { type: 'string', value: 'TEXT', help: 'whose error contains this, ignoring case' },
  reason: { type: 'string', value: 'REASON', help: REASONS.join(', ') },
  from: { type: 'string', value: 'TIME', help: 'made at this time or later: 2026-11-21T09:00:00Z, 15m, 2h, 3d' },
  to: { type: 'string', value: 'TIME', help: 'made before this time' },
};

/** Ids are the positional arguments. */
export function readFilter(given: Given): DeadLetterFilter {
  const ids = given.positionals;
  const wrong = ids.find((id) => !UUID.test(id));
  if (wrong !== undefined)
    throw badUsage(`"${wrong}" is not the id of a dead letter`, 'dead list shows the ids in its first column.');
  const reason = given.oneOf('reason', REASONS);
  const values = {
    group: given.text('group'),
    event: given.text('event'),
    topic: given.text('topic'),
    key: given.text('key'),
    error: given.text('error'),
    from: given.moment('from'),
    before: given.moment('to'),
  };
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return {
    ...(ids.length > 0 && { ids: [...ids] }),
    ...(reason !== undefined && { reason }),
    ...(Object.fromEntries(set) as DeadLetterFilter),
  };
}

/** Redrive and drop require a filter: a forgotten one must not select everything. */
export function readFilterOfAct(given: Given): DeadLetterFilter {
  const filter = readFilter(given);
  if (Object.keys(filter).length > 0 || given.flag('all')) return filter;
  throw badUsage('no dead letter is selected', 'Give ids, a filter, or --all.');
}
