import { z } from 'zod';
import type { EventDefinition } from './define-event.ts';

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** AsyncAPI's own schemas are of draft 7. */
export type JsonSchemaDialect = 'draft-2020-12' | 'draft-07';

type Visited = Parameters<NonNullable<z.core.ToJSONSchemaParams['override']>>[0];

/** Types whose code JSON Schema cannot express. */
const TYPES_WITH_CODE: ReadonlySet<string> = new Set(['transform', 'pipe', 'custom', 'catch']);

/**
 * The JSON Schema of an event's payload as a record carries it, which is what a consumer accepts. Fields that it does not
 * name are allowed: an event may get new optional fields.
 *
 * Its `$id` is what the records name as `ce_dataschema`.
 *
 * A rule that JSON Schema cannot express is kept as text: the message of a refinement in `x-rules`, anything else in the
 * `description` of its schema.
 *
 * @throws Error that names the event and each field with a rule that has no text
 */
export function jsonSchemaOf(event: EventDefinition, dialect: JsonSchemaDialect = 'draft-2020-12'): JsonSchema {
  const problems: string[] = [];
  const visits: Visited[] = [];
  const schema = z.toJSONSchema(event.schema, {
    io: 'input',
    target: dialect,
    unrepresentable: ({ zodSchema, path }) => {
      const isDescribed = z.globalRegistry.get(zodSchema)?.description !== undefined;
      if (!isDescribed) problems.push(problemAt(path, `JSON Schema cannot express ${zodSchema._zod.def.type}`));
      return 'any';
    },
    override: (visit) => {
      visits.push(visit);
      const rules = messagesOf(visit.zodSchema);
      if (rules.length > 0) Object.assign(visit.jsonSchema, { 'x-rules': rules });
    },
  });
  // Each step in which a schema was built is visited. Only the last one counts: it has all checks, and the description.
  const steps = new Set(visits.map(({ zodSchema }) => zodSchema._zod.parent));
  for (const { zodSchema, jsonSchema, path } of visits.filter((visit) => !steps.has(visit.zodSchema))) {
    const rules = jsonSchema.description === undefined ? unspokenRules(zodSchema) : [];
    const patterns = patternsOf(zodSchema).filter((pattern) => !isUnicodePattern(pattern));
    problems.push(...[...rules, ...patterns].map((rule) => problemAt(path, `JSON Schema cannot express ${rule}`)));
  }
  if (problems.length > 0) {
    const lines = [...new Set(problems)].map((problem) => `\n  ${problem}`).join('');
    throw new Error(
      `${event.name} v${event.version} has no complete JSON Schema:${lines}\n` +
        'Give the refinement a message, the schema .meta({ description }) that says the rule, a pattern no flag but u.',
    );
  }
  const { $schema, ...rules } = schema;
  return {
    $schema,
    $id: `urn:event:${event.name}:v${event.version}`,
    title: `${event.name} v${event.version}`,
    description: event.summary,
    ...rules,
    examples: [event.example],
  };
}

/** What a reader of the JSON Schema would otherwise not know: the texts of refinements and of patterns. */
function messagesOf({ _zod }: z.core.$ZodType): string[] {
  return (_zod.def.checks ?? []).flatMap((check) => messageOf(check) ?? []);
}

function messageOf({ _zod }: z.core.$ZodCheck): string | undefined {
  const text = _zod.def.error?.({ code: 'custom', input: undefined, path: [] } as never);
  return typeof text === 'string' ? text : text?.message;
}

function unspokenRules(schema: z.core.$ZodType): string[] {
  const { type, checks = [] } = schema._zod.def;
  const rules = checks.flatMap((check) => {
    const { check: kind } = check._zod.def;
    if (kind === 'custom' && messageOf(check) === undefined) return ['a refinement without a message'];
    return kind === 'overwrite' ? ['a change of the value, such as trim()'] : [];
  });
  return TYPES_WITH_CODE.has(type) ? [...rules, `the code of ${type}`] : rules;
}

function patternsOf({ _zod }: z.core.$ZodType): RegExp[] {
  const defs: object[] = [_zod.def, ...(_zod.def.checks ?? []).map((check) => check._zod.def)];
  return defs.flatMap((def) => ('pattern' in def && def.pattern instanceof RegExp ? [def.pattern] : []));
}

/** JSON Schema has the source of a pattern alone, and reads it with the flag `u`. Another one would be lost. */
function isUnicodePattern({ source, flags }: RegExp): boolean {
  if (flags.replace('u', '') !== '') return false;
  try {
    return new RegExp(source, 'u').source === source;
  } catch {
    return false;
  }
}

function problemAt(path: readonly (string | number)[], problem: string): string {
  const field = path.filter((step, at) => step !== 'properties' || path[at - 1] === 'properties').join('.');
  return `${field === '' ? '(payload)' : field}: ${problem}`;
}
