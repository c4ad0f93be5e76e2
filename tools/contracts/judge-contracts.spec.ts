import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineEvent, memberSignedUp, orderCompleted } from '../../packages/event-catalog/src/index.ts';
import { refusalText } from './check-contracts.ts';
import { judgeContracts } from './judge-contracts.ts';
import { servicesOfEvents } from './services-of-events.ts';
import { readSnapshots, SNAPSHOT_FORMAT, writeSnapshot } from './snapshots.ts';
import type { EventDefinition } from '../../packages/event-catalog/src/index.ts';
import type { Snapshot } from './snapshots.ts';

const services = servicesOfEvents();
const consumers = services.consumers.get('member.signed-up v1')!.join(', ');
const member = memberSignedUp as unknown as EventDefinition<z.ZodObject>;
const order = orderCompleted as unknown as EventDefinition<z.ZodObject>;
const memberSnapshot = accept(member);

/** The snapshot after a change that has to be allowed. */
function accept(event: EventDefinition, before: readonly Snapshot[] = []): Snapshot {
  const { refusals, toWrite } = judgeContracts([event], services, before);
  expect(refusals.map(refusalText)).toEqual([]);
  const snapshot = toWrite[0] ?? before[0]!;
  return JSON.parse(JSON.stringify(snapshot)) as Snapshot;
}

function refusals(event: EventDefinition, before = memberSnapshot): string[] {
  return judgeContracts([event], services, [before]).refusals.map(refusalText);
}

function withFields(fields: z.ZodRawShape, from = member): EventDefinition {
  return { ...from, schema: from.schema.extend(fields) };
}

describe('a change of member.signed-up that breaks a service', () => {
  it('is reported with its rule, its path, why, the services and what to do', () => {
    expect(refusals(withFields({ nickname: z.string() }))).toEqual([
      '✗ member.signed-up v1  required-field-added: /nickname (required, and not always written): a new consumer rejects records of earlier publishers, which stay in the topic member for 7 days.\n' +
        `  published by member-service; consumed by ${consumers}\n` +
        '  → Make the field optional, or: Leave v1 as it is, add v2 to packages/event-catalog, with an upcast from v1.',
    ]);
  });

  it.each<[string, string, EventDefinition]>([
    ['required-field-removed', '/locale', { ...member, schema: member.schema.omit({ locale: true }) }],
    ['required-field-removed', '/name', withFields({ name: z.string().optional() })],
    ['type-narrowed', '/name (string → number)', withFields({ name: z.number() })],
    ['type-widened', '/memberId (string or null → string)', withFields({ memberId: z.uuid().nullable() })],
    ['format-narrowed', '/memberId', withFields({ memberId: z.uuidv7() })],
    ['format-widened', '/memberId (any text → uuid)', withFields({ memberId: z.string() })],
    ['enum-value-added', '/locale ("ja")', withFields({ locale: z.enum(['ko', 'en', 'ja']) })],
    ['enum-value-removed', '/locale ("en")', withFields({ locale: z.enum(['ko']) })],
    ['bound-tightened', '/email (maxLength 254 → 100)', withFields({ email: emailOf().max(100) })],
    ['bound-loosened', '/name (maxLength 200 → 100)', withFields({ name: nameOf(200) })],
    ['refinement-added', '/name (not x: ', withFields({ name: nameOf(100).refine((name) => name !== 'x', 'not x') })],
    [
      'refinement-removed',
      '/name (trim)',
      withFields({
        name: z
          .string()
          .min(1)
          .max(100)
          .regex(/^\P{Cc}*$/u),
      }),
    ],
    ['topic-changed', 'topic member → people', { ...member, topic: { ...member.topic, name: 'people' } }],
    ['partitions-changed', 'partitions of member 6 → 12', { ...member, topic: { ...member.topic, partitions: 12 } }],
    [
      'retention-shortened',
      'retention of member 7 days → 1 day',
      { ...member, topic: { ...member.topic, retentionMs: 86_400_000 } },
    ],
    ['key-changed', '→ jimin@example.com', { ...member, key: ({ email }: { email: string }) => email }],
    [
      'key-changed',
      'it reads /memberId in another way',
      { ...member, key: (m: { memberId: string }) => m.memberId.toLowerCase() },
    ],
    [
      'key-changed',
      'it depended on /memberId, and depends on /memberId, /email',
      {
        ...member,
        key: (m: Record<string, string>) => (m['email'] === 'jimin@example.com' ? m['memberId']! : m['email']!),
      },
    ],
    ['key-changed', 'throws', { ...member, key: (m: { tenant: { id: string } }) => m.tenant.id }],
    ['cannot-be-expressed', '/signedUpAt: z.date()', withFields({ signedUpAt: z.date() })],
    ['cannot-be-expressed', '/name: z.pipe()', withFields({ name: z.string().transform((name) => name.length) })],
    ['cannot-be-expressed', '/name: superRefine() or check()', withFields({ name: z.string().superRefine(() => {}) })],
  ])('%s: %s', (rule, text, event) => {
    const all = refusals(event).join('\n');
    expect(all).toContain(`✗ member.signed-up v1  ${rule}: `);
    expect(all).toContain(text);
    expect(all).toContain(`consumed by ${consumers}`);
  });

  it('is undeclared-fields-refused when the new consumers are closed and old publishers wrote undeclared fields', () => {
    const loose = defineEvent({ ...member, schema: member.schema.loose() });
    expect(refusals(member, accept(loose)).join()).not.toContain('undeclared-fields-refused');
    expect(refusals({ ...member, schema: member.schema.strict() }, accept(loose)).join()).toContain(
      'undeclared-fields-refused',
    );
  });

  it('is undeclared-fields-allowed when old consumers are closed and new publishers write undeclared fields', () => {
    const strict = accept({ ...member, schema: member.schema.strict() });
    const loose = { ...member, schema: member.schema.loose() };
    expect(refusals(loose, strict).join()).toContain('undeclared-fields-allowed: /*');
    // An open consumer ignores them.
    expect(refusals(loose)).toEqual([]);
  });

  it('is field-refused when a closed consumer does not know an optional field', () => {
    const strict = accept({ ...member, schema: member.schema.strict() });
    const next = { ...member, schema: member.schema.strict().extend({ nickname: z.string().optional() }) };
    expect(refusals(next, strict).join()).toContain('field-refused: /nickname');
  });

  it('is upcast-removed when records of the version before can no longer be read', () => {
    const second = {
      ...member,
      version: 2,
      upcast: { from: member, apply: (payload: unknown) => payload },
    } as EventDefinition;
    const { upcast: _, ...without } = second;
    expect(refusals(without, accept(second)).join()).toContain('upcast-removed: the upcast from v1 is missing');
  });

  it('is event-removed when the catalog no longer has it', () => {
    const [text] = judgeContracts([], services, [memberSnapshot]).refusals.map(refusalText);
    expect(text).toContain('✗ member.signed-up v1  event-removed: ');
    expect(text).toContain('then delete contracts/member.signed-up.v1.json too');
  });

  it('is name-reused when two events have the name and version', () => {
    const [text] = judgeContracts([member, { ...member }], services, [memberSnapshot]).refusals.map(refusalText);
    expect(text).toContain('name-reused: the catalog has two events');
  });

  it('is name-reused when a field returns with another meaning while records of the first are in the topic', () => {
    const withNickname = accept(withFields({ nickname: z.string().optional() }), [memberSnapshot]);
    const without = accept(member, [withNickname]);
    const [text] = refusals(withFields({ nickname: z.number().optional() }), without);
    expect(text).toContain(
      'name-reused: against an earlier schema of member.signed-up v1: /nickname (string → number)',
    );
    expect(refusals(withFields({ nickname: z.string().optional() }), without)).toEqual([]);
  });

  it('is found when it comes in two steps that are allowed one by one', () => {
    const withDefault = accept(withFields({ nickname: z.string().default('') }), [memberSnapshot]);
    const [text] = refusals(withFields({ nickname: z.string() }), withDefault);
    expect(text).toContain('required-field-added: against an earlier schema of member.signed-up v1: /nickname');
  });
});

describe('a change that is allowed', () => {
  it.each<[string, EventDefinition]>([
    ['an optional field', withFields({ nickname: z.string().optional() })],
    ['an optional field in a nested object', withCustomerNickname()],
    ['a field with a default', withFields({ nickname: z.string().default('') })],
    ['a longer retention', { ...member, topic: { ...member.topic, retentionMs: member.topic.retentionMs * 2 } }],
    ['another owner and example', { ...member, owner: 'signup-service', example: { ...member.example, locale: 'en' } }],
    ['a key that is written in another way', { ...member, key: (m: Record<string, unknown>) => String(m['memberId']) }],
  ])('%s gives a snapshot to write, and is then accepted', (_, event) => {
    const before = [event.name === member.name ? memberSnapshot : accept(order)];
    const accepted = accept(event, before);
    expect(judgeContracts([event], services, [accepted])).toEqual({ refusals: [], toWrite: [] });
  });

  it('is not written for an event with a refused change', () => {
    const event = withFields({ nickname: z.string().optional(), locale: z.enum(['ko']) });
    expect(judgeContracts([event], services, [memberSnapshot]).toWrite).toEqual([]);
  });
});

describe('the files of the snapshots', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'contracts-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read as they were written', () => {
    expect(readSnapshots(join(folder, 'missing'))).toEqual([]);
    writeSnapshot(folder, memberSnapshot);
    expect(readSnapshots(folder)).toEqual([memberSnapshot]);
  });

  it.each([
    [
      'of a newer format',
      JSON.stringify({ ...memberSnapshot, format: SNAPSHOT_FORMAT + 1 }),
      'has format 2, and this checkout reads up to 1',
    ],
    ['with a merge conflict', '<<<<<<< HEAD\n{}', 'is not JSON'],
    [
      'with another event in it',
      JSON.stringify({ ...memberSnapshot, version: 7 }),
      'is not a snapshot of the event that it is named after',
    ],
    ['that is null', 'null', 'is not a snapshot'],
  ])('%s stop the check with a sentence', (_, text, message) => {
    writeFileSync(join(folder, 'member.signed-up.v1.json'), text);
    expect(() => readSnapshots(folder)).toThrow(message);
  });
});

function withCustomerNickname(): EventDefinition {
  const customer = order.schema.shape['customer'] as z.ZodObject;
  return withFields({ customer: customer.extend({ nickname: z.string().optional() }) }, order);
}

function emailOf(): z.ZodEmail {
  return member.schema.shape['email'] as z.ZodEmail;
}

function nameOf(charactersMax: number): z.ZodString {
  return z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .regex(/^\P{Cc}*$/u, 'one line without control characters');
}
