import type { EventDefinition } from '@event-bus/event-catalog';
import { keySamples } from './contract.ts';

export interface EventKey {
  readonly example: string;
  /** `memberId`, or `made from to` when the key is not the field's own value. */
  readonly source: string;
}

/** Which fields of the payload an event's key is made from. */
export function keyOf(event: EventDefinition): EventKey {
  const { ofExample, whenChanged } = keySamples(event.schema.parse(event.example), event.key);
  const fields = new Set(whenChanged.map(({ path }) => path.slice(1).replaceAll('/', '.')));
  const isOneField = fields.size === 1 && whenChanged.every(({ value, key }) => value === key);
  const names = [...fields].join(', ');
  return { example: ofExample, source: isOneField ? names : `made from ${names}` };
}
