import { Injectable } from '@nestjs/common';
import { DRIFT_FIELD_CHARACTERS_MAX, DRIFT_FIELDS_MAX } from '../limits.ts';
import { MessageEvents } from './message-events.ts';

/** In how many records a field was found that the schema of the event does not name, since the process started. */
export interface DriftCount {
  readonly event: string;
  readonly version: number;
  /** `address.zip`, `items[].color`; OTHER_FIELDS for those beyond the bound. */
  readonly field: string;
  readonly records: number;
}

/** Counts the fields whose names are too many, too long or not names. */
export const OTHER_FIELDS = 'other';

type Versioned = Pick<DriftCount, 'event' | 'version'>;

/**
 * Counts the fields of payloads that a schema leaves out, because the contract does not name them: the publisher has gone
 * ahead, or is wrong. Each is reported once, as `record.drift`. A field that a schema renames counts as well; nothing counts
 * where it keeps what it does not name.
 */
@Injectable()
export class PayloadDrift {
  readonly #events: MessageEvents;
  readonly #counts = new Map<string, Versioned & { readonly fields: Map<string, number> }>();

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** For each record, so without an allocation unless there is drift. `read`: the value as the schema returned it. */
  look(event: string, version: number, value: unknown, read: unknown): void {
    if (hasMore(value, read)) this.#count({ event, version }, value, read);
  }

  /** All that was counted since the process started. */
  snapshot(): DriftCount[] {
    return [...this.#counts.values()].flatMap(({ event, version, fields }) =>
      [...fields].map(([field, records]) => ({ event, version, field, records })),
    );
  }

  #count({ event, version }: Versioned, value: unknown, read: unknown): void {
    const name = `${event} v${version}`;
    const counts = this.#counts.get(name) ?? { event, version, fields: new Map<string, number>() };
    this.#counts.set(name, counts);
    const found = new Set<string>();
    collect(value, read, '', found);
    for (const field of new Set([...found].map((one) => boundedName(one, counts.fields)))) {
      const before = counts.fields.get(field) ?? 0;
      counts.fields.set(field, before + 1);
      if (before === 0) this.#events.emit('record.drift', { event, version, field });
    }
  }
}

/** The name of a field, and not a value that is used as one, such as an e-mail address. */
const FIELD_NAME = /^[\p{L}\p{N}_$.[\]-]+$/u;

function boundedName(field: string, known: ReadonlyMap<string, number>): string {
  if (known.has(field)) return field;
  if (known.size >= DRIFT_FIELDS_MAX || field.length > DRIFT_FIELD_CHARACTERS_MAX) return OTHER_FIELDS;
  return FIELD_NAME.test(field) ? field : OTHER_FIELDS;
}

function hasMore(value: unknown, read: unknown): boolean {
  if (value === read || !isObject(value) || !isObject(read)) return false;
  for (const key in value) {
    if (!Object.hasOwn(read, key)) return true;
    const inner = value[key];
    if (typeof inner === 'object' && hasMore(inner, read[key])) return true;
  }
  return false;
}

function collect(value: unknown, read: unknown, path: string, found: Set<string>): void {
  if (value === read || !isObject(value) || !isObject(read)) return;
  const isList = Array.isArray(value);
  for (const key of Object.keys(value)) {
    const field = isList ? `${path}[]` : path === '' ? key : `${path}.${key}`;
    if (Object.hasOwn(read, key)) collect(value[key], read[key], field, found);
    // Names that need no record of their own are not collected: a record may have thousands.
    else if (found.size <= DRIFT_FIELDS_MAX) found.add(field);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
