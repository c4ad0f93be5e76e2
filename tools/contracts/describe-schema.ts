import { z } from 'zod';
import { unknownKeywords } from './compare-schemas.ts';
import type { EventSchema, JsonSchema } from './compare-schemas.ts';

/** A schema of which the gate could not say what a change of it breaks. */
export class SchemaCannotBeExpressed extends Error {}

/**
 * The JSON Schemas of both sides of a zod schema. What JSON Schema has no word for is added: `x-patterns` are patterns with
 * their flags, `x-checks` the texts of refinements and of `trim()`, so that a change of them is seen.
 *
 * @throws SchemaCannotBeExpressed that names the path
 */
export function describeSchema(schema: z.ZodType): EventSchema {
  return { reads: side(schema, 'input'), writes: side(schema, 'output') };
}

function side(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  try {
    const described = z.toJSONSchema(schema, {
      io,
      reused: 'inline',
      // `override` refuses those, and knows the path.
      unrepresentable: 'any',
      override: addWhatJsonSchemaLacks,
    });
    requireKnownKeywords(described);
    return described;
  } catch (error) {
    if (error instanceof SchemaCannotBeExpressed) throw error;
    throw new SchemaCannotBeExpressed((error as Error).message, { cause: error });
  }
}

/** Kinds of zod schemas whose JSON Schema says all that they check. */
const KINDS = new Set([
  ...['string', 'number', 'boolean', 'null', 'enum', 'literal', 'object', 'array', 'record', 'union'],
  ...['optional', 'nullable', 'default', 'readonly', 'lazy', 'unknown'],
]);

/** Kinds of checks that are in the JSON Schema, besides formats. */
const EXPRESSED = new Set([
  ...['min_length', 'max_length', 'length_equals'],
  ...['less_than', 'greater_than', 'multiple_of', 'number_format'],
]);

/** Formats that zod checks by a pattern, which is in the JSON Schema; and `url`, if it has no options. */
const FORMATS = new Set(['regex', 'uuid', 'email', 'datetime', 'date', 'url']);

/** What zod's own methods do to a text; done twice, they change nothing more. */
const NORMALISATIONS = new Map([
  ['(input) => input.trim()', 'trim'],
  ['(input) => input.toLowerCase()', 'toLowerCase'],
  ['(input) => input.toUpperCase()', 'toUpperCase'],
]);

/** What is used of zod's internals, which its types do not name for all kinds. */
interface Definition {
  readonly type?: string;
  readonly check?: string;
  readonly checks?: ReadonlyArray<{ readonly _zod: { readonly def: Definition } }>;
  readonly format?: string;
  readonly values?: readonly unknown[];
  readonly pattern?: RegExp;
  readonly inclusive?: boolean;
  readonly discriminator?: string;
  readonly hostname?: RegExp;
  readonly protocol?: RegExp;
  readonly normalize?: boolean;
  readonly tx?: (value: unknown) => unknown;
  readonly fn?: (value: unknown) => unknown;
  readonly error?: unknown;
}

interface OverrideContext {
  readonly zodSchema: { readonly _zod: { readonly def: unknown } };
  readonly jsonSchema: Record<string, unknown>;
  readonly path: ReadonlyArray<string | number>;
}

function addWhatJsonSchemaLacks({ zodSchema, jsonSchema, path }: OverrideContext): void {
  const definition = zodSchema._zod.def as Definition;
  const where = pointerOf(path);
  const kind = definition.type ?? 'unknown';
  if (!KINDS.has(kind)) throw new SchemaCannotBeExpressed(`${where}: z.${kind}()`);
  if (kind === 'union' && definition.inclusive === false && definition.discriminator === undefined)
    throw new SchemaCannotBeExpressed(`${where}: z.xor()`);
  if (
    kind === 'literal' &&
    definition.values?.some((value) => !['string', 'number', 'boolean'].includes(typeof value) && value !== null)
  ) {
    throw new SchemaCannotBeExpressed(`${where}: z.literal() of what JSON does not have`);
  }
  if (kind === 'optional' && path.at(-2) !== 'properties') {
    throw new SchemaCannotBeExpressed(
      `${where}: optional() outside a field of an object; JSON turns undefined into null there`,
    );
  }
  if (kind === 'unknown' && path.at(-1) !== 'additionalProperties') {
    throw new SchemaCannotBeExpressed(`${where}: z.unknown(); give it a type`);
  }

  // Texts for people are in the generated documents: they change no contract.
  for (const annotation of ['title', 'description', 'examples']) delete jsonSchema[annotation];

  const checks = [
    ...(definition.check === undefined ? [] : [definition]),
    ...(definition.checks ?? []).map(({ _zod }) => _zod.def),
  ];
  const patterns = checks.flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern]));
  if (patterns.some(({ flags }) => flags !== '')) jsonSchema['x-patterns'] = patterns.map(String);
  const texts = checks.flatMap((check, index) => textOf(check, checks.slice(0, index), where));
  if (texts.length > 0) jsonSchema['x-checks'] = texts;
}

/** From the path in the JSON Schema to the one in the payload. */
function pointerOf(path: ReadonlyArray<string | number>): string {
  const names = path.flatMap((name, index) => {
    if (name === 'properties' && path[index - 1] !== 'properties') return [];
    return name === 'items' || name === 'additionalProperties' ? ['*'] : [name];
  });
  return `/${names.join('/')}`;
}

function textOf(check: Definition, before: readonly Definition[], where: string): string[] {
  if (check.check === 'overwrite') {
    const name = NORMALISATIONS.get(String(check.tx));
    if (name === undefined) throw new SchemaCannotBeExpressed(`${where}: overwrite() with a function of its own`);
    if (before.some((earlier) => earlier.check !== 'overwrite')) {
      throw new SchemaCannotBeExpressed(`${where}: ${name}() after another check, which its result may fail`);
    }
    return [name];
  }
  if (check.check === 'custom') {
    if (check.fn === undefined) throw new SchemaCannotBeExpressed(`${where}: superRefine() or check(); use refine()`);
    return [`${messageOf(check)}: ${String(check.fn).replaceAll(/\s+/g, ' ')}`];
  }
  if (check.check === 'string_format') {
    const format = check.format ?? 'unknown';
    const hasOptions = check.hostname !== undefined || check.protocol !== undefined || check.normalize === true;
    if (!FORMATS.has(format) || hasOptions) throw new SchemaCannotBeExpressed(`${where}: the format ${format}`);
    return [];
  }
  if (!EXPRESSED.has(check.check ?? '')) throw new SchemaCannotBeExpressed(`${where}: the check ${check.check ?? ''}`);
  return [];
}

function messageOf(check: Definition): string {
  if (typeof check.error !== 'function') return 'refinement';
  const message: unknown = check.error({});
  return typeof message === 'string' ? message : 'refinement';
}

function requireKnownKeywords(schema: JsonSchema, path = ''): void {
  const [keyword] = unknownKeywords(schema);
  if (keyword !== undefined) throw new SchemaCannotBeExpressed(`${path === '' ? '/' : path}: the keyword ${keyword}`);
  for (const [name, value] of Object.entries(schema)) {
    if (name === 'properties') {
      for (const [field, one] of Object.entries(value as object))
        requireKnownKeywords(one as JsonSchema, `${path}/${field}`);
    } else if (name === 'items' || name === 'additionalProperties' || name === 'propertyNames') {
      if (typeof value === 'object') requireKnownKeywords(value as JsonSchema, `${path}/*`);
    } else if (name === 'anyOf' || name === 'oneOf') {
      for (const one of value as JsonSchema[]) requireKnownKeywords(one, path);
    }
  }
}
