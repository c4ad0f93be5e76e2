import type { EventDefinition } from '@event-bus/event-catalog';

export interface EventKey {
  readonly example: string;
  /** `memberId`, or `made from to` when the key is not the field's own value. */
  readonly source: string;
}

/** Which fields of the payload an event's key is made from: those that its function reads from the example. */
export function keyOf(event: EventDefinition): EventKey {
  const payload = event.schema.parse(event.example);
  const asIs = readsOf(event, payload, (text) => text);
  // Shows whether a key that is a field's value is so by chance, because the example is in lower case.
  const inUpperCase = readsOf(event, payload, (text) => text.toUpperCase());
  const isOneField = [asIs, inUpperCase].every(
    ({ key, fields }) => fields.size === 1 && [...fields.values()][0] === key,
  );
  const names = [...asIs.fields.keys()].join(', ');
  return { example: asIs.key, source: isOneField ? names : `made from ${names}` };
}

function readsOf(event: EventDefinition, payload: unknown, change: (text: string) => string) {
  const fields = new Map<string, unknown>();
  const key = event.key(recordReads(payload, '', change, fields));
  return { key, fields };
}

function recordReads(
  value: unknown,
  path: string,
  change: (text: string) => string,
  fields: Map<string, unknown>,
): unknown {
  if (typeof value !== 'object' || value === null) {
    const read = typeof value === 'string' ? change(value) : value;
    fields.set(path, read);
    return read;
  }
  return new Proxy(value, {
    get(target, name) {
      const child: unknown = Reflect.get(target, name);
      if (typeof name !== 'string' || typeof child === 'function') return child;
      return recordReads(child, path === '' ? name : `${path}.${name}`, change, fields);
    },
  });
}
