import { InspectError } from './inspect-error.ts';
import type { RecordDocument } from './record-document.ts';

/** Whether a record is shown. */
export type RecordFilter = (record: RecordDocument) => boolean;

const FIELDS = ['type', 'key', 'id', 'topic', 'partition'] as const;
/** What a condition can be about. */
export const RECORD_FILTER_FIELDS = [...FIELDS, 'header.NAME', 'value.PATH'] as const;

/** `type=order.completed,key=42,value.locale=ko`: all of them must hold. */
export function parseRecordFilter(text: string | undefined): RecordFilter {
  if (text === undefined) return () => true;
  const conditions = text.split(',').map(parseCondition);
  return (record) => conditions.every((holds) => holds(record));
}

function parseCondition(text: string): RecordFilter {
  const [, field, wanted] = /^([\w.-]+)=(.*)$/.exec(text.trim()) ?? [];
  if (field === undefined || wanted === undefined) {
    throw wrongCondition(text, `"${text}" is not field=value`);
  }
  const known = FIELDS.find((one) => one === field);
  if (known !== undefined) return (record) => String(record[known]) === wanted;
  if (field.startsWith('header.')) return ({ headers }) => headers[field.slice('header.'.length)] === wanted;
  if (field.startsWith('value.')) {
    const path = field.split('.').slice(1);
    return ({ value }) => String(at(value, path)) === wanted;
  }
  throw wrongCondition(text, `there is no field ${field}`);
}

function wrongCondition(condition: string, message: string): InspectError {
  return new InspectError('malformed', message, `Fields: ${RECORD_FILTER_FIELDS.join(', ')}.`, {
    kind: 'condition',
    name: condition,
  });
}

function at(value: unknown, path: readonly string[]): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, step)) return undefined;
    inner = (inner as Record<string, unknown>)[step];
  }
  return inner;
}
