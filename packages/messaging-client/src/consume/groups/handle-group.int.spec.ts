import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { DataSource, EntityManager } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../../test/open-messaging-database.ts';
import { PermanentError } from '../../errors.ts';
import { GROUP_MS } from '../../limits.ts';
import type { EventHandler } from '../../handler/event-handler.ts';
import type { TransactionContext } from '../../handler/record-context.ts';
import { RecordHeaders } from '../../kafka/record-headers.ts';
import { MessageEvents } from '../../observe/message-events.ts';
import { PayloadDrift } from '../../observe/payload-drift.ts';
import { Delivery } from '../delivery.ts';
import { HeldPartition } from '../held-partition.ts';
import { HANDLED, PARKED, retryIn } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { RunningHandlers } from '../running-handlers.ts';
import { Decode } from '../stages/decode.ts';
import { Trace } from '../stages/trace.ts';
import type { GroupMode } from './call-handlers.ts';
import { GroupHandler } from './handle-group.ts';
import { HandlerDurations } from './handler-durations.ts';

const EVENT = 'thing.happened';
const TIMEOUT_MS = 300;

/** What a record does to its handler, or has happened to it before. */
const FATES = [
  'good',
  'slow',
  'repeated',
  'throws',
  'fails in SQL',
  'hides an error of SQL',
  'hangs',
  'garbage',
] as const;
type Fate = (typeof FATES)[number] | 'takes GROUP_MS';

/** Are handled, or were before. */
const FINISHED = new Set<Fate>(['good', 'slow', 'repeated']);

async function openDatabase(options?: { pipeline: boolean }): ReturnType<typeof openMessagingDatabase> {
  const database = await openMessagingDatabase('listener', options);
  await database.dataSource.query(
    'CREATE TABLE effect (run text NOT NULL, lane text NOT NULL, n serial, sample text NOT NULL)',
  );
  return database;
}

interface Sample {
  readonly run: string;
  readonly lane: string;
  readonly id: string;
  readonly fate: Fate;
}

async function write(manager: EntityManager, { run, lane, id }: Sample): Promise<void> {
  await manager.query('INSERT INTO effect (run, lane, sample) VALUES ($1, $2, $3)', [run, lane, id]);
}

const HANDLER_MS: Partial<Record<Fate, number>> = { slow: 5, 'takes GROUP_MS': GROUP_MS + 5 };

async function handle(sample: Sample, { manager, signal }: TransactionContext): Promise<void> {
  await write(manager, sample);
  // It takes its time.
  await delay(HANDLER_MS[sample.fate] ?? 0);
  if (sample.fate === 'throws') throw new PermanentError('no');
  if (sample.fate === 'fails in SQL') await manager.query('SELECT 1 / 0');
  if (sample.fate === 'hides an error of SQL') await manager.query('SELECT 1 / 0').catch(() => undefined);
  if (sample.fate === 'hangs') await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

const handler = {
  event: {
    name: EVENT,
    version: 1,
    topic: { name: 'sample', partitions: 1, retentionMs: 1 },
    key: ({ lane }: Sample) => lane,
    schema: { '~standard': { validate: (value: unknown) => ({ value: value as Sample }) } },
  },
  timeoutMs: TIMEOUT_MS,
  effect: { kind: 'database', shared: false },
  call: (payload: unknown, context: unknown) => handle(payload as Sample, context as TransactionContext),
  callTogether: async (payloads: unknown[], contexts: TransactionContext[]) => {
    for (const [index, payload] of payloads.entries()) await handle(payload as Sample, contexts[index]!);
  },
} as unknown as EventHandler;

const handlers = new Map([[EVENT, handler]]);
beforeEach(() => void handlers.set(EVENT, handler));

let offset = 0;
function deliveryOf(held: HeldPartition, sample: Sample): Delivery {
  const value = sample.fate === 'garbage' ? '{' : JSON.stringify(sample);
  offset += 1;
  return new Delivery(held, {
    offset: String(offset),
    timestamp: '0',
    key: Buffer.from(sample.lane),
    value: Buffer.from(value),
    headers: RecordHeaders.from({
      ce_id: sample.id,
      ce_type: EVENT,
      ce_source: 'test',
      ce_dataschema: `urn:event:${EVENT}:v1`,
    }),
  });
}

const MODES: Array<{ mode: GroupMode; connections: string }> = [
  { mode: 'one after the other', connections: '' },
  { mode: 'at the same time', connections: '' },
  { mode: 'at the same time', connections: ', by pipelined connections' },
  { mode: 'one call', connections: '' },
];

describe.each(MODES)('records in one transaction, $mode$connections', ({ mode, connections }) => {
  let dataSource: DataSource;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    ({ dataSource, drop } = await openDatabase({ pipeline: connections !== '' }));
  });
  afterAll(async () => drop());

  it('are each handled once and in the order of their key, whichever of them fail, hang or come again', async () => {
    const fate = fc.oneof({ weight: 4, arbitrary: fc.constant<Fate>('good') }, fc.constantFrom<Fate[]>(...FATES));
    const lanesOfFates = fc.array(fc.array(fate, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const outcomeOfFailed = fc.constantFrom<Outcome>(
      { is: 'parked' },
      { is: 'dead', keyWaits: true },
      { is: 'dead', keyWaits: false },
      retryIn(5),
    );
    await fc.assert(
      fc.asyncProperty(lanesOfFates, outcomeOfFailed, async (fates, failed) => {
        const run = randomUUID();
        const held = new HeldPartition('group', { topic: 'sample', partition: 0 });
        held.open([], undefined);
        const all = fates.map((lane, at) =>
          lane.map((one, n): Sample => ({ run, lane: `lane ${at}`, id: `${run} ${at}.${n}`, fate: one })),
        );
        const repeated = all.flat().filter((sample) => sample.fate === 'repeated');
        await dataSource.query(
          `INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
           SELECT 'group', $1, id, 'done', 'sample', 0, 0, now() FROM unnest($2::text[]) AS id`,
          [EVENT, repeated.map(({ id }) => id)],
        );
        const running = new RunningHandlers(new MessageEvents());
        const lanes = all.map((lane) => lane.map((sample) => deliveryOf(held, sample)));
        const alone: Delivery[] = [];
        const group = new GroupHandler(
          {
            group: 'group',
            dataSource,
            decode: new Decode(handlers, new PayloadDrift(new MessageEvents()), async () => undefined),
            trace: new Trace('group', handlers),
            running,
            attemptAlone: (delivery) => {
              alone.push(delivery);
              return failed;
            },
            settle: async () => failed,
            handled: () => undefined,
            durations: new HandlerDurations(),
          },
          mode,
        );
        const outcomes = await group.handle(lanes);
        running.endAll();
        const effects: Array<{ lane: string; sample: string }> = await dataSource.query(
          'SELECT lane, sample FROM effect WHERE run = $1 ORDER BY n',
          [run],
        );

        // On a slow machine its time may be over before it gets to all lanes, but not before it gets on.
        expect(outcomes.flat().length).toBeGreaterThan(0);
        for (const [at, lane] of all.entries()) {
          const mine = outcomes[at]!;
          const attempted = lane.slice(0, mine.length);
          const written = effects.filter((effect) => effect.lane === `lane ${at}`).map(({ sample }) => sample);
          const good = attempted.filter((sample, n) => sample.fate !== 'repeated' && mine[n]!.is === 'handled');
          // What counts as handled is there, in order, and nothing else is.
          expect(written).toEqual(good.map(({ id }) => id));
          for (const [n, outcome] of mine.entries()) {
            const sample = attempted[n]!;
            const isFinished = outcome.is === 'handled' || outcome.is === 'repeated';
            expect(isFinished && !FINISHED.has(sample.fate)).toBe(false);
            // Nothing is attempted behind a record that is not finished: it is the last outcome of its lane.
            expect(isFinished || n === mine.length - 1).toBe(true);
            expect(lanes[at]![n]!.attempts).toBe(
              outcome.is === 'retry' && lanes[at]![n]!.isAlone ? 0 : Number(!alone.includes(lanes[at]![n]!)),
            );
          }
          for (const delivery of lanes[at]!.slice(mine.length)) expect(delivery.attempts).toBe(0);
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

describe('a transaction of several records', () => {
  let dataSource: DataSource;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    ({ dataSource, drop } = await openDatabase());
  });
  afterAll(async () => drop());

  let run: string;
  let held: HeldPartition;
  let settled: unknown[];
  beforeEach(() => {
    run = randomUUID();
    settled = [];
    held = new HeldPartition('group', { topic: 'sample', partition: 0 });
    held.open([], undefined);
  });

  const group = (): GroupHandler =>
    new GroupHandler(
      {
        group: run,
        dataSource,
        decode: new Decode(handlers, new PayloadDrift(new MessageEvents()), async () => undefined),
        trace: new Trace(run, handlers),
        running: new RunningHandlers(new MessageEvents()),
        attemptAlone: () => PARKED,
        settle: async ({ payload }, error) => {
          settled.push([(payload as Sample).id, (error as Error).message]);
          return PARKED;
        },
        handled: () => undefined,
        durations: new HandlerDurations(),
      },
      'one after the other',
    );
  const lane = (name: string, ...fates: Fate[]): Delivery[] =>
    fates.map((fate, n) => deliveryOf(held, { run, lane: name, id: `${name}${n}`, fate }));
  const idsIn = async (table: string): Promise<string[]> => {
    const rows: Array<{ id: string }> = await dataSource.query(
      table === 'effect'
        ? 'SELECT sample AS id FROM effect WHERE run = $1 ORDER BY sample'
        : 'SELECT event_id AS id FROM inbox_message WHERE consumer_group = $1 ORDER BY event_id',
      [run],
    );
    return rows.map(({ id }) => id);
  };

  it('is made again without the one that fails, so that the others are handled, and its failure is decided on', async () => {
    const outcomes = await group().handle([lane('a', 'good'), lane('b', 'good', 'throws', 'good'), lane('c', 'good')]);
    expect(settled).toEqual([['b1', 'no']]);
    expect(outcomes).toEqual([[HANDLED], [HANDLED, PARKED], [HANDLED]]);
    expect(await idsIn('effect')).toEqual(['a0', 'b0', 'c0']);
    expect(await idsIn('inbox')).toEqual(['a0', 'b0', 'c0']);
  });

  it('blames a handler that hides an error of its statement, not the next one, whose statement fails for it', async () => {
    const outcomes = await group().handle([lane('a', 'hides an error of SQL'), lane('b', 'good')]);
    expect(settled).toEqual([['a0', expect.stringContaining('its error was caught')]]);
    expect(outcomes).toEqual([[PARKED], [HANDLED]]);
  });

  it('ends after GROUP_MS: what was handled is committed, and the rest is as if it had not been taken', async () => {
    const lanes = ['a', 'b', 'c', 'd'].map((name) => lane(name, 'takes GROUP_MS'));
    expect(await group().handle(lanes)).toEqual([[HANDLED], [], [], []]);
    expect(await idsIn('effect')).toEqual(['a0']);
    expect(await idsIn('inbox')).toEqual(['a0']);
    expect(lanes.map(([delivery]) => delivery!.attempts)).toEqual([1, 0, 0, 0]);
  });

  it('gives a record behind one that it did not get to no outcome, although it was handled before', async () => {
    await dataSource.query(
      `INSERT INTO inbox_message (consumer_group, handler, event_id, state, topic, "partition", "offset", done_at)
       VALUES ($1, $2, 'b1', 'done', 'sample', 0, 0, now())`,
      [run, EVENT],
    );
    const lanes = [lane('a', 'takes GROUP_MS'), lane('b', 'good', 'repeated')];
    expect(await group().handle(lanes)).toEqual([[HANDLED], []]);
  });

  it('goes on without a handler that takes long, which then has its time alone', async () => {
    const patient = { ...handler, timeoutMs: 60_000 };
    const lanes = [lane('a', 'good'), lane('b', 'hangs'), lane('c', 'good')];
    handlers.set(EVENT, patient);
    expect(await group().handle(lanes)).toEqual([[HANDLED], [retryIn(0)], [HANDLED]]);
    expect(await idsIn('effect')).toEqual(['a0', 'c0']);
    expect(lanes[1]![0]).toMatchObject({ isAlone: true, attempts: 0 });
    expect(settled).toEqual([]);
  });
});
