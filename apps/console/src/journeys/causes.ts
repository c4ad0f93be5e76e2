import { eventCatalog } from '@event-bus/event-catalog';
import { keyFieldOfEvent } from '../contracts/key-field.ts';
import { PUBLISHED } from '../map/flow.ts';

/** Events that carry the id of the event that caused them; it is their key, too. */
const CAUSED = new Set(
  eventCatalog.filter((event) => keyFieldOfEvent(event) === 'causedBy').map(({ name }): string => name),
);

/** The services that publish such events. */
export const CAUSED_PUBLISHERS: ReadonlySet<string> = new Set(
  PUBLISHED.filter(({ event }) => CAUSED.has(event)).map(({ service }) => service),
);

export function isCaused(event: string): boolean {
  return CAUSED.has(event);
}
