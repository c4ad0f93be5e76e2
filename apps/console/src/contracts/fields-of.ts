import type { JsonSchema } from '@event-bus/event-catalog';
import type { Contract } from '../api.ts';

type Field = Contract['perVersion'][number]['fields'][number];

interface Property {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly description?: string;
}

/** The fields of a payload with their rules in words of JSON Schema. */
export function fieldsOf(schema: JsonSchema, keyField: string | null): Field[] {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, Property>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
    rule: ruleOf(property),
    isRequired: required.includes(name),
    isKey: name === keyField,
  }));
}

function typeOf({ type, format, enum: values }: Property): string {
  if (values !== undefined) return 'enum';
  return format ?? type ?? 'any';
}

function ruleOf(property: Property): string {
  const {
    enum: values,
    const: value,
    minLength,
    maxLength,
    minimum,
    maximum,
    minItems,
    maxItems,
    description,
  } = property;
  const rules = [
    values?.map((one) => JSON.stringify(one)).join(' | '),
    value === undefined ? undefined : `= ${JSON.stringify(value)}`,
    range(minLength, maxLength, 'characters'),
    range(minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum, ''),
    range(minItems, maxItems, 'items'),
  ].filter(Boolean);
  return [rules.join(', '), description].filter(Boolean).join('. ');
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return `≥ ${from} ${unit}`.trim();
  return `${from === undefined ? '≤ ' : `${from}–`}${to} ${unit}`.trim();
}
