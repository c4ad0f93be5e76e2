import type { JsonSchema } from '@event-bus/event-catalog';
import type { Contract, FieldRule } from '../api.ts';

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

/** The fields of a payload with the rules of their JSON Schema. */
export function fieldsOf(schema: JsonSchema, keyField: string | null): Field[] {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, Property>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
    rules: rulesOf(property),
    description: property.description ?? null,
    isRequired: required.includes(name),
    isKey: name === keyField,
  }));
}

function typeOf({ type, format, enum: values }: Property): string {
  if (values !== undefined) return 'enum';
  return format ?? type ?? 'any';
}

function rulesOf(property: Property): FieldRule[] {
  const { enum: values, const: value, minLength, maxLength, minimum, maximum, minItems, maxItems } = property;
  return [
    ...(values === undefined ? [] : [{ kind: 'one-of' as const, values: values.map((one) => JSON.stringify(one)) }]),
    ...(value === undefined ? [] : [{ kind: 'value' as const, value: JSON.stringify(value) }]),
    ...bounds('characters', minLength, maxLength),
    ...bounds('number', minimum, maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum),
    ...bounds('items', minItems, maxItems),
  ];
}

function bounds(
  kind: 'characters' | 'number' | 'items',
  from: number | undefined,
  to: number | undefined,
): FieldRule[] {
  return from === undefined && to === undefined ? [] : [{ kind, from: from ?? null, to: to ?? null }];
}
