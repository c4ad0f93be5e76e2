import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compareSchemas } from './compare-schemas.ts';
import { describeSchema } from './describe-schema.ts';

/** A zod schema of the subset as plain data, so that one part of it can be replaced. */
type Shape =
  | { kind: 'text'; min?: number; max?: number; pattern?: number; trim?: boolean; refinement?: number }
  | { kind: 'uuid' | 'datetime' | 'offset-datetime' | 'boolean' }
  | { kind: 'number' | 'int'; min?: number; max?: number; open?: boolean; step?: number }
  | { kind: 'one-of'; values: string[] }
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'list'; item: Shape; min?: number; max?: number }
  | { kind: 'map'; value: Shape; names?: string[] }
  | { kind: 'nullable'; inner: Shape }
  | { kind: 'either'; first: Shape; second: Shape }
  | { kind: 'tagged'; first: Field[]; second: Field[]; tags: [string, string] }
  | { kind: 'object'; fields: Field[]; undeclared: 'dropped' | 'refused' | 'kept'; rest?: Shape; refinement?: boolean };

interface Field {
  name: string;
  presence: 'required' | 'optional' | 'default';
  shape: Shape;
}

const PATTERNS = [/^[a-z]*$/, /^[a-z]*$/i, /^\P{Cc}*$/u];
const REFINEMENTS = [(text: string) => !text.includes('b'), (text: string) => text !== ' a'];

function toZod(shape: Shape): z.ZodType {
  switch (shape.kind) {
    case 'text': {
      let text = shape.trim === true ? z.string().trim() : z.string();
      if (shape.min !== undefined) text = text.min(shape.min);
      if (shape.max !== undefined) text = text.max(shape.max);
      if (shape.pattern !== undefined) text = text.regex(PATTERNS[shape.pattern]!);
      return shape.refinement === undefined
        ? text
        : text.refine(REFINEMENTS[shape.refinement]!, `rule ${shape.refinement}`);
    }
    case 'uuid':
      return z.uuid();
    case 'datetime':
      return z.iso.datetime();
    case 'offset-datetime':
      return z.iso.datetime({ offset: true });
    case 'boolean':
      return z.boolean();
    case 'number':
    case 'int': {
      let number = shape.kind === 'int' ? z.int() : z.number();
      if (shape.min !== undefined) number = shape.open === true ? number.gt(shape.min) : number.min(shape.min);
      if (shape.max !== undefined) number = shape.open === true ? number.lt(shape.max) : number.max(shape.max);
      return shape.step === undefined ? number : number.multipleOf(shape.step);
    }
    case 'one-of':
      return z.enum(shape.values);
    case 'literal':
      return z.literal(shape.value);
    case 'list': {
      let list = z.array(toZod(shape.item));
      if (shape.min !== undefined) list = list.min(shape.min);
      return shape.max === undefined ? list : list.max(shape.max);
    }
    case 'map':
      return shape.names === undefined
        ? z.record(z.string(), toZod(shape.value))
        : z.partialRecord(z.enum(shape.names), toZod(shape.value));
    case 'nullable':
      return toZod(shape.inner).nullable();
    case 'either':
      return z.union([toZod(shape.first), toZod(shape.second)]);
    case 'tagged':
      return z.discriminatedUnion('tag', [
        z.object({ tag: z.literal(shape.tags[0]), ...fieldsOf(shape.first) }),
        z.object({ tag: z.literal(shape.tags[1]), ...fieldsOf(shape.second) }),
      ]);
    default: {
      const plain = z.object(fieldsOf(shape.fields));
      const object =
        shape.rest === undefined
          ? { dropped: plain, refused: plain.strict(), kept: plain.loose() }[shape.undeclared]
          : plain.catchall(toZod(shape.rest));
      return shape.refinement === true ? object.refine((value) => !('a' in value && 'b' in value), 'a or b') : object;
    }
  }
}

function fieldsOf(fields: readonly Field[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    fields.map(({ name, presence, shape }) => {
      const schema = toZod(shape);
      if (presence === 'optional') return [name, schema.optional()];
      if (presence === 'required') return [name, schema];
      const [value] = samplesOf(shape).filter((sample) => schema.safeParse(sample).success);
      return [name, value === undefined ? schema.optional() : schema.default(value as never)];
    }),
  );
}

const TEXTS = ['', 'a', 'b', 'ab', 'A', 'aB', ' a', ' ', '   ', 'a\u0007', 'abc', 'abcdef', 'x', '1', 'ko', 'en'];
const NUMBERS = [-1, 0, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 10, 1e20, -1e20];

/** Payloads at the edges of a shape and just beyond: a writer's own schema then chooses those that it may write. */
function samplesOf(shape: Shape): unknown[] {
  switch (shape.kind) {
    case 'text':
    case 'one-of':
      return TEXTS;
    case 'uuid':
      return ['0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d', '00000000-0000-0000-0000-000000000000'];
    case 'datetime':
    case 'offset-datetime':
      return ['2026-11-21T09:00:00Z', '2026-11-21T09:00:00.000Z', '2026-11-21T09:00:00+09:00'];
    case 'boolean':
      return [true, false];
    case 'number':
    case 'int':
      return NUMBERS;
    case 'literal':
      return [shape.value];
    case 'list': {
      const items = valid(shape.item);
      return [
        [],
        ...items.map((item) => [item]),
        ...[2, 3, 4].map((length) => Array.from({ length }, (_, i) => items[i % items.length])),
      ];
    }
    case 'map': {
      const values = valid(shape.value);
      return [{}, ...values.flatMap((value) => ['a', 'b', 'x'].map((name) => ({ [name]: value })))];
    }
    case 'nullable':
      return [null, ...samplesOf(shape.inner)];
    case 'either':
      return [...valid(shape.first), ...valid(shape.second)];
    case 'tagged':
      return [shape.first, shape.second].flatMap((fields, index) =>
        objectsOf(fields, []).map((object) => ({ tag: shape.tags[index], ...object })),
      );
    default:
      return objectsOf(
        shape.fields,
        shape.undeclared === 'kept' ? [true, 'a', 1] : shape.rest === undefined ? [] : valid(shape.rest),
      );
  }
}

function objectsOf(fields: readonly Field[], extra: readonly unknown[]): Record<string, unknown>[] {
  const choices = fields.map(({ name, shape }) => ({ name, values: valid(shape) }));
  const full = Object.fromEntries(choices.map(({ name, values }) => [name, values[0]]));
  const least = Object.fromEntries(
    fields.filter(({ presence }) => presence === 'required').map(({ name }) => [name, full[name]]),
  );
  return [full, least].flatMap((base) => [
    base,
    ...choices.flatMap(({ name, values }) => values.map((value) => ({ ...base, [name]: value }))),
    ...extra.flatMap((value) => ['a', 'b', 'c', 'x'].map((name) => ({ [name]: value, ...base }))),
  ]);
}

function valid(shape: Shape): unknown[] {
  const schema = toZod(shape);
  return samplesOf(shape).filter((sample) => schema.safeParse(sample).success);
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const small = fc.integer({ min: 0, max: 3 });
const name = fc.constantFrom('a', 'b', 'c');

const text: fc.Arbitrary<Shape> = fc.record({
  kind: fc.constant('text' as const),
  min: optional(small),
  max: optional(fc.integer({ min: 1, max: 5 })),
  pattern: optional(fc.integer({ min: 0, max: 2 })),
  trim: optional(fc.boolean()),
  refinement: optional(fc.integer({ min: 0, max: 1 })),
});
const number: fc.Arbitrary<Shape> = fc.record({
  kind: fc.constantFrom('number' as const, 'int' as const),
  min: optional(small),
  max: optional(fc.integer({ min: 2, max: 6 })),
  open: optional(fc.boolean()),
  step: optional(fc.constantFrom(1, 2, 4, 0.5)),
});
const scalar = fc.oneof(text, number);

const { shape, object } = fc.letrec<{ shape: Shape; object: Shape; fields: Field[] }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'shape' },
    text,
    fc.record({
      kind: fc.constantFrom('uuid' as const, 'datetime' as const, 'offset-datetime' as const, 'boolean' as const),
    }),
    number,
    fc.record({ kind: fc.constant('one-of' as const), values: fc.subarray(['a', 'b', 'ko', 'en'], { minLength: 1 }) }),
    fc.record({ kind: fc.constant('literal' as const), value: fc.constantFrom('a', 'ab', 1, 1.5, true, null) }),
    fc.record({ kind: fc.constant('list' as const), item: tie('shape'), min: optional(small), max: optional(small) }),
    fc.record({
      kind: fc.constant('map' as const),
      value: tie('shape'),
      names: optional(fc.subarray(['a', 'b', 'x'], { minLength: 1 })),
    }),
    fc.record({ kind: fc.constant('nullable' as const), inner: tie('shape') }),
    fc.record({ kind: fc.constant('either' as const), first: tie('shape'), second: tie('shape') }),
    fc.record({
      kind: fc.constant('tagged' as const),
      first: tie('fields'),
      second: tie('fields'),
      tags: fc.constantFrom<[string, string]>(['a', 'b'], ['a', 'x']),
    }),
    tie('object'),
  ),
  object: fc.record({
    kind: fc.constant('object' as const),
    fields: tie('fields'),
    undeclared: fc.constantFrom('dropped' as const, 'dropped' as const, 'refused' as const, 'kept' as const),
    rest: optional(tie('shape')),
    refinement: optional(fc.boolean()),
  }),
  fields: fc.uniqueArray(
    fc.record({ name, presence: fc.constantFrom('required', 'optional', 'default'), shape: tie('shape') }),
    { selector: (field) => field.name, maxLength: 3 },
  ),
}));

type Step = readonly [where: number, how: number];

/** A copy in which one detail, chosen by the steps, is another. Two random schemas have nearly nothing in common. */
function change(from: Shape, [[where, how] = [0, 0], ...rest]: readonly Step[], part: Shape): Shape {
  const within = (inner: Shape) => change(inner, rest, part);
  const fields = (old: readonly Field[]) => changeFields(old, [[where, how], ...rest], part);
  if (how === 0) return part;
  switch (from.kind) {
    case 'object':
      if (how === 1)
        return { ...from, undeclared: (['dropped', 'refused', 'kept'] as const)[where % 3]!, rest: undefined };
      return how === 2 ? { ...from, refinement: from.refinement !== true } : { ...from, fields: fields(from.fields) };
    case 'tagged':
      return how % 2 === 0 ? { ...from, first: fields(from.first) } : { ...from, second: fields(from.second) };
    case 'list':
      return (
        [
          { ...from, min: where % 3 },
          { ...from, max: where % 3 },
        ][how - 1] ?? { ...from, item: within(from.item) }
      );
    case 'map':
      return how === 1 ? { ...from, names: ['a', 'x'] } : { ...from, value: within(from.value) };
    case 'nullable':
      return how === 1 ? from.inner : { ...from, inner: within(from.inner) };
    case 'either':
      return how % 2 === 0 ? { ...from, second: within(from.second) } : { ...from, first: within(from.first) };
    case 'one-of':
      return { ...from, values: how % 2 === 0 ? [...new Set([...from.values, 'en'])] : from.values.slice(0, 1) };
    case 'text':
      return [
        { ...from, min: how % 3 },
        { ...from, max: how },
        { ...from, pattern: [undefined, 0, 1, 2][how % 4] },
        { ...from, trim: from.trim !== true },
        { ...from, refinement: [undefined, 0, 1][how % 3] },
      ][where % 5]!;
    case 'number':
    case 'int':
      return [
        { ...from, min: how % 3 },
        { ...from, max: how + 1 },
        { ...from, open: from.open !== true },
        { ...from, step: [undefined, 1, 2, 4, 0.5][how % 5] },
        { ...from, kind: from.kind === 'int' ? ('number' as const) : ('int' as const) },
      ][where % 5]!;
    default:
      return part;
  }
}

function changeFields(old: readonly Field[], [[where, how] = [0, 0], ...rest]: readonly Step[], part: Shape): Field[] {
  const presences = ['required', 'optional', 'default'] as const;
  const index = where % (old.length + 1);
  const field = old[index];
  const [[, next] = [0, 0]] = rest;
  if (field === undefined) {
    const name = ['a', 'b', 'c'].find((one) => old.every((other) => other.name !== one));
    return name === undefined ? [...old] : [...old, { name, presence: presences[next % 3]!, shape: part }];
  }
  if (how === 3) return old.filter((one) => one !== field);
  const changed =
    how === 4 ? { ...field, presence: presences[next % 3]! } : { ...field, shape: change(field.shape, rest, part) };
  return old.map((one) => (one === field ? changed : one));
}

const steps = fc.array(fc.tuple(fc.nat(11), fc.nat(7)), { minLength: 4, maxLength: 4 });
const changed = (from: fc.Arbitrary<Shape>) =>
  fc.tuple(from, steps, shape).map(([old, steps, part]) => [old, change(old, steps, part)] as const);
/** One field, so that a wrong rule for texts or numbers is found in a few hundred runs. */
const inField = (shape: Shape): Shape => ({
  kind: 'object',
  fields: [{ name: 'a', presence: 'required', shape }],
  undeclared: 'dropped',
});
const pair = fc.oneof(
  fc.tuple(object, object),
  { weight: 5, arbitrary: changed(object) },
  { weight: 9, arbitrary: changed(scalar).map(([old, next]) => [inField(old), inField(next)] as const) },
);

/** What a writer puts into a record, and whether the reader takes it. */
function findRejectedPayload(writer: Shape, reader: z.ZodType): unknown {
  const written = toZod(writer);
  for (const sample of samplesOf(writer)) {
    const parsed = written.safeParse(sample);
    if (!parsed.success) continue;
    const record: unknown = JSON.parse(JSON.stringify(parsed.data));
    if (!reader.safeParse(record).success) return record;
  }
  return undefined;
}

describe('compareSchemas', () => {
  it('never finds a change safe that makes zod reject a payload, in either direction', () => {
    const count = { safe: 0, broken: 0, notShown: 0 };
    fc.assert(
      fc.property(pair, ([old, next]) => {
        const verdicts = compareSchemas(describeSchema(toZod(old)), describeSchema(toZod(next)));
        const directions = [
          { direction: 'new consumer', writer: old, reader: next },
          { direction: 'old consumer', writer: next, reader: old },
        ];
        for (const { direction, writer, reader } of directions) {
          const rejected = findRejectedPayload(writer, toZod(reader));
          const isSafe = verdicts.every((verdict) => verdict.direction !== direction);
          count[isSafe ? 'safe' : rejected === undefined ? 'notShown' : 'broken']++;
          expect({ isSafe, rejected: isSafe ? rejected : undefined }).toEqual({ isSafe, rejected: undefined });
        }
      }),
      { numRuns: Number(process.env['CONTRACTS_RUNS'] ?? 600) },
    );
    const share = (100 * count.notShown) / (count.notShown + count.broken);
    console.log(
      `safe ${count.safe}, of them wrong 0; breaking ${count.broken + count.notShown}, ` +
        `of them without a payload that shows it ${count.notShown} (${share.toFixed(1)} %)`,
    );
    // Both verdicts have to be common, or the property says nothing.
    expect(count.safe).toBeGreaterThan(100);
    expect(count.broken).toBeGreaterThan(100);
  }, 600_000);

  it('finds every schema safe against itself, unless it rejects what it writes', () => {
    fc.assert(
      fc.property(object, (one) => {
        const described = describeSchema(toZod(one));
        const verdicts = compareSchemas(described, described);
        const judged = verdicts.length === 0 ? 'safe' : verdicts.map(({ rule }) => rule).join();
        const rejected = findRejectedPayload(one, toZod(one));
        // A refinement of an object is judged only where what is read has the fields of what is written.
        expect(judged).toMatch(/^(safe|(refinement-(added|removed),?)+)$/);
        expect(judged === 'safe' ? rejected : undefined).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  }, 600_000);
});
