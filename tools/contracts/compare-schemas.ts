/**
 * Compares two versions of the JSON Schema of an event in both directions: what an old publisher wrote, or still writes, has to be
 * accepted by a new consumer, and what a new publisher writes by an old one. What cannot be proved counts as broken.
 */

/** A JSON Schema of the subset that `describe-schema.ts` produces. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema has two sides: a field with a default may be absent from what is read and is always in what is written. */
export interface EventSchema {
  readonly reads: JsonSchema;
  readonly writes: JsonSchema;
}

/** Which consumer rejects what: a new one what an old publisher wrote, or an old one what a new publisher writes. */
export type Direction = 'new consumer' | 'old consumer';

export interface Verdict {
  readonly rule: string;
  /** JSON Pointer into the payload; `*` is an item of a list or a value of a map, and the empty text is the whole payload. */
  readonly path: string;
  readonly direction: Direction;
  readonly detail: string;
}

type Reason =
  | 'required'
  | 'type'
  | 'format'
  | 'value'
  | 'bound'
  | 'refinement'
  | 'undeclared-field'
  | 'field'
  | 'cannot-be-judged';

interface Finding {
  readonly reason: Reason;
  readonly path: string;
  readonly detail: string;
}

const RULES: Readonly<Record<Reason, Readonly<Record<Direction, string>>>> = {
  required: { 'new consumer': 'required-field-added', 'old consumer': 'required-field-removed' },
  type: { 'new consumer': 'type-narrowed', 'old consumer': 'type-widened' },
  format: { 'new consumer': 'format-narrowed', 'old consumer': 'format-widened' },
  value: { 'new consumer': 'enum-value-removed', 'old consumer': 'enum-value-added' },
  bound: { 'new consumer': 'bound-tightened', 'old consumer': 'bound-loosened' },
  refinement: { 'new consumer': 'refinement-added', 'old consumer': 'refinement-removed' },
  'undeclared-field': { 'new consumer': 'undeclared-fields-refused', 'old consumer': 'undeclared-fields-allowed' },
  field: { 'new consumer': 'field-refused', 'old consumer': 'field-refused' },
  'cannot-be-judged': { 'new consumer': 'cannot-be-judged', 'old consumer': 'cannot-be-judged' },
};

export function compareSchemas(old: EventSchema, next: EventSchema): Verdict[] {
  return [
    ...verdictsOf('new consumer', findRejected(old.writes, next.reads)),
    ...verdictsOf('old consumer', findRejected(next.writes, old.reads)),
  ];
}

function verdictsOf(direction: Direction, findings: readonly Finding[]): Verdict[] {
  return findings.map(({ reason, path, detail }) => ({ rule: RULES[reason][direction], path, direction, detail }));
}

/** Why a reader may reject what a writer may write; empty if it provably accepts all of it. */
export function findRejected(writer: JsonSchema, reader: JsonSchema, path = ''): Finding[] {
  const unknown = [...unknownKeywords(writer), ...unknownKeywords(reader)];
  if (unknown.length > 0) return [{ reason: 'cannot-be-judged', path, detail: `the keyword ${unknown[0]}` }];
  if (isEmpty(reader)) return [];
  if (isEmpty(writer)) return [{ reason: 'type', path, detail: `anything → ${typesOf(reader)}` }];

  const ofWhole = wholeRefinementFindings(writer, reader, path);
  if (ofWhole !== undefined) return ofWhole;

  const readers = branchesOf(reader);
  return branchesOf(writer).flatMap((written) => {
    const attempts = readers.map((read) => findRejectedByBranch(written, read, path));
    if (attempts.some((findings) => findings.length === 0)) return [];
    // The report compares it with the alternative that is most like it.
    const alike = attempts.filter((_, index) => overlapsInType(written, readers[index]!));
    const [findings] = alike.toSorted((a, b) => unlikeness(a) - unlikeness(b));
    if (findings === undefined) {
      return [{ reason: 'type', path, detail: `${typesOf(writer)} → ${typesOf(reader)}` } satisfies Finding];
    }
    return findings;
  });
}

/** First the fields with other values, as the tag of a union is, then all that differs. */
function unlikeness(findings: readonly Finding[]): number {
  const otherValues = findings.filter(({ reason }) => reason === 'value' || reason === 'type').length;
  return otherValues * 1_000 + findings.length;
}

/** A refinement of a whole object, list or union is a function of all of it: it holds only where nothing else differs. */
function wholeRefinementFindings(writer: JsonSchema, reader: JsonSchema, path: string): Finding[] | undefined {
  if ([writer, reader].every((schema) => isScalar(schema) || checksOf(schema).length === 0)) return undefined;
  if (sameExceptClosed(writer, reader)) return [];
  return [
    { reason: 'refinement', path, detail: 'the refinement of a whole object, list or union, or what it refines' },
  ];
}

function findRejectedByBranch(writer: JsonSchema, reader: JsonSchema, path: string): Finding[] {
  const ofWhole = wholeRefinementFindings(writer, reader, path);
  if (ofWhole !== undefined) return ofWhole;

  const values = valuesOf(writer);
  if (values !== undefined) {
    const refused = values.filter((value) => !acceptsValue(reader, value));
    const findings: Finding[] = refused.map((value) => ({ reason: 'value', path, detail: JSON.stringify(value) }));
    return [...findings, ...checkFindings(writer, reader, path)];
  }
  if (valuesOf(reader) !== undefined)
    return [{ reason: 'type', path, detail: `${typesOf(writer)} → a list of values` }];
  if (!acceptsType(reader, writer['type'])) {
    return [{ reason: 'type', path, detail: `${typesOf(writer)} → ${typesOf(reader)}` }];
  }
  switch (writer['type']) {
    case 'string':
      return [
        ...lengthFindings(writer, reader, path),
        ...formatFindings(writer, reader, path),
        ...checkFindings(writer, reader, path),
      ];
    case 'number':
    case 'integer':
      return [...numberFindings(writer, reader, path), ...checkFindings(writer, reader, path)];
    case 'array':
      return [
        ...lengthFindings(writer, reader, path, 'minItems', 'maxItems'),
        ...findRejected(schemaAt(writer, 'items'), schemaAt(reader, 'items'), `${path}/*`),
      ];
    case 'object':
      return objectFindings(writer, reader, path);
    default:
      return checkFindings(writer, reader, path);
  }
}

function objectFindings(writer: JsonSchema, reader: JsonSchema, path: string): Finding[] {
  const names = JSON.stringify(writer['propertyNames'] ?? ANY_NAME);
  const readNames = JSON.stringify(reader['propertyNames'] ?? ANY_NAME);
  if (readNames !== names && readNames !== JSON.stringify(ANY_NAME)) {
    return [{ reason: 'cannot-be-judged', path, detail: 'the names that a map may have' }];
  }
  // The declared fields of the one would have to be compared with the allowed names of the other.
  if (readNames !== JSON.stringify(ANY_NAME) && [writer, reader].some((schema) => schema['properties'] !== undefined)) {
    return [{ reason: 'cannot-be-judged', path, detail: 'declared fields in a map' }];
  }

  const written = propertiesOf(writer);
  const read = propertiesOf(reader);
  const always = new Set(requiredOf(writer));
  const findings: Finding[] = requiredOf(reader)
    .filter((name) => !always.has(name))
    .map((name) => ({ reason: 'required', path: pointer(path, name), detail: 'required, and not always written' }));

  const undeclared = writer['additionalProperties'] ?? {};
  const readUndeclared = reader['additionalProperties'];
  for (const [name, schema] of written) {
    const target = read.get(name) ?? readUndeclared;
    if (target === undefined) continue;
    findings.push(
      ...(target === false
        ? [{ reason: 'field', path: pointer(path, name), detail: 'not declared, in a closed object' } satisfies Finding]
        : findRejected(schema, target as JsonSchema, pointer(path, name))),
    );
  }
  if (undeclared === false) return findings;

  // A writer of undeclared fields may have used any name, with any value that it allows there.
  for (const [name, schema] of read) {
    if (written.has(name)) continue;
    findings.push(...findRejected(undeclared as JsonSchema, schema, pointer(path, name)));
  }
  if (readUndeclared === false) {
    findings.push({ reason: 'undeclared-field', path: `${path}/*`, detail: 'fields that are not declared' });
  } else if (readUndeclared !== undefined) {
    findings.push(...findRejected(undeclared as JsonSchema, readUndeclared as JsonSchema, `${path}/*`));
  }
  return findings;
}

const ANY_NAME = { type: 'string' };

function lengthFindings(
  writer: JsonSchema,
  reader: JsonSchema,
  path: string,
  min = 'minLength',
  max = 'maxLength',
): Finding[] {
  return [
    ...boundFinding(path, min, writer[min] ?? 0, reader[min] ?? 0, (written, read) => written >= read),
    ...boundFinding(path, max, writer[max] ?? Infinity, reader[max] ?? Infinity, (written, read) => written <= read),
  ];
}

function numberFindings(writer: JsonSchema, reader: JsonSchema, path: string): Finding[] {
  const findings = [
    ...boundFinding(path, 'minimum', lowest(writer), lowest(reader), (written, read) => written >= read),
    ...boundFinding(path, 'maximum', highest(writer), highest(reader), (written, read) => written <= read),
  ];
  if (isExclusiveOnlyFor(writer, reader, 'minimum', lowest)) {
    findings.push({ reason: 'bound', path, detail: `minimum ${lowest(writer)} itself` });
  }
  if (isExclusiveOnlyFor(writer, reader, 'maximum', highest)) {
    findings.push({ reason: 'bound', path, detail: `maximum ${highest(writer)} itself` });
  }
  const step = reader['multipleOf'];
  if (step !== undefined && step !== writer['multipleOf']) {
    findings.push({ reason: 'bound', path, detail: `multipleOf ${text(writer['multipleOf'])} → ${text(step)}` });
  }
  return findings;
}

function boundFinding(
  path: string,
  name: string,
  written: unknown,
  read: unknown,
  isWithin: (written: number, read: number) => boolean,
): Finding[] {
  if (isWithin(Number(written), Number(read))) return [];
  return [{ reason: 'bound', path, detail: `${name} ${boundText(written)} → ${boundText(read)}` }];
}

function lowest(schema: JsonSchema): number {
  return Math.max(Number(schema['minimum'] ?? -Infinity), Number(schema['exclusiveMinimum'] ?? -Infinity));
}

function highest(schema: JsonSchema): number {
  return Math.min(Number(schema['maximum'] ?? Infinity), Number(schema['exclusiveMaximum'] ?? Infinity));
}

function isExclusiveOnlyFor(
  writer: JsonSchema,
  reader: JsonSchema,
  bound: 'minimum' | 'maximum',
  of: (schema: JsonSchema) => number,
): boolean {
  const exclusive = bound === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
  const excludes = (schema: JsonSchema) => schema[exclusive] !== undefined && schema[exclusive] === of(schema);
  return of(writer) === of(reader) && excludes(reader) && !excludes(writer);
}

/** zod checks these formats by their pattern alone, so that the pattern says all there is. */
const FORMATS_BY_PATTERN = new Set(['uuid', 'email', 'date-time', 'date']);

function formatFindings(writer: JsonSchema, reader: JsonSchema, path: string): Finding[] {
  const written = new Set(patternsOf(writer));
  const missing = patternsOf(reader).filter((pattern) => !written.has(pattern));
  const format = reader['format'];
  const isByPattern = FORMATS_BY_PATTERN.has(String(format)) && patternsOf(reader).length > 0;
  if (missing.length === 0 && (format === undefined || isByPattern || format === writer['format'])) return [];
  const names = [writer, reader].map((schema) => schema['format'] ?? patternsOf(schema).join(' and '));
  const [from, to] = names[0] === names[1] ? [writer, reader].map((schema) => patternsOf(schema).join(' and ')) : names;
  return [{ reason: 'format', path, detail: `${text(from || 'any text')} → ${text(to || 'any text')}` }];
}

/** `/source/flags`. JSON Schema has no flags, so those that have some are in a keyword of their own. */
function patternsOf(schema: JsonSchema): string[] {
  if (Array.isArray(schema['x-patterns'])) return schema['x-patterns'] as string[];
  const all = [schema, ...((schema['allOf'] as JsonSchema[] | undefined) ?? [])];
  return all.flatMap(({ pattern }) => (pattern === undefined ? [] : [`/${text(pattern)}/`]));
}

function checkFindings(writer: JsonSchema, reader: JsonSchema, path: string): Finding[] {
  const written = new Set(checksOf(writer));
  return checksOf(reader)
    .filter((check) => !written.has(check))
    .map((check) => ({ reason: 'refinement', path, detail: check }));
}

function checksOf(schema: JsonSchema): string[] {
  return (schema['x-checks'] as string[] | undefined) ?? [];
}

/** The alternatives of a union, each with one type or a list of values. */
function branchesOf(schema: JsonSchema): JsonSchema[] {
  const alternatives = (schema['anyOf'] ?? schema['oneOf']) as JsonSchema[] | undefined;
  if (alternatives !== undefined) return alternatives.flatMap(branchesOf);
  const type = schema['type'];
  if (!Array.isArray(type)) return [schema];
  return (type as string[]).map((one) => ({ ...schema, type: one }));
}

function valuesOf(schema: JsonSchema): unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return schema['enum'] as unknown[] | undefined;
}

/** Values are strings, numbers, booleans and null. */
function acceptsValue(reader: JsonSchema, value: unknown): boolean {
  const values = valuesOf(reader);
  if (values !== undefined) return values.includes(value);
  const exact = { type: typeOf(value), const: value };
  if (!acceptsType(reader, exact.type)) return false;
  if (typeof value === 'string') {
    const length = { minLength: value.length, maxLength: value.length };
    return lengthFindings(length, reader, '').length === 0 && formatFindings({}, reader, '').length === 0;
  }
  if (typeof value !== 'number') return true;
  return numberFindings({ minimum: value, maximum: value }, reader, '').length === 0;
}

function acceptsType(reader: JsonSchema, type: unknown): boolean {
  return reader['type'] === type || (reader['type'] === 'number' && type === 'integer');
}

function overlapsInType(writer: JsonSchema, reader: JsonSchema): boolean {
  const values = valuesOf(writer);
  const types = values === undefined ? [writer['type']] : values.map(typeOf);
  const read = valuesOf(reader)?.map(typeOf) ?? [reader['type']];
  return types.some((type) => read.some((one) => one === type || acceptsType({ type: one }, type)));
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function typesOf(schema: JsonSchema): string {
  if (isEmpty(schema)) return 'anything';
  const names = branchesOf(schema).map((branch) => {
    const values = valuesOf(branch);
    return values === undefined
      ? text(branch['type'])
      : `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  });
  return names.join(' or ');
}

const SCALARS = new Set(['string', 'number', 'integer', 'boolean', 'null']);

function isScalar(schema: JsonSchema): boolean {
  return typeof schema['type'] === 'string' && SCALARS.has(schema['type']);
}

const ANNOTATIONS = new Set(['$schema', 'title', 'description', 'examples', 'deprecated', 'readOnly']);

const KEYWORDS = new Set([
  ...ANNOTATIONS,
  'default',
  ...['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'x-checks', 'x-patterns'],
  ...['minLength', 'maxLength', 'pattern', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['items', 'minItems', 'maxItems'],
  ...['properties', 'required', 'additionalProperties', 'propertyNames'],
]);

/** Of this node alone. `allOf` is judged where it lists patterns, as zod does for a text with several. */
export function unknownKeywords(schema: JsonSchema): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !KEYWORDS.has(keyword));
  const parts = (schema['allOf'] as JsonSchema[] | undefined) ?? [];
  if (parts.some((part) => Object.keys(part).some((keyword) => keyword !== 'pattern'))) unknown.push('allOf');
  return unknown;
}

function isEmpty(schema: JsonSchema): boolean {
  return Object.keys(schema).every((keyword) => keyword === 'default' || ANNOTATIONS.has(keyword));
}

/** Equal, but for a writer that drops undeclared fields where the reader ignores them. */
function sameExceptClosed(writer: JsonSchema, reader: JsonSchema): boolean {
  const open = (keyword: string, value: unknown) => keyword === 'additionalProperties' && value === false;
  return canonical(writer, open) === canonical(reader, open);
}

/**
 * The same text for schemas that differ in annotations and in the order of keywords only. A default is not an annotation: a
 * refinement of the object sees it.
 */
export function canonical(
  schema: JsonSchema,
  isLeftOut: (keyword: string, value: unknown) => boolean = () => false,
): string {
  return JSON.stringify(schema, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).filter(
      ([keyword, one]) => key === 'properties' || (!ANNOTATIONS.has(keyword) && !isLeftOut(keyword, one)),
    );
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function propertiesOf(schema: JsonSchema): Map<string, JsonSchema> {
  return new Map(Object.entries((schema['properties'] as Record<string, JsonSchema> | undefined) ?? {}));
}

function requiredOf(schema: JsonSchema): string[] {
  return (schema['required'] as string[] | undefined) ?? [];
}

function schemaAt(schema: JsonSchema, keyword: string): JsonSchema {
  return (schema[keyword] as JsonSchema | undefined) ?? {};
}

function pointer(path: string, name: string): string {
  return `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function boundText(value: unknown): string {
  return Number.isFinite(Number(value)) ? text(value) : 'unbounded';
}

function text(value: unknown): string {
  return value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
}
